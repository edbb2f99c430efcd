"""Defaults: in the notation of documents, and the type that each is of."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from registry.types.grammar import ANY, sequence_of, unite

__all__ = ["UnwritableError", "type_of", "write_default"]


class UnwritableError(ValueError):
    """A default that has no form in a document."""


def write_default(value: Any) -> Any:
    """A default in the document's notation for values.

    Parameters
    ----------
    value : any
        As the signature has it.

    Returns
    -------
    None, bool, int, float, str, list or dict
        Plain JSON.

    Raises
    ------
    UnwritableError
        If a document has no form for it, as for a function.
    """
    if value is None or isinstance(value, bool | str):
        return value
    if _is_dtype(value):
        return {"$dtype": _dtype_name(value)}
    if type(value).__module__ == "numpy" and hasattr(value, "item") and getattr(value, "shape", None) == ():
        return write_default(value.item())
    for kind, write in _WRITERS:
        if isinstance(value, kind):
            return write(value)
    raise UnwritableError(f"a document has no form for {value!r}")


def type_of(value: Any) -> tuple[str, ...]:
    """The types of a default: of a number ``float`` too where it is one, of a function ``callable``."""
    if _is_dtype(value):
        return ("str", "dtype")
    if type(value).__module__ == "numpy" and hasattr(value, "item") and getattr(value, "shape", None) == ():
        value = value.item()
    for kind, word in _TYPES:
        if isinstance(value, kind):
            return (word,)
    if isinstance(value, tuple | list | range):
        return (sequence_of(unite(*map(type_of, value))) if value else "sequence",)
    return ("callable",) if callable(value) else ANY


_TYPES: tuple[tuple[type, str], ...] = (
    (type(None), "none"),
    (bool, "bool"),
    (int, "int"),
    (float, "float"),
    (complex, "complex"),
    (str, "str"),
    (dict, "dict"),
    (slice, "slice"),
)


def _is_dtype(value: Any) -> bool:
    return isinstance(value, type) or type(value).__module__ == "numpy.dtypes"


def _dtype_name(value: Any) -> str:
    import numpy as np

    try:
        dtype = np.dtype(value)
    except TypeError:
        raise UnwritableError(f"a document has no form for {value!r}") from None
    if dtype.kind not in "biufc":
        raise UnwritableError(f"a document has no form for {value!r}")
    return str(dtype.name)


def _write_dict(value: dict[Any, Any]) -> Any:
    if all(isinstance(key, str) and not key.startswith("$") for key in value):
        return {key: write_default(item) for key, item in value.items()}
    return {"$dict": [[write_default(key), write_default(item)] for key, item in value.items()]}


_WRITERS: tuple[tuple[type, Callable[[Any], Any]], ...] = (
    (int, lambda value: value if -(2**63) <= value < 2**64 else {"$int": str(value)}),
    (float, lambda value: value if math.isfinite(value) else {"$float": str(value)}),
    (complex, lambda value: {"$complex": [write_default(value.real), write_default(value.imag)]}),
    (tuple, lambda value: [write_default(item) for item in value]),
    (list, lambda value: {"$list": [write_default(item) for item in value]}),
    (range, lambda value: {"$range": [value.start, value.stop, value.step]}),
    (slice, lambda value: {"$slice": [write_default(part) for part in (value.start, value.stop, value.step)]}),
    (dict, _write_dict),
)
