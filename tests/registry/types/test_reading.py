"""What a parameter takes: never less than its default."""

from __future__ import annotations

import inspect
import math
from typing import Any, Optional

import numpy as np
import pytest

from registry.types import Accepted, accepted, accepts

EMPTY = inspect.Parameter.empty


@pytest.mark.parametrize(
    ("phrase", "default", "types"),
    [
        ("int, optional", None, ("int", "none")),
        ("int, optional", math.inf, ("int", "float")),
        ("float, optional", "auto", ("float", "str")),
        ("tuple of int", (1, 2), ("int", "sequence[int]")),
        ("2-tuple of int", (1, 2, 3), ("sequence[int]",)),
        ("int", np.float64(2.5), ("int", "float")),
        ("callable", len, ("callable",)),
        ("", 1, ("int", "float")),
        ("", True, ("bool",)),
        ("", "auto", ("str",)),
        ("", (1, 2), ("sequence",)),
        ("", None, ("any",)),
    ],
)
def test_the_default_is_always_taken(phrase: str, default: Any, types: tuple[str, ...]) -> None:
    """What the signature states is accepted, whatever the documentation forgot; undocumented, it says the type."""
    found = accepted(phrase, EMPTY, default).types
    assert set(found) == set(types)
    assert accepts(found, default)


def test_numpys_word_for_not_given_is_no_value() -> None:
    """A parameter that NumPy leaves out by a value of its own is documented as if it had none."""
    assert accepted("bool, optional", EMPTY, np._NoValue).types == ("bool", "none")


def test_a_length_may_be_a_fraction() -> None:
    """Lengths documented as int are computed with as numbers; counts are not."""
    assert accepted("int", EMPTY, EMPTY, name="radius").types == ("int", "float")
    assert accepted("2-tuple of int", EMPTY, EMPTY, name="size").types == ("sequence[int|float, 2]",)
    assert accepted("int", EMPTY, EMPTY, name="num_iter").types == ("int",)


def test_an_origin_may_be_one_for_each_axis() -> None:
    """SciPy documents a number and takes a list."""
    assert "sequence" in accepted("scalar, optional", EMPTY, 0, name="origin").types


def test_undocumented_names_have_their_usual_meaning() -> None:
    """What NumPy documents once for all ufuncs is not said of each."""
    assert accepted("", EMPTY, "same_kind", name="casting").choices[0] == "no"
    assert accepted("", EMPTY, None, name="dtype").types == ("str", "none", "dtype")
    assert accepted("", EMPTY, None, name="device").types == ("none",)


def test_annotations_go_before_words() -> None:
    """A plain annotation says more than a phrase; a union is all of its parts; one in quotes says nothing."""
    assert accepted("str", float, EMPTY).types == ("float",)
    assert accepted("", Optional[int], None).types == ("int", "none")  # noqa: UP045
    assert accepted("", np.ndarray | list, EMPTY).types == ("array",)
    assert accepted("int", "float", EMPTY).types == ("int",)


def test_documented_choices_close_the_list() -> None:
    """Choices are kept where the default is one of them, or of another type."""
    assert accepted("{'zhang', 'lee'}, optional", EMPTY, None) == Accepted(("str", "none"), ("zhang", "lee"))
    assert accepted("{'zhang', 'lee'}, optional", EMPTY, "other") == Accepted(("str",))
    assert accepted("{1, 2}, optional", EMPTY, 3) == Accepted(("int",))


def test_modes_of_ndimage_take_those_that_scipy_adds() -> None:
    """scikit-image documents five modes and hands all to SciPy, which knows eight."""
    phrase = "{'reflect', 'constant', 'nearest', 'mirror', 'wrap'}, optional"
    assert "grid-wrap" in accepted(phrase, EMPTY, "nearest").choices
