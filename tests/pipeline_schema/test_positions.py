"""Lines and columns of places in a JSON text."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_schema.positions import find_duplicates, line_column, locate, place
from pipeline_schema.problems import Problem, pointer

TEXT = """{
  "a": [1, {"b/c~": true},
        "[{,:\\"}]"],
  "\\u00e9": {"x": "\u00e9\u00e9", "y": null}
}"""

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4),
    max_leaves=20,
)


@pytest.mark.parametrize(
    ("path", "place"),
    [
        ((), (1, 1)),
        (("a",), (2, 8)),
        (("a", 0), (2, 9)),
        (("a", 1, "b/c~"), (2, 21)),
        (("a", 2), (3, 9)),
        (("\u00e9", "x"), (4, 19)),
        (("\u00e9", "y"), (4, 30)),
    ],
)
def test_values_are_found(path: tuple[str | int, ...], place: tuple[int, int]) -> None:
    """Brackets in strings, escapes in keys and characters of several bytes lead nobody astray."""
    assert locate(TEXT, pointer(*path)) == place


def test_the_nearest_value_around_stands_for_what_is_not_there() -> None:
    """A missing parameter is shown at the object in which it is missing."""
    assert locate(TEXT, "/a/1/z/0") == locate(TEXT, "/a/1")


def test_of_a_key_that_stands_twice_the_last_counts() -> None:
    """A position is that of the value which a decoder keeps."""
    assert locate('{"a": 1,\n "a": 2}', "/a") == (2, 7)


@given(PLAIN, st.sampled_from([None, 1]))
def test_every_value_is_found_where_it_stands(plain: Any, indent: int | None) -> None:
    """For any document the text at the position of a value decodes to that value."""
    text = json.dumps(plain, indent=indent, ensure_ascii=False)
    lines = text.split("\n")
    decoder = json.JSONDecoder()

    def visit(value: Any, path: tuple[str | int, ...]) -> None:
        line, column = locate(text.encode(), pointer(*path))
        rest = "\n".join([lines[line - 1][column - 1 :], *lines[line:]])
        assert decoder.raw_decode(rest)[0] == value
        items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        for key, item in items:
            visit(item, (*path, key))

    visit(plain, ())


def test_problems_are_placed_and_those_with_a_line_kept() -> None:
    """Placing adds what is missing and changes nothing else."""
    found = Problem(code="schema-error", message="m", pointer="/a/1")
    kept = Problem(code="schema-error", message="m", line=9, column=9)
    first, second = place([found, kept], TEXT)
    assert (first.line, first.column, first.pointer) == (2, 12, "/a/1")
    assert second is kept


def test_duplicate_keys_are_found_also_behind_escapes() -> None:
    """A key written with escapes is the same key; equal keys of different objects are not."""
    data = rb'{"a": {"b": 1}, "c": [{"b": 1}, {"b": 1, "\u0062": 2}], "a": {"b": 1}}'
    found = find_duplicates(data)
    assert [path for path, _ in found] == [("c", "1", "b"), ("a",)]
    assert data[found[0][1] :].startswith(rb'"\u0062"')


def test_columns_count_characters() -> None:
    """An editor's column is meant, not a byte."""
    assert line_column("\u00e9\n\U0001f600x".encode(), [7, 0]) == {0: (1, 1), 7: (2, 2)}


def test_a_thousand_places_on_one_long_line_take_no_time() -> None:
    """The time is that of one pass, not of one for each problem."""
    count = 20_000
    text = json.dumps(["\u00e9" * 20] * count, ensure_ascii=False)
    problems = [Problem(code="schema-error", message="m", pointer=f"/{index}") for index in range(count)]
    started = time.process_time()
    placed = place(problems, text)
    assert time.process_time() - started < 5
    assert placed[-1].column == len(text) - 22
