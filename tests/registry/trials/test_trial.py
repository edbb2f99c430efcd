"""One call of a trial: what is the function's doing, and what is the recipe's."""

import numpy as np
import pytest

from registry.resolver import resolve
from registry.trials import trial as module
from registry.trials.recipes import Recipe
from registry.trials.trial import NOTHING, RecipeError, RefusedError, Trial


@pytest.fixture
def make_trial(monkeypatch):
    """A trial of a function with this recipe in place of its own."""

    def make(key, **recipe):
        monkeypatch.setattr(module, "recipe_for", lambda entry: Recipe(**recipe))
        return Trial(resolve(key))

    return make


@pytest.mark.parametrize(
    "recipe",
    [
        {"inputs": {"structure": "no-such-word"}},
        {"params": {"no_such_parameter": 1}},
        {"inputs": {"no_such_parameter": "other"}},
    ],
)
def test_a_wrong_recipe_is_no_refusal(make_trial, recipe):
    """What the function never saw says nothing about it."""
    with pytest.raises(RecipeError, match=r"scipy:ndimage\.label: no arguments for '2d'"):
        make_trial("scipy:ndimage.label", **recipe).call("2d")


def test_a_missing_argument_is_the_recipes_fault(make_trial):
    """A call that can't be bound is never made."""
    with pytest.raises(RecipeError, match="markers"):
        make_trial("scipy:ndimage.watershed_ift").call("2d")


def test_what_the_function_raises_is_a_refusal(make_trial):
    """With what it raised as the cause."""
    with pytest.raises(RefusedError) as caught:
        make_trial("skimage:color.rgb2gray").call("labels")
    assert isinstance(caught.value.__cause__, ValueError)


def test_what_the_memory_can_not_hold_is_a_refusal(make_trial, cle):
    """pyclesperanto has no complex numbers, so it takes no such image."""
    with pytest.raises(RefusedError, match="complex"):
        make_trial("pyclesperanto:gaussian_blur").call("complex")


def test_arrays_that_a_function_writes_into_are_seen(make_trial):
    """By the parameter's name, also of what goes with the image."""
    one = make_trial("skimage:measure.label")
    one.call("labels")
    assert one.mutated == set()
    other = make_trial("scipy:ndimage.gaussian_filter", inputs={"output": "other"}, params={"sigma": 1.0})
    other.call("2d")
    assert other.mutated == {"output"}


def test_changes_reach_the_image_and_what_goes_with_it(make_trial):
    """Each by its word."""
    trial = make_trial("numpy:add", inputs={"x2": "other"})
    seen = []

    def change(word, value):
        seen.append(word)
        return np.zeros_like(value)

    assert not trial.call("2d", change).any()
    assert sorted(seen) == ["2d", "other"]


def test_colour_goes_along_the_channel_axis(make_trial):
    """A function that has the parameter is told where the channels are."""
    assert make_trial("skimage:filters.gaussian").arguments("rgb")[1]["channel_axis"] == -1
    assert "channel_axis" not in make_trial("skimage:filters.gaussian").arguments("2d")[1]


def test_a_function_without_flow_is_called_with_nothing(make_trial):
    """A constructor has one stage."""
    trial = make_trial("skimage:morphology.disk", params={"radius": 2})
    assert list(trial.images()) == [NOTHING]
    assert trial.call(NOTHING).shape == (5, 5)


def test_results_that_are_made_one_by_one_are_taken_as_a_list(make_trial):
    """A generator would be empty at a second look."""
    assert isinstance(make_trial("skimage:transform.pyramid_gaussian", images=("2d",)).call("2d"), list)
