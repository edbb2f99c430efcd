"""Builtin functions on images: numbers that are known beforehand."""

import numpy as np
import pytest

from registry.builtin import composite, convert, crop, getitem, percentile_normalize, points_to_mask, project
from registry.errors import ArgumentError

STACK = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)


@pytest.mark.parametrize("index", [1, (0, slice(None), 2), (Ellipsis, slice(None, None, 2)), STACK > 3])
def test_getitem_is_what_brackets_are(index):
    """Elements, slices, ellipsis and masks select as in Python."""
    np.testing.assert_array_equal(getitem(STACK, index), STACK[index])


def test_getitem_outside_is_an_error():
    """An index beyond the array is NumPy's error."""
    with pytest.raises(IndexError):
        getitem(STACK, 2)


def test_points_mark_their_pixels():
    """Each point, rounded to a pixel, is True; all else is not."""
    mask = points_to_mask(np.array([[0.4, 1.6], [1, 0]]), np.zeros((2, 3), np.float32))
    np.testing.assert_array_equal(mask, [[False, False, True], [True, False, False]])


def test_no_points_mark_nothing():
    """An empty list of points gives an empty mask of the image's shape."""
    mask = points_to_mask(np.empty((0, 2)), np.zeros((2, 3)))
    assert (mask.shape, mask.dtype, mask.any()) == ((2, 3), bool, False)


@pytest.mark.parametrize(
    ("points", "message"),
    [([[0, 3]], "1 of 1 points"), ([[-1, 0]], "outside"), ([[np.nan, 0]], "outside"), ([[0, 0, 0]], r"\(N, 2\)")],
)
def test_points_outside_are_never_wrapped(points, message):
    """A point beyond an edge, before zero or at NaN is an error, not another pixel."""
    with pytest.raises(ValueError, match=message):
        points_to_mask(np.array(points, float), np.zeros((2, 3)))


def test_percentiles_become_zero_and_one():
    """Between the percentiles the values are mapped straight, beyond them they are clipped."""
    image = np.arange(101, dtype=np.uint16)
    result = percentile_normalize(image, 10, 60)
    assert result.dtype == np.float32
    np.testing.assert_allclose(result[[0, 10, 35, 60, 100]], [0, 0, 0.5, 1, 1])
    assert percentile_normalize(image.astype(np.float64)).dtype == np.float64


def test_a_constant_image_becomes_zeros():
    """There is no range to map: zeros, without a division."""
    assert not percentile_normalize(np.full((3, 3), 7.0)).any()


@pytest.mark.parametrize(("low", "high"), [(50, 50), (60, 40), (-1, 50), (0, 101)])
def test_percentiles_must_be_in_order(low, high):
    """Percentiles that are no range are refused."""
    with pytest.raises(ValueError, match="low < high"):
        percentile_normalize(np.arange(4.0), low, high)


@pytest.mark.parametrize("method", ["max", "mean", "median", "min", "std", "sum"])
def test_a_projection_is_the_reduction_of_its_name(method):
    """Every method reduces the axis as NumPy does."""
    np.testing.assert_array_equal(project(STACK, method, axis=1), getattr(np, method)(STACK, axis=1))


def test_other_methods_are_refused():
    """A name that is no method does not reach NumPy's namespace."""
    with pytest.raises(ValueError, match="'ptp'"):
        project(STACK, "ptp")


def test_convert_rounds_and_saturates():
    """Half goes to even, and what is out of range ends at its end."""
    image = np.array([-5.0, 0.5, 1.5, 300.0])
    np.testing.assert_array_equal(convert(image, "uint8"), np.array([0, 0, 2, 255], np.uint8))
    assert convert(image, np.dtype("uint8")).dtype == np.uint8


def test_convert_rescales_full_ranges():
    """8 bits fill 16."""
    np.testing.assert_array_equal(convert(np.array([0, 255], np.uint8), "uint16", "rescale"), [0, 65535])


def test_nan_is_no_integer():
    """NaN into integers is an error, never a zero."""
    with pytest.raises(ArgumentError, match=r"NaN|finite"):
        convert(np.array([np.nan]), "uint8")


def test_a_crop_is_a_box_of_the_last_axes():
    """Axes before those of the box stay whole; negative numbers count from the end."""
    np.testing.assert_array_equal(crop(STACK, (1, 0), (3, 2)), STACK[:, 1:3, 0:2])
    np.testing.assert_array_equal(crop(STACK, (0, -3), (2, -1)), STACK[:, 0:2, 1:3])


@pytest.mark.parametrize(
    ("start", "stop"),
    [((0, 0), (4, 2)), ((2, 0), (2, 2)), ((0,), (1, 2)), ((0, 0, 0, 0), (1, 1, 1, 1)), ((-9, 0), (1, 1))],
)
def test_a_box_outside_is_an_error(start, stop):
    """A box that is empty, outside or of other axes is not cut to what fits."""
    with pytest.raises(ValueError, match=r"box|axes"):
        crop(STACK, start, stop)


def test_a_composite_adds_colours():
    """Each channel, stretched, in its colour; sums are clipped."""
    first, second = np.array([[0, 10]], np.uint8), np.array([[5, 5]], np.uint8)
    rgb = composite([first, second], ("magenta", (0, 1, 0)))
    assert rgb.dtype == np.float32
    np.testing.assert_array_equal(rgb, [[[0, 0, 0], [1, 0, 1]]])
    np.testing.assert_array_equal(composite(np.stack([first, second]), ("red", "gray"), stretch=False)[0, 1], [1, 1, 1])


@pytest.mark.parametrize(
    ("colors", "message"), [(("red",), "2 channels and 1"), (("red", "pink"), "'pink'"), (("red", (1, 0)), "three")]
)
def test_each_channel_needs_a_known_colour(colors, message):
    """Missing and unknown colours are said."""
    with pytest.raises(ValueError, match=message):
        composite([np.zeros((2, 2)), np.zeros((2, 2))], colors)


def test_channels_of_different_shapes_are_refused():
    """Nothing is broadcast in silence."""
    with pytest.raises(ValueError, match="different shapes"):
        composite([np.zeros((2, 2)), np.zeros((2, 1))], ("red", "green"))
