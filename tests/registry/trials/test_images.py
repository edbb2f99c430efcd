"""The images of trials, and what goes with them."""

import numpy as np
import pytest

from registry.memory import memory_type_of
from registry.trials import images
from registry.trials.companions import give, words
from registry.trials.images import AXES, IMAGES, STACKS, axes_of


@pytest.mark.parametrize("like", [*IMAGES, *STACKS.values(), "float", "complex", "points", "vector", "square"])
@pytest.mark.parametrize("word", sorted(words() - images.names()))
def test_every_word_goes_with_every_image(word, like):
    """Otherwise an image would be refused that the function may take."""
    assert give(word, like) is not None


@pytest.mark.parametrize("name", sorted(images.names()))
def test_what_is_given_is_the_takers_own(name):
    """A function that writes into it changes nothing for the next."""
    first, second = give(name), give(name)
    assert first is not second
    if memory_type_of(first) == "numpy":
        assert not np.shares_memory(first, second)
        np.testing.assert_array_equal(first, second)


@pytest.mark.parametrize("name", [*IMAGES, *STACKS.values()])
def test_axes_are_told_by_their_lengths(name):
    """Each axis has its own length, and the names of axes are those of the image."""
    assert len(set(AXES.values())) == len(AXES)
    assert give(name).shape == tuple(AXES[axis] for axis in axes_of(name))


@pytest.mark.parametrize(("image", "stack"), sorted(STACKS.items()))
def test_an_image_is_a_slice_of_its_stack_and_not_constant(image, stack):
    """Slices differ from each other, so that a stack filtered as a whole shows."""
    whole = give(stack)
    np.testing.assert_array_equal(give(image), whole[0])
    assert len(np.unique(whole[0])) > 1
    assert (whole[0] != whole[-1]).any()


def test_objects_and_their_other_image_are_of_one_dtype_and_shape():
    """What needs two images alike is given two that are."""
    for name in IMAGES:
        one, other = give(name), give("other", name)
        assert (one.shape, one.dtype) == (other.shape, other.dtype)
        assert (one != other).any()
