"""What counts as a wrong value is told without the types that are under test."""

from __future__ import annotations

import pytest

from registry.entry import Parameter
from registry.quality import mutations
from registry.quality.mutations import Sort, sort_of


@pytest.mark.parametrize(
    ("stated", "sort"),
    [
        ("float", "number"),
        ("int, optional", "number"),
        ("positive int", "number"),
        ("float or None, optional", "number"),
        ("bool, optional", "bool"),
        ("str", "text"),
        ("{'reflect', 'nearest'}, optional", "choice"),
        ("tuple of float", "numbers"),
        ("sequence of 3 ints, or None", "numbers"),
        ("ndarray", None),
        ("float or array_like", None),
        ("float or str", None),
        ("callable", None),
        ("", None),
    ],
)
def test_a_phrase_that_says_one_thing(stated: str, sort: Sort | None) -> None:
    """A phrase of one plain type is of that sort; any other says nothing."""
    assert sort_of(Parameter(name="x", stated=stated, required=True)) == sort


def test_a_default_that_contradicts_its_phrase() -> None:
    """A phrase that its own default contradicts says nothing."""
    assert sort_of(Parameter(name="x", stated="float", default="auto", required=False)) is None
    assert sort_of(Parameter(name="x", stated="{'a', 'b'}", default="c", required=False)) is None
    assert sort_of(Parameter(name="x", stated="bool", default=None, required=False)) == "bool"


def test_without_a_phrase_the_default_speaks() -> None:
    """A number for a default makes a number of the parameter, and a truth value a truth value."""
    assert sort_of(Parameter(name="x", default=2.5, required=False)) == "number"
    assert sort_of(Parameter(name="x", default=True, required=False)) == "bool"
    assert sort_of(Parameter(name="x", default="reflect", required=False)) is None


def test_an_open_list_of_choices() -> None:
    """A list of choices that the library itself departs from is not closed: an unknown word may be right."""
    parameter = Parameter(name="mode", stated="{'reflect', 'nearest'}", required=True)
    assert [m.name for m in mutations(parameter)] == ["unknown choice", "object"]
    assert [m.name for m in mutations(parameter, ["nearest"])] == ["unknown choice", "object"]
    assert [m.name for m in mutations(parameter, ["grid-mirror"])] == ["object"]


def test_images_have_no_wrong_values() -> None:
    """Only parameters are mutated: an image comes from a step, not from a document."""
    assert mutations(Parameter(name="image", stated="float", role="input", required=True)) == ()
