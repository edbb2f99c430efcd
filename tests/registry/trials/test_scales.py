"""What a function makes of stacks and of other scales, on functions of which that is known."""

import pytest

from registry.resolver import resolve
from registry.trials.scales import RANGE, STACK, range_of, stack_of
from registry.trials.trial import Trial


def ask(question, key, *images, skip=()):
    """The answer, and which stages were announced."""
    trial, stages = Trial(resolve(key)), []
    answer = question(
        trial, {image: trial.call(image) for image in images}, dict.fromkeys(skip, "crash"), stages.append
    )
    return answer, stages


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("numpy:negative", "slices"),
        ("skimage:filters.gaussian", "values"),
        ("skimage:color.gray2rgb", "slices"),
        ("numpy:mean", "shape"),
        ("skimage:filters.roberts", "error"),
    ],
)
def test_a_stack_gives_what_its_slices_give_or_not(key, said):
    """Neighbours in depth, a reduction and a refusal are told apart."""
    assert ask(stack_of, key, "2d") == (said, [STACK])


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("skimage:filters.gaussian", "unit"),
        ("skimage:exposure.equalize_hist", "unit"),
        ("scipy:ndimage.spline_filter", "input"),
        ("skimage:filters.threshold_local", "input"),
        ("numpy:sqrt", "other"),
        ("skimage:filters.sobel_h", "other"),
    ],
)
def test_floats_are_on_the_unit_scale_in_counts_or_neither(key, said):
    """As the same image on another scale shows."""
    assert ask(range_of, key, "2d") == (said, [RANGE])


def test_of_integers_no_scale_is_asked():
    """Nor where no image comes out."""
    assert ask(range_of, "skimage:filters.median", "2d") == ("", [])
    assert ask(range_of, "numpy:mean", "2d") == ("", [])


def test_a_stage_that_ended_a_process_is_not_entered_again():
    """A crash on stacks is an answer, one on other scales is none."""
    assert ask(stack_of, "skimage:filters.gaussian", "2d", skip=[STACK]) == ("error", [])
    assert ask(stack_of, "skimage:filters.gaussian", "2d", skip=["3d"]) == ("error", [STACK])
    assert ask(range_of, "skimage:filters.gaussian", "2d", skip=[RANGE]) == ("", [])
