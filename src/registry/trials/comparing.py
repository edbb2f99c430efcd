"""Whether two results are the same, by value; and where that can't be said."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any, Literal

from registry.memory import memory_type_of

__all__ = ["Stack", "alike", "compare_stack", "same", "worst"]

Stack = Literal["", "slices", "values", "shape", "error"]

_TOLERANCE = 1e-4
_DEEPEST = 6
_WORST: tuple[Stack, ...] = ("error", "shape", "values", "slices")


def same(one: Any, other: Any, *, deep: int = _DEEPEST) -> bool | None:
    """Whether two pulled values are equal, but for rounding.

    Parameters
    ----------
    one, other : object
        Arrays and scalars are compared by dtype and values, containers item by item, other objects (sparse matrices,
        transforms) by their type and public attributes.
    deep : int
        How many levels of containers and objects are opened.

    Returns
    -------
    bool or None
        None where part of it has no values that can be read, and what can be read is equal.
    """
    if one is other:
        return True
    if type(one) is not type(other):
        return False
    if memory_type_of(one) is not None and one.dtype.kind != "O":
        return _same_arrays(one, other)
    if isinstance(one, (bool, int, float, complex, str, bytes)) or _is_numpy_scalar(one):
        return _same_arrays(_array(one), _array(other))
    if deep == 0:
        return None
    if memory_type_of(one) is not None:
        one, other = one.tolist(), other.tolist()
    if isinstance(one, (tuple, list)):
        return len(one) == len(other) and _all(
            same(mine, its, deep=deep - 1) for mine, its in zip(one, other, strict=True)
        )
    if isinstance(one, dict):
        return one.keys() == other.keys() and _all(same(one[name], other[name], deep=deep - 1) for name in one)
    ours, theirs = _public(one), _public(other)
    if not ours or isinstance(one, type):
        return None
    return same(ours, theirs, deep=deep - 1)


def alike(ours: Sequence[Any], others: Sequence[Any]) -> bool:
    """Whether as many arrays are the same, each as its counterpart."""
    return len(ours) == len(others) and all(map(same, ours, others))


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


def _all(found: Iterable[bool | None]) -> bool | None:
    """False if any is, else None if any is."""
    answers = set(found)
    return False if False in answers else None if None in answers else True


def _public(value: Any) -> dict[str, Any]:
    attributes = getattr(value, "__dict__", {})
    shape = {"shape": value.shape} if isinstance(getattr(value, "shape", None), tuple) else {}
    return shape | {name: held for name, held in attributes.items() if not name.startswith("_")}


def _is_numpy_scalar(value: Any) -> bool:
    import numpy as np

    return isinstance(value, np.generic)


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
