"""The arithmetic of a change of dtype: casting and mapping of ranges, rounded and saturated, never wrapped.

Integers are mapped in integers where that is exact, floats in float64 or wider, so that a saturated value is exactly
the end of the target's range, also where float64 can't say that end (2**63 - 1). Works on NumPy and CuPy alike.
"""

from __future__ import annotations

from typing import Any

__all__ = ["cast_values", "dtype_range", "map_unit", "map_values"]


def dtype_range(xp: Any, dtype: Any) -> tuple[int, int]:
    """The least and greatest value of an integer dtype; bool is 0 to 1."""
    if dtype.kind == "b":
        return 0, 1
    info = xp.iinfo(dtype)
    return int(info.min), int(info.max)


def cast_values(xp: Any, array: Any, target: Any) -> Any:
    """Bring values to a dtype, rounded half to even and saturated.

    Parameters
    ----------
    xp : module
        The array's library, NumPy or CuPy.
    array : array of bool, integers or floats
        Finite, where the target is no float.
    target : dtype
        Bool, integer or float.

    Returns
    -------
    array of dtype `target`
        Finite values beyond a smaller float's range become its largest finite value; infinity stays infinity.
    """
    if target.kind == "f":
        return _cast_to_float(xp, array, target)
    if array.dtype.kind == "f":
        return _rounded(xp, array, target)
    low, high = dtype_range(xp, target)
    own_low, own_high = dtype_range(xp, array.dtype)
    if low > own_low or high < own_high:
        # Both bounds fit the array's own dtype: the comparison is exact.
        array = xp.clip(array, array.dtype.type(max(low, own_low)), array.dtype.type(min(high, own_high)))
    return array.astype(target)


def map_values(xp: Any, array: Any, target: Any, low: float, high: float) -> Any:
    """Map low..high linearly to the whole range of a dtype (for floats 0 to 1), rounded and saturated.

    Parameters
    ----------
    xp : module
        The array's library, NumPy or CuPy.
    array : array of bool, integers or floats
        Finite, where the target is no float.
    target : dtype
        Bool, integer or float.
    low, high : number
        Of the array's own kind; `low` is less than `high`.

    Returns
    -------
    array of dtype `target`
    """
    if array.dtype.kind == "f":
        # Halved, since the width of a float64 range can be twice the largest float64.
        wide = array.astype(xp.result_type(array.dtype, xp.float64))
        start, end = wide.dtype.type(low) / 2, wide.dtype.type(high) / 2
        unit = (wide / 2 - start) / (end - start)
    elif target.kind != "f":
        return _map_integers(xp, array, target, int(low), int(high))
    else:
        unit = _above(xp, array, int(low)).astype(xp.float64) / float(int(high) - int(low))
    if target.kind == "f":
        return _cast_to_float(xp, unit, target)
    target_low, target_high = dtype_range(xp, target)
    # What saturates anyway would overflow on its way.
    unit = xp.clip(unit, 0.0, 1.0)
    return _rounded(xp, unit * float(target_high - target_low) + float(target_low), target)


def map_unit(xp: Any, array: Any, target: Any) -> Any:
    """Map floats on a scale of 0 to 1 to an integer dtype: 0 stays 0, and 1 becomes its greatest value.

    Parameters
    ----------
    xp : module
        The array's library, NumPy or CuPy.
    array : array of floats
        Finite. What is made of a signed image may go down to -1, which is as far below 0.
    target : dtype
        Bool or integer.

    Returns
    -------
    array of dtype `target`
    """
    wide = array.astype(xp.result_type(array.dtype, xp.float64))
    return _rounded(xp, xp.clip(wide, -2.0, 2.0) * float(dtype_range(xp, target)[1]), target)


def _rounded(xp: Any, array: Any, target: Any) -> Any:
    """Finite floats to the nearest values of an integer dtype, half to even, the ends exact."""
    low, high = dtype_range(xp, target)
    values = xp.rint(array.astype(xp.result_type(array.dtype, xp.float64)))
    # 2**63 - 1 and 2**64 - 1 have no float64: clip to the float below, and set what lies above.
    top = values.dtype.type(high)
    if int(top) > high:
        top = xp.nextafter(top, values.dtype.type(0))
    within = xp.clip(values, values.dtype.type(low), top).astype(target)
    return xp.where(values > top, target.type(high), within)


def _cast_to_float(xp: Any, array: Any, target: Any) -> Any:
    if xp.can_cast(array.dtype, target, "safe"):
        return array.astype(target)
    largest = float(xp.finfo(target).max)
    if array.dtype.kind == "f":
        bounded = xp.where(xp.isinf(array), array, xp.clip(array, -largest, largest))
        return bounded.astype(target)
    low, high = dtype_range(xp, array.dtype)
    if high > largest:
        array = xp.clip(array, array.dtype.type(max(low, int(-largest))), array.dtype.type(int(largest)))
    return array.astype(target)


def _map_integers(xp: Any, array: Any, target: Any, low: int, high: int) -> Any:
    """Map low..high to an integer dtype's range, in 64-bit integers where that is exact."""
    target_low, target_high = dtype_range(xp, target)
    width, target_width = high - low, target_high - target_low
    above = _above(xp, array, low)
    if target_width % width == 0:
        steps = above * xp.uint64(target_width // width)
    elif width % target_width == 0 and (width // target_width) % 2:
        # An odd divisor leaves no halves, so nearest needs no rule for ties.
        divisor = xp.uint64(width // target_width)
        steps = above // divisor + (above % divisor > divisor // xp.uint64(2)).astype(xp.uint64)
    else:
        unit = above.astype(xp.float64) * float(target_width) / float(width)
        return _rounded(xp, unit + float(target_low), target)
    # Modulo 2**64, and so right for targets whose range begins below 0.
    return (steps + xp.uint64(target_low % 2**64)).astype(target)


def _above(xp: Any, array: Any, low: int) -> Any:
    """How far each integer lies above `low`, as uint64; exact, by arithmetic modulo 2**64."""
    return array.astype(xp.uint64) - xp.uint64(low % 2**64)
