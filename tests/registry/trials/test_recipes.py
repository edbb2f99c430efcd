"""Recipes name only what there is."""

import pytest

from registry import catalog, libraries
from registry.entry import FunctionEntry, Parameter
from registry.trials.companions import words
from registry.trials.images import IMAGES
from registry.trials.recipes import recipe_for, recipes

OWN = {key: recipe for key, recipe in recipes().items() if "*" not in key}
WILD = {key: recipe for key, recipe in recipes().items() if "*" in key}


def test_every_word_of_a_recipe_exists():
    """A word that nothing is made for would end the trials of its library."""
    asked = {(key, word) for key, r in recipes().items() for word in (*r.inputs.values(), *r.images, *r.args)}
    assert [pair for pair in sorted(asked) if pair[1] not in words()] == []


def test_every_recipe_is_of_a_function_and_its_parameters():
    """What no catalog knows, or the function has no parameter for, was misspelt or is outlived."""
    wrong = []
    entries = {entry.key: entry for entry in catalog.entries()}
    for key, recipe in OWN.items():
        entry = entries.get(key)
        if entry is None:
            wrong.append(key)
            continue
        names = {parameter.name for parameter in entry.parameters}
        wrong += [f"{key}({name})" for name in (*recipe.inputs, *recipe.params) if name not in names]
        if recipe.images and entry.flow is None:
            wrong.append(f"{key}: images, and no flow")
    assert wrong == []


def test_every_pattern_is_needed():
    """A pattern stands for required parameters of one library, or of any."""
    needed = {p.name for entry in catalog.entries() for p in entry.parameters if p.required}
    assert [key for key in WILD if key.partition("*.")[2] not in needed] == []


@pytest.mark.parametrize("library", sorted(set(libraries.LIBRARIES) - {"cupy", "cupyx", "cucim"}))
def test_all_that_is_required_is_given(library):
    """Every required parameter but the flow has a word or a constant."""
    lacking = []
    for entry in catalog.entries(library):
        recipe = recipe_for(entry)
        given = {entry.flow, *recipe.inputs, *recipe.params}
        lacking += [f"{entry.key}({p.name})" for p in entry.parameters if p.required and p.name not in given]
    assert lacking == []


def test_data_without_a_recipe_gets_what_it_holds():
    """Labels are given labels; of what nothing is known, a second image."""
    parameters = (
        Parameter(name="first", role="data", required=True),
        Parameter(name="objects", role="data", holds="labels", required=True),
        Parameter(name="second", role="data", required=True),
    )
    recipe = recipe_for(FunctionEntry(key="a:f", import_path="a:f", parameters=parameters, flow="first"))
    assert recipe.inputs == {"objects": "its-labels", "second": "other"}
    assert recipe.images == IMAGES


def test_a_constant_is_never_given_for_an_array():
    """*.b is a number in draw.ellipsoid, and must not become the second operand of a product."""
    parameters = (Parameter(name="a", role="data", required=True), Parameter(name="b", role="data", required=True))
    recipe = recipe_for(FunctionEntry(key="a:f", import_path="a:f", parameters=parameters, flow="a"))
    assert (recipe.inputs, recipe.params) == ({"b": "other"}, {})


def test_a_flow_that_holds_labels_is_tried_on_labels_first():
    """The first image that is taken is the one that fits best."""
    parameters = (Parameter(name="objects", role="data", holds="labels", required=True),)
    recipe = recipe_for(FunctionEntry(key="a:f", import_path="a:f", parameters=parameters, flow="objects"))
    assert recipe.images[:2] == ("labels", "labels-3d")
    assert set(recipe.images) == {*IMAGES, "labels-3d"}
