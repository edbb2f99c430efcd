"""What a result is, in a few words."""

from __future__ import annotations

from typing import Any

from registry.memory import memory_type_of
from registry.trials.images import AXES

__all__ = ["describe", "pull"]

_FEW = 8


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
