"""The arithmetic of a change of dtype against exact integers and fractions."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.ranges import cast_values, dtype_range, map_values

INTEGERS = ["bool", "uint8", "int8", "uint16", "int16", "uint32", "int32", "uint64", "int64"]
FLOATS = ["float16", "float32", "float64"]


def nearest(value, target):
    """The exact answer: rounded half to even by Fraction, saturated."""
    low, high = dtype_range(np, np.dtype(target))
    return min(max(round(Fraction(value)), low), high)


@pytest.mark.parametrize("target", INTEGERS)
@pytest.mark.parametrize("source", INTEGERS)
def test_casting_integers_saturates_exactly(source, target):
    """Every integer dtype to every other: the ends of the ranges come out as the nearest value of the target."""
    low, high = dtype_range(np, np.dtype(source))
    values = sorted({low, min(high, low + 1), 0, 1, max(low, high - 1), high})
    done = cast_values(np, np.array([values], dtype=source), np.dtype(target))
    assert done.dtype == target
    assert [int(v) for v in done[0]] == [nearest(v, target) for v in values]


@given(st.lists(st.floats(allow_nan=False, allow_infinity=False), min_size=1), st.sampled_from(INTEGERS))
def test_casting_floats_rounds_half_to_even_and_saturates(values, target):
    """Any finite float64 becomes the nearest integer of the range, as exact fractions say."""
    done = cast_values(np, np.array(values), np.dtype(target))
    assert [int(v) for v in done] == [nearest(v, target) for v in values]


@pytest.mark.parametrize("source", FLOATS)
@pytest.mark.parametrize("target", INTEGERS)
def test_the_ends_of_wide_ranges_are_exact(source, target):
    """Also where a float can't say the end, as for 2**63 - 1 and 2**64 - 1, saturation gives the end."""
    top = float(np.finfo(source).max)
    values = [-top, -0.5, 0.5, 1.5, 2.5, top]
    done = cast_values(np, np.array(values, dtype=source), np.dtype(target))
    assert [int(v) for v in done] == [nearest(v, target) for v in values]


def test_finite_floats_do_not_become_infinite():
    """A float beyond the smaller dtype becomes its largest finite value; infinity and NaN stay what they are."""
    done = cast_values(np, np.array([1e300, -1e300, np.inf, np.nan, 0.1]), np.dtype("float32"))
    np.testing.assert_array_equal(done, np.array([3.4028235e38, -3.4028235e38, np.inf, np.nan, 0.1], "f4"))
    assert cast_values(np, np.array([65535], "u2"), np.dtype("float16"))[0] == 65504


@pytest.mark.parametrize("target", INTEGERS)
@pytest.mark.parametrize("source", INTEGERS)
def test_full_ranges_map_to_full_ranges_exactly(source, target):
    """Rescaling integers gives the nearest value of the exact quotient, for every pair of dtypes."""
    low, high = dtype_range(np, np.dtype(source))
    target_low, target_high = dtype_range(np, np.dtype(target))
    values = sorted({low, high, (low + high) // 2, (low + high) // 3, low + (high - low) // 7})
    done = map_values(np, np.array(values, dtype=source), np.dtype(target), low, high)
    exact = [Fraction((v - low) * (target_high - target_low), high - low) + target_low for v in values]
    assert [int(v) for v in done] == [round(e) for e in exact]


@pytest.mark.parametrize("target", INTEGERS)
def test_floats_on_the_unit_scale_reach_both_ends(target):
    """0.0 and 1.0 become the ends of the range, and what lies outside saturates."""
    low, high = dtype_range(np, np.dtype(target))
    done = map_values(np, np.array([-3.0, 0.0, 1.0, 7.0]), np.dtype(target), 0.0, 1.0)
    assert [int(v) for v in done] == [low, low, high, high]


def test_the_widest_range_of_floats_does_not_overflow():
    """Stretching from the least to the greatest float64 works, though their difference is no float64."""
    top = np.finfo("float64").max
    done = map_values(np, np.array([-top, 0.0, top]), np.dtype("uint8"), -top, top)
    assert done.tolist() == [0, 128, 255]


def test_arrays_of_no_dimensions_are_cast_too():
    """A single number in an array is rounded and saturated like any other."""
    assert cast_values(np, np.array(300.5), np.dtype("uint8")) == 255
