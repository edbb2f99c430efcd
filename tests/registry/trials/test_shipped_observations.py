"""What the shipped catalogs say that trials saw: of every function, by the recipes that are here."""

import pytest

from registry.catalog.shipped import read_shipped
from registry.generate.environments import ENVIRONMENTS
from registry.trials.recipes import recipe_for, recipes

TRIED = {library: version for each in ENVIRONMENTS if each.name == "current" for library, version in each.makes.items()}


@pytest.fixture(params=sorted(TRIED))
def entries(request):
    """The functions of a library that runs without a GPU."""
    return read_shipped(request.param, TRIED[request.param]).entries


def test_every_function_ran_or_has_a_reason(entries):
    """What was not tried, or never ran, is no oversight."""
    assert [entry.key for entry in entries if entry.observed is None] == []
    failed = {entry.key for entry in entries if entry.observed.failure}
    assert {key for key in failed if key not in recipes() or not recipes()[key].reason} == set()


def test_what_is_recorded_was_seen_with_the_recipes_that_are_here(entries):
    """An edited recipe asks for new trials: python -m registry.generate --trials."""
    wrong = []
    for entry in entries:
        recipe = recipe_for(entry)
        if (entry.observed.call, entry.observed.inputs) != (recipe.params, recipe.inputs):
            wrong.append(entry.key)
    assert wrong == []


def test_hidden_state_is_only_where_two_results_were_seen(entries):
    """The trait of each function that has no seed, and of no other; what is known by table stays."""
    for entry in entries:
        if entry.observed.random:
            assert {"stateful", "random"} & set(entry.traits), entry.key
        if entry.observed.mutates:
            assert "mutates" in entry.traits, entry.key
