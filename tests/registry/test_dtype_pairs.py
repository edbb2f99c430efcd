"""Every dtype to every other, by `change_dtype`, against arithmetic in float64 that is written here once more."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from registry.errors import ArgumentError
from registry.scaling import change_dtype

INTEGERS = ["bool", "uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64"]
FLOATS = ["float16", "float32", "float64"]
PAIRS = list(itertools.product([*INTEGERS, *FLOATS], repeat=2))
EXACT = 2.0**53


def ends(dtype, *, unit):
    """The least and greatest value of a dtype; of a float those of its scale of 0 to 1, or its finite ones."""
    if dtype == "bool":
        return 0.0, 1.0
    if dtype in FLOATS:
        return (0.0, 1.0) if unit else (float(np.finfo(dtype).min), float(np.finfo(dtype).max))
    return float(np.iinfo(dtype).min), float(np.iinfo(dtype).max)


def reference(image, target, scale):
    """What the images mean, in float64 alone: right as long as no number has more than 53 bits."""
    values = image.astype("float64")
    if scale != "cast":
        low, high = (values.min(), values.max()) if scale == "stretch" else ends(image.dtype.name, unit=True)
        bottom, top = ends(target, unit=True)
        values = (values - low) / (high - low) * (top - bottom) + bottom
    bottom, top = ends(target, unit=False)
    values = np.minimum(np.maximum(values, bottom), top)
    return values if target in FLOATS else np.rint(values)


def images(dtype):
    """Images of a dtype, with the values that are hard among them."""
    shapes = array_shapes(min_dims=2, max_dims=4, min_side=2, max_side=4)
    if dtype in FLOATS:
        width = int(dtype.removeprefix("float"))
        numbers = st.floats(width=width, allow_nan=False, allow_infinity=False) | st.sampled_from([0.0, 0.5, 1.5, 1.0])
        return arrays(dtype, shapes, elements=numbers)
    return arrays(dtype, shapes)


@pytest.mark.parametrize("scale", ["cast", "rescale", "stretch"])
@pytest.mark.parametrize(("source", "target"), PAIRS)
@settings(max_examples=8)
@given(data=st.data())
def test_every_pair_of_dtypes(source, target, scale, data):
    """A change gives the target's nearest value, for any image whose arithmetic float64 can do."""
    image = data.draw(images(source))
    image.flat[0], image.flat[-1] = 0, 1  # so that there is something to stretch
    values = image.astype("float64")
    done = change_dtype(image, target, scale)
    assert (done.dtype, done.shape) == (target, image.shape)
    if scale != "stretch" and source == target:
        np.testing.assert_array_equal(done, image)
        return
    with np.errstate(over="ignore", invalid="ignore"):
        expected = reference(image, target, scale)
    if scale == "stretch" and np.ptp(values / 4) > np.finfo("float64").max / 4:
        return  # the reference can't say it; test_ranges does
    # Half a step where the reference itself is rounded; nothing where it is exact.
    rounded = scale != "cast" or max(abs(values).max(), abs(expected).max()) > EXACT
    if target in FLOATS:
        with np.errstate(over="ignore"):
            np.testing.assert_allclose(done, expected.astype(target), rtol=2 * np.finfo(target).eps, atol=1e-6)
    elif not rounded:
        np.testing.assert_array_equal(done.astype("float64"), expected)
    else:
        spread = max(map(abs, ends(target, unit=True)))
        np.testing.assert_allclose(done.astype("float64"), expected, rtol=0, atol=max(1.0, spread * 2.0**-50))


@pytest.mark.parametrize(("source", "target"), [(s, t) for s, t in PAIRS if s in FLOATS])
def test_auto_asks_where_floats_become_integers(source, target):
    """Without a scale floats become floats; which integers they stand for is for the user to say."""
    image = np.array([[0.0, 0.25, 1.0]], source)
    if target in FLOATS:
        assert change_dtype(image, target).tolist() == image.tolist()
        return
    with pytest.raises(ArgumentError, match="option scale") as caught:
        change_dtype(image, target)
    assert caught.value.parameter == "scale"


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("scale", ["cast", "rescale", "stretch"])
@pytest.mark.parametrize(("source", "target"), [(s, t) for s, t in PAIRS if s in FLOATS and t in INTEGERS])
def test_what_is_no_number_becomes_no_integer(source, target, scale, bad):
    """NaN and infinities are refused for every pair, and counted."""
    with pytest.raises(ArgumentError, match=r"NaN and . infinite of 3 values"):
        change_dtype(np.array([[0.0, bad, 1.0]], source), target, scale)
