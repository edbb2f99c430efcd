"""Values as a person types them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import UNSET

from pipeline_schema.tui.texts import ValueTextError, read_reference, read_value, show_reference, show_value
from registry.catalog import lookup
from registry.entry import Parameter

ANY = Parameter(name="value")
JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text().filter(lambda k: k[:1] != "$"), inner, max_size=3)
    ),
    max_leaves=8,
)


def _dump(value: Any) -> str:
    return json.dumps(value, sort_keys=True)


@given(JSON)
def test_what_is_shown_reads_back_the_same(value: Any) -> None:
    """Every value comes back from its text as it was, 2 as 2 and 2.0 as 2.0."""
    assert _dump(read_value(show_value(value), ANY, None)) == _dump(value)


@given(st.text())
def test_what_is_shown_can_drive_no_terminal(text: str) -> None:
    """A text with control characters is shown in escapes."""
    assert show_value(text).isprintable()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("2", 2),
        ("2.0", 2.0),
        (" true ", True),
        ("null", None),
        ("reflect", "reflect"),
        ('"2"', "2"),
        ("[1, 2]", [1, 2]),
        (
            '{"$call": "skimage:morphology.disk", "params": {"radius": 3}}',
            {"$call": "skimage:morphology.disk", "params": {"radius": 3}},
        ),
        ('{"$float": "nan"}', {"$float": "nan"}),
        ("", UNSET),
        ("   ", UNSET),
    ],
)
def test_text_is_json_and_else_text(text: str, value: Any) -> None:
    """JSON is read as JSON, bare words as text, and nothing as the default."""
    assert read_value(text, ANY, None) == value


def test_text_where_only_text_is_taken() -> None:
    """Where a function takes nothing but text, 2 is the text "2"."""
    assert read_value("2", Parameter(name="name", types=("str",)), None) == "2"


@pytest.mark.parametrize("text", ["nan", "inf", "-inf", "NaN"])
def test_numbers_that_json_lacks(text: str) -> None:
    """Where a function takes numbers and no text, nan and inf are numbers."""
    assert read_value(text, Parameter(name="cval", types=("int", "float")), None) == {"$float": text.lower()}


@pytest.mark.parametrize(
    "text", ["[1, 2", '{"a": 1, "a": 2}', '{"$nothing": 1}', "1e999", "99999999999999999999", "[NaN]", "[" * 5000]
)
def test_text_that_is_no_value_is_refused(text: str) -> None:
    """What looks like JSON and is none, or is no value of a document, is refused in words."""
    with pytest.raises(ValueTextError):
        read_value(text, ANY, None)


def test_what_the_function_does_not_take_is_refused_with_the_closest() -> None:
    """The registry judges: a misspelled choice is answered with the closest, a word with what is taken."""
    entry = lookup("skimage:filters.gaussian")
    mode, sigma = entry.parameter("mode"), entry.parameter("sigma")
    assert mode is not None
    assert sigma is not None
    with pytest.raises(ValueTextError, match="did you mean reflect"):
        read_value("reflekt", mode, entry)
    with pytest.raises(ValueTextError, match="number"):
        read_value("wide", sigma, entry)
    assert read_value("[1, 2.5]", sigma, entry) == [1, 2.5]


@pytest.mark.parametrize("reference", ["smooth", "split.0", "split.name", ["a", "b.1"], None])
def test_references_read_back(reference: str | list[str] | None) -> None:
    """A reference, a list of them and none come back from their text."""
    assert read_reference(show_reference(reference)) == reference


@pytest.mark.parametrize("text", ["a b", "[bold]", "1st", "a.b.c", "a,,b"])
def test_what_is_no_reference_is_refused(text: str) -> None:
    """What is not spelled like a reference is refused."""
    with pytest.raises(ValueTextError, match="not a reference"):
        read_reference(text)
