"""What a result is, in a few words, and whether two results are the same."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any, Literal

from registry.memory import memory_type_of
from registry.trials.images import AXES

__all__ = ["compare_stack", "describe", "pull", "same", "worst"]

Stack = Literal["", "slices", "values", "shape", "error"]

_TOLERANCE = 1e-4
_FEW = 8
_WORST: tuple[Stack, ...] = ("error", "shape", "values", "slices")


def pull(value: Any) -> Any:
    """A value with all its arrays as NumPy's, in copies."""
    if memory_type_of(value) is not None:
        return value.copy() if memory_type_of(value) == "numpy" else value.get()
    if isinstance(value, (tuple, list)):
        items = [pull(item) for item in value]
        return items if isinstance(value, list) else tuple(items)
    if isinstance(value, dict):
        return {name: pull(item) for name, item in value.items()}
    return value


def describe(value: Any, axes: str) -> str:
    """What a pulled value is: ``float64 (Y, X)``, ``(int32 (Y, X), int)``, ``table of 3``, ``int``.

    Parameters
    ----------
    value : object
        A result.
    axes : str
        The axes of what went in: only these are recognised by their length.

    Returns
    -------
    str
        Lengths that depend on what is in the image are ``N``; those of at most 8 are written as they are.
    """
    if memory_type_of(value) is not None:
        lengths = {AXES[axis]: axis for axis in axes}
        shape = [lengths.get(n) or (str(n) if n <= _FEW else "N") for n in value.shape]
        return f"{value.dtype} ({', '.join(shape)}{',' if len(shape) == 1 else ''})"
    if value is None:
        return "none"
    if isinstance(value, dict):
        return f"table of {len(value)}" if all(isinstance(name, str) for name in value) else "dict"
    if isinstance(value, (tuple, list)):
        items = [describe(item, axes) for item in value]
        if isinstance(value, tuple) and len(items) <= _FEW:
            return f"({', '.join(items)})"
        kinds = sorted(set(items))
        return f"{type(value).__name__} of {kinds[0] if len(kinds) == 1 else 'several'}"
    return type(value).__name__


def same(one: Any, other: Any) -> bool:
    """Whether two pulled values are equal, but for rounding; what has no values that can be read counts as equal."""
    if type(one) is not type(other):
        return False
    if isinstance(one, (tuple, list)):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(value, other[name]) for name, value in one.items())
    if memory_type_of(one) is not None:
        return _same_arrays(one, other)
    if isinstance(one, (bool, int, float, complex, str)) or hasattr(one, "dtype"):
        return _same_arrays(_array(one), _array(other))
    params = getattr(one, "params", None)
    return params is None or same(params, getattr(other, "params", None))


def compare_stack(stack: Any, slices: Sequence[Any]) -> Stack:
    """What a pulled result for a stack is, beside the pulled results for each of its slices.

    Returns
    -------
    {'slices', 'values', 'shape', ''}
        Of several results the images count, and the one that differs most; empty where there is no result.
    """
    first = slices[0]
    if stack is None or first is None:
        return ""
    if isinstance(stack, (tuple, list)) and isinstance(first, type(stack)):
        if any(len(one) != len(stack) for one in slices):
            return "shape"
        images = [number for number, item in enumerate(first) if getattr(item, "ndim", 0) > 1] or range(len(stack))
        return worst({compare_stack(stack[number], [one[number] for one in slices]) for number in images})
    if memory_type_of(stack) is None or memory_type_of(first) is None:
        return "shape"
    if any(one.shape != first.shape for one in slices) or stack.shape != (len(slices), *first.shape):
        return "shape"
    return "slices" if all(map(_same_values, stack, slices)) else "values"


def worst(found: Collection[Stack]) -> Stack:
    """Of several answers for stacks the one that differs most from the slices'."""
    return next((word for word in _WORST if word in found), "")


def _array(value: Any) -> Any:
    import numpy as np

    return np.asarray(value)


def _same_arrays(one: Any, other: Any) -> bool:
    return one.dtype == other.dtype and _same_values(one, other)


def _same_values(one: Any, other: Any) -> bool:
    import numpy as np

    one, other = np.asarray(one), np.asarray(other)
    if one.shape != other.shape:
        return False
    if one.dtype.kind not in "fc":
        return bool(np.array_equal(one, other))
    finite = np.abs(one[np.isfinite(one)])
    size = float(finite.max()) if finite.size else 0.0
    return bool(np.allclose(one, other, rtol=_TOLERANCE, atol=_TOLERANCE * size, equal_nan=True))
