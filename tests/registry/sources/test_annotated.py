"""Entries of hand-written functions: annotations are types, the docstring adds words, a mark the rest."""

from dataclasses import dataclass
from enum import Enum
from typing import Annotated, Any, Literal, NamedTuple

import numpy as np
import pytest
from numpy.typing import NDArray

from registry.annotations import Data
from registry.errors import ArgumentError
from registry.marking import Mark
from registry.sources.annotated import read_annotated


class Mode(Enum):
    """Two ways."""

    FAST = "fast"
    EXACT = "exact"


@dataclass
class Area:
    """Two numbers."""

    smallest: int = 3
    largest: int | None = None


class Found(NamedTuple):
    """Two results."""

    labels: Annotated[NDArray[Any], Data("labels")]
    count: int


def read(function, **said):
    """The entry of a function."""
    return read_annotated(function, key="lab:f", import_path="lab:f", said=Mark(**said))


def test_annotations_and_docstring_make_the_parameters():
    """Each with role, types, choices, default and words, from wherever they are said."""

    def find(
        image: NDArray[Any],
        mask: Annotated[np.ndarray | None, Data("mask")] = None,
        *,
        sigma: Annotated[float, "In pixels."] = 2,
        mode: Mode = Mode.FAST,
        area: Area = Area(smallest=5),  # noqa: B008
        way: Literal["up", "down"] | None = None,
        size=3,
    ) -> Found:
        """Find things.

        Parameters
        ----------
        image
            Grey.
        size : int or sequence of int
            Of the window.
        """

    entry = read(find)
    given = {p.name: p for p in entry.parameters}
    assert entry.summary == "Find things."
    assert (entry.flow, entry.kind) == ("image", "labels")
    assert [(out.name, out.kind) for out in entry.outputs] == [("labels", "labels"), ("count", "scalar")]
    assert (given["image"].role, given["image"].types, given["image"].doc) == ("data", ("array",), "Grey.")
    assert (given["mask"].role, given["mask"].holds, given["mask"].types) == ("data", "mask", ("none", "array"))
    assert (given["sigma"].types, given["sigma"].doc, given["sigma"].default) == (("float",), "In pixels.", 2)
    assert (given["mode"].choices, given["mode"].default) == (("fast", "exact"), "fast")
    assert given["area"].default == {"smallest": 5, "largest": None}
    assert [field.name for field in given["area"].fields] == ["smallest", "largest"]
    assert given["way"].choices == ("up", "down")
    assert "int" in given["size"].types
    assert not given["size"].required


@pytest.mark.parametrize(
    ("hint", "kind"),
    [
        (np.ndarray, "image"),
        (Annotated[np.ndarray, Data("points")], "points"),
        (float, "scalar"),
        (dict[str, Any], "table"),
        (None, "unknown"),
        (str, "unknown"),
    ],
)
def test_the_result_says_the_kind(hint, kind):
    """By its annotation, and by the mark where that says more."""

    def f(image): ...

    f.__annotations__ = {"return": hint}
    assert read(f).kind == kind
    assert read(f, kind="mask").kind == "mask"


def test_several_results_are_named_by_the_docstring():
    """A tuple's items have the names of the section Returns."""

    def f(image) -> tuple[np.ndarray, float]:
        """Two.

        Returns
        -------
        smooth : array
        level : float
        """

    assert [(out.name, out.kind) for out in read(f).outputs] == [("smooth", "image"), ("level", "scalar")]


def test_a_name_says_data_where_nothing_else_does():
    """Without annotation and docstring an image is an image; a number is none."""

    def f(image, sigma, cell_mask=None): ...

    assert [p.role for p in read(f).parameters] == ["data", "param", "data"]


def test_the_flow_can_be_said_and_is_data():
    """Whatever its name."""

    def f(sigma, picture): ...

    entry = read(f, flow="picture")
    assert entry.flow == "picture"
    assert entry.parameter("picture").role == "data"
    with pytest.raises(ArgumentError, match="sigma, picture"):
        read(f, flow="image")


def test_traits_are_read_from_parameters():
    """A generator is random, a callable a callback."""
    from collections.abc import Callable

    def f(image, rng: np.random.Generator | None = None, then: Callable[[Any], Any] | None = None): ...

    assert read(f).traits == ("callback", "random")


def test_a_default_that_documents_can_not_write_leaves_the_parameter_open():
    """Nothing is refused of which nothing is known."""

    def f(image, thing: int = object()): ...

    parameter = read(f).parameter("thing")
    assert (parameter.types, parameter.default, parameter.required) == (("any",), None, False)


def test_a_default_beside_its_annotation_is_accepted():
    """``size: int = None`` takes None."""

    def f(image, size: int = None): ...  # noqa: RUF013

    assert set(read(f).parameter("size").types) == {"int", "none"}


def test_what_has_no_signature_is_refused():
    """Some callables written in C say nothing of their parameters."""
    with pytest.raises(ArgumentError, match="no signature"):
        read(dict)
