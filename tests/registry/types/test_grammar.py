"""Types as texts: what each word accepts, and one spelling for what means the same."""

from __future__ import annotations

import math
from typing import Any

import pytest

from registry.types import InvalidTypeError, Items, accepts, items_of, sequence_of, unite


class Record:
    """Stands for what a document's ``$`` forms become: something that is no plain value."""


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("any", {"a": (1, "b")}),
        ("bool", True),
        ("bool", 1),
        ("int", 3),
        ("int", 3.0),
        ("int", 2**70),
        ("float", 2),
        ("float", math.inf),
        ("complex", 1j),
        ("complex", 2),
        ("str", "x"),
        ("none", None),
        ("array", ((1, 2), (3, 4))),
        ("array", range(3)),
        ("dict", {"a": 1}),
        ("dtype", "uint8"),
        ("dtype", [("x", "int32")]),
        ("slice", slice(1, 2)),
        ("sequence", [1, "a"]),
        ("sequence[int]", (1, 2, 3)),
        ("sequence[int]", ()),
        ("sequence[int|none]", (1, None)),
        ("sequence[float, 2]", (1, 2.5)),
        ("sequence[sequence[int, 2]]", ((1, 2), (3, 4))),
        ("sequence[float]", range(1, 10)),
        ("sequence[array, 2]", (Record(), ((1, 2), (3, 4)))),
    ],
)
def test_accepts(word: str, value: Any) -> None:
    """A value of the type is accepted."""
    assert accepts((word,), value)


@pytest.mark.parametrize(
    ("word", "value"),
    [
        ("bool", 2),
        ("bool", "true"),
        ("int", True),
        ("int", 2.5),
        ("int", "3"),
        ("float", True),
        ("float", 1j),
        ("float", None),
        ("complex", "1"),
        ("str", 3),
        ("none", False),
        ("array", 3),
        ("array", "image"),
        ("array", {"a": 1}),
        ("dict", (1,)),
        ("dtype", 8),
        ("slice", (1, 2)),
        ("callable", "mean"),
        ("rng", 42),
        ("sequence", "abc"),
        ("sequence", {"a": 1}),
        ("sequence[int]", (1, "a")),
        ("sequence[int]", 1),
        ("sequence[float, 2]", (1, 2, 3)),
        ("sequence[sequence[int, 2]]", ((1, 2), (3,))),
    ],
)
def test_refuses(word: str, value: Any) -> None:
    """A value of another type is refused: texts are no numbers, scalars are no lists, lengths and items count."""
    assert not accepts((word,), value)


@pytest.mark.parametrize("word", ["bool", "float", "none", "callable", "sequence[int, 2]", "dict"])
def test_what_stands_for_something_is_accepted(word: str) -> None:
    """A record may stand for anything, alone or as an item: it is not looked into."""
    assert accepts((word,), Record())


@pytest.mark.parametrize(
    ("word", "items"),
    [
        ("int", None),
        ("sequence", Items(("any",))),
        ("sequence[int]", Items(("int",))),
        ("sequence[int|none, 3]", Items(("int", "none"), 3)),
        ("sequence[any, 2]", Items(("any",), 2)),
        ("sequence[sequence[int, 2]]", Items(("sequence[int, 2]",))),
        ("sequence[int|sequence[int|str, 2]|none]", Items(("int", "sequence[int|str, 2]", "none"))),
    ],
)
def test_items_are_read(word: str, items: Items | None) -> None:
    """What is written between brackets is read back, however it is nested."""
    assert items_of(word) == items
    if items is not None:
        assert items_of(sequence_of(*items)) is not None


@pytest.mark.parametrize("text", ["", "integer", "sequence[]", "sequence[integer]", "sequence[int", "sequence[int,2]"])
def test_what_is_no_type_is_refused(text: str) -> None:
    """A catalog with a misspelled type is wrong, and does not mean anything."""
    with pytest.raises(InvalidTypeError, match="is no type"):
        items_of(text)


@pytest.mark.parametrize(
    ("groups", "united"),
    [
        ([("none",), ("int", "bool")], ("bool", "int", "none")),
        ([("int",), ("any",)], ("any",)),
        ([("sequence[int]",), ("sequence",)], ("sequence",)),
        ([("sequence[int]", "array")], ("array",)),
        ([("sequence[int]", "sequence[int|float]")], ("sequence[int|float]",)),
        ([("sequence[int, 2]", "sequence[int]")], ("sequence[int]",)),
        ([("sequence[int, 2]", "sequence[int, 3]")], ("sequence[int, 2]", "sequence[int, 3]")),
        ([()], ()),
    ],
)
def test_types_are_united(groups: list[tuple[str, ...]], united: tuple[str, ...]) -> None:
    """Types stand in one order, without those that another takes in."""
    assert unite(*groups) == united
