"""All that is observed of one function, on functions of which it is known."""

import pytest

from registry.resolver import resolve
from registry.trials import trial as module
from registry.trials.calling import observe
from registry.trials.recipes import Recipe
from registry.trials.trial import RecipeError


def look(key, *, skip=None, quick=False):
    return observe(resolve(key), skip=skip or {}, quick=quick, announce=lambda stage: None)


def test_a_filter_is_observed_on_all_images():
    """Dimensions, dtypes, stacks and range of a well-known one."""
    seen = look("skimage:filters.gaussian")
    assert seen.images == ("2d", "3d", "rgb", "labels", "mask")
    assert seen.results["2d"] == "float64 (Y, X)"
    assert seen.results["rgb"] == "float64 (Y, X, S)"
    assert (seen.stack, seen.range, seen.random, seen.mutates, seen.failure) == ("values", "unit", False, (), "")


def test_hidden_state_shows():
    """Two alternating results in one process, whatever the parameters."""
    assert look("skimage:segmentation.morphological_chan_vese").random


@pytest.mark.parametrize(
    "key",
    ["skimage:graph.pixel_graph", "skimage:metrics.contingency_table", "skimage:segmentation.relabel_sequential"],
)
def test_results_that_are_no_arrays_are_not_taken_for_random(key):
    """Sparse matrices and maps are compared by what they hold."""
    seen = look(key)
    assert seen.images
    assert not seen.random


def test_a_skipped_image_is_recorded_with_what_happened():
    """The facts of the other images stand beside it."""
    seen = look("skimage:filters.sobel", skip={"3d": "crash (SIGSEGV)"})
    assert seen.results["3d"] == "crash (SIGSEGV)"
    assert "3d" not in seen.images
    assert seen.stack == "error"


def test_a_function_that_takes_no_image_says_why():
    """The first refusal, in one line."""
    seen = look("numpy:isnat")
    assert seen.images == ()
    assert seen.failure.startswith("TypeError: ufunc 'isnat'")


def test_a_quick_look_is_one_call():
    """The first image that is taken is enough."""
    assert look("skimage:filters.gaussian", quick=True).results == {"2d": "float64 (Y, X)"}


def test_a_wrong_recipe_is_never_recorded(monkeypatch):
    """It ends the trial of the function."""
    monkeypatch.setattr(module, "recipe_for", lambda entry: Recipe(images=("no-such-image",)))
    with pytest.raises(RecipeError, match="no-such-image"):
        look("skimage:filters.gaussian")
