"""What a result is, in words."""

import numpy as np
import pytest

from registry.trials.images import AXES
from registry.trials.observing import describe, pull

Z, Y, X, S = AXES.values()


@pytest.mark.parametrize(
    ("value", "axes", "said"),
    [
        (np.zeros((Y, X), "uint8"), "YX", "uint8 (Y, X)"),
        (np.zeros((Z, Y, X), "float32"), "ZYX", "float32 (Z, Y, X)"),
        (np.zeros((X,)), "YX", "float64 (X,)"),
        (np.zeros((12, 2)), "YX", "float64 (N, 2)"),
        (np.zeros((Y, X)), "", "float64 (N, N)"),
        (np.zeros(()), "YX", "float64 ()"),
        ((np.zeros((Y, X), "int32"), 3), "YX", "(int32 (Y, X), int)"),
        ([np.zeros(3), np.zeros(3)], "YX", "list of float64 (3,)"),
        ([1, "a"], "YX", "list of several"),
        ({"area": [1]}, "YX", "table of 1"),
        ({1: [1]}, "YX", "dict"),
        (None, "YX", "none"),
        (2.5, "YX", "float"),
        (np.float32(2.5), "YX", "float32"),
    ],
)
def test_a_result_is_described_by_its_axes(value, axes, said):
    """Axes of what went in by their letters, other lengths as numbers if they are small."""
    assert describe(value, axes) == said


def test_pulled_arrays_are_copies():
    """What a later call writes can't change what was seen."""
    array = np.zeros(3)
    pulled = pull({"a": [array, (array, 1)]})
    array[:] = 7
    assert pulled["a"][0].tolist() == pulled["a"][1][0].tolist() == [0, 0, 0]


def test_arrays_of_a_device_become_numpys(cle):
    """They are compared and described like any other."""
    pulled = pull([cle.push(np.ones((2, 3), "float32"))])
    assert isinstance(pulled[0], np.ndarray)
    assert pulled[0].tolist() == [[1, 1, 1], [1, 1, 1]]
