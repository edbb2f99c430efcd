"""What annotations say: types, choices, data, fields, in the words of catalogs."""

import enum
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Literal, NewType, TypedDict, TypeVar

import msgspec
import numpy as np
import numpy.typing as npt
import pytest

from registry.annotations import Data, meaning


class Level(enum.IntEnum):
    """Numbers."""

    LOW = 1
    HIGH = 2


class Spot(msgspec.Struct):
    """A Struct."""

    y: float
    x: float = 0.0


@dataclass
class Nested:
    """A dataclass in which another is."""

    spot: Spot
    names: list[str]


class Options(TypedDict, total=False):
    """A dict of known keys."""

    size: int


Pixels = NewType("Pixels", float)
T = TypeVar("T", int, str)


@pytest.mark.parametrize(
    ("hint", "types"),
    [
        (int, ("int",)),
        (int | float | None, {"int", "float", "none"}),
        (bool, ("bool",)),
        (str, ("str",)),
        (Any, ("any",)),
        (object, ("any",)),
        (dict, ("dict",)),
        (Mapping[str, int], ("dict",)),
        (slice, ("slice",)),
        (complex, ("complex",)),
        (Callable[[int], int], ("callable",)),
        (np.dtype, ("dtype",)),
        (np.random.Generator, ("rng",)),
        (np.ndarray, ("array",)),
        (npt.NDArray[np.uint8], ("array",)),
        (tuple[float, float], ("sequence[float, 2]",)),
        (tuple[int, ...], ("sequence[int]",)),
        (list[int], ("sequence[int]",)),
        (Sequence[int | None], ("sequence[int|none]",)),
        (tuple[tuple[int, int], ...], ("sequence[sequence[int, 2]]",)),
        (tuple, ("sequence",)),
        (list, ("sequence",)),
        (Pixels, ("float",)),
        (T, {"int", "str"}),
        (Literal["a", 3], {"str", "int"}),
        (Level, ("int",)),
        (Spot, ("dict",)),
        (Options, ("dict",)),
        (Annotated[int, "words"], ("int",)),
        ("np.ndarray | None", {"array", "none"}),
        ("Unknown[int]", ("any",)),
        (3, ("any",)),
    ],
)
def test_hints_have_types(hint, types):
    """Each in the vocabulary of catalogs; what says nothing accepts anything."""
    assert set(meaning(hint).types) == set(types)


@pytest.mark.parametrize(
    ("hint", "choices"),
    [
        (Literal["a", "b"], ("a", "b")),
        (Literal["a", None], ("a",)),
        (Level, (1, 2)),
        (Level | None, (1, 2)),
        (Literal["a"] | int, ("a",)),
        (Literal["a"] | str, ()),
        (Literal["a"] | Any, ()),
    ],
)
def test_choices_are_closed_where_nothing_opens_them(hint, choices):
    """A text beside a list of texts leaves all texts open."""
    assert meaning(hint).choices == choices


def test_arrays_are_data_and_say_what_they_hold():
    """By marker, within unions too."""
    assert meaning(np.ndarray) == meaning(npt.NDArray[Any])
    assert meaning(npt.ArrayLike).data
    held = meaning(Annotated[np.ndarray, Data("labels"), "The labels."] | None)
    assert (held.data, held.holds, held.doc) == (True, "labels", "")
    assert meaning(Annotated[np.ndarray | None, Data("labels"), "The labels."]).doc == "The labels."
    assert not meaning(list[float]).data


def test_objects_have_fields():
    """Nested, with types, defaults and what is required."""
    spot, names = meaning(Nested).fields
    assert [field.name for field in spot.fields] == ["y", "x"]
    assert [(field.required, field.default) for field in spot.fields] == [(True, None), (False, 0.0)]
    assert (names.types, names.container) == (("sequence[str]",), "list")
    assert [field.name for field in meaning(Nested | None).fields] == ["spot", "names"]
    assert meaning(Nested | Spot).fields == ()
