"""Values as annotations ask for them, and back."""

import enum
from dataclasses import dataclass, field
from typing import Any, Literal

import msgspec
import numpy as np
import pytest

from registry.annotations import UnfitError, maker, plain


class Mode(enum.Enum):
    """A choice."""

    FAST = "fast"
    EXACT = "exact"


class Spot(msgspec.Struct):
    """A Struct."""

    y: float
    x: float = 0.0


@dataclass
class Area:
    """A dataclass."""

    smallest: int = 3
    mode: Mode = Mode.FAST
    spots: list[Spot] = field(default_factory=list)

    def __post_init__(self) -> None:
        if self.smallest < 0:
            raise ValueError("smallest is negative")


@pytest.mark.parametrize("hint", [int, str | None, np.ndarray, Any, Literal["a"], tuple[int, int], dict[str, int]])
def test_plain_hints_need_nothing(hint):
    """No call is slower for an int."""
    assert maker(hint) is None


@pytest.mark.parametrize(
    ("hint", "given", "made"),
    [
        (Mode, "exact", Mode.EXACT),
        (Mode, Mode.FAST, Mode.FAST),
        (Mode | None, None, None),
        (Mode | str, "other", "other"),
        (Mode | int, 3, 3),
        (Area, {"smallest": 5, "mode": "exact"}, Area(5, Mode.EXACT)),
        (Area, {"spots": ({"y": 1.0}, {"y": 2.0, "x": 1.0})}, Area(spots=[Spot(1.0), Spot(2.0, 1.0)])),
        (Area, Area(7), Area(7)),
        (Area | Spot, {"y": 1.0}, Spot(1.0)),
        (list[int], (1, 2), [1, 2]),
        (set[str], ("a", "b"), {"a", "b"}),
        (tuple[Mode, int], ("fast", 1), (Mode.FAST, 1)),
        (tuple[Mode, ...], ("fast", "exact"), (Mode.FAST, Mode.EXACT)),
        (np.dtype, "uint8", np.dtype("uint8")),
    ],
)
def test_plain_values_become_what_is_annotated(hint, given, made):
    """And what is that already stays."""
    result = maker(hint)(given)
    assert result == made
    assert type(result) is type(made)


@pytest.mark.parametrize(
    ("hint", "given", "words"),
    [
        (Mode, "slow", '\'slow\' is none of "fast", "exact"'),
        (Area, 3, "is no object with the fields of Area"),
        (Area, {"smalest": 3}, "'smalest' is no field of Area"),
        (Spot, {}, "field 'y' of Spot is missing"),
        (Area, {"smallest": -1}, "smallest is negative"),
        (Area, {"spots": ({"y": 1}, {"z": 1})}, "field 'spots': item 1: 'z' is no field"),
        (list[Mode], "fast", "is no list"),
        (np.dtype, "uint9", "is no dtype"),
        (Mode | None, "slow", "is none of"),
    ],
)
def test_what_stands_for_nothing_is_refused_with_its_place(hint, given, words):
    """The way into the value is told."""
    with pytest.raises(UnfitError) as caught:
        maker(hint)(given)
    assert words.replace('"', "'") in str(caught.value)


@pytest.mark.parametrize("value", [Mode.EXACT, Area(5, Mode.EXACT, [Spot(1.0)]), Spot(1.0), [Mode.FAST], 3, "a", None])
def test_plain_and_made_are_inverse(value):
    """What goes into a document comes out of it."""
    hint = list[Mode] if isinstance(value, list) else type(value)
    make = maker(hint)
    written = plain(value)
    assert (make(written) if make else written) == value
    assert "Mode" not in repr(written)
