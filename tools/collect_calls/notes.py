"""Values of calls as notes: in the document's notation where it has a form for them, else by what they are."""

from __future__ import annotations

import math
import re
from typing import Any

__all__ = ["OMITTED", "note", "shape_of", "shorten"]

OMITTED = {"$given": "nothing"}
"""The note for a parameter that the catalog takes for required, and that a call went without."""

LONGEST = 8
_LONGEST_TEXT = 60
_DEEPEST = 8


def note(value: Any, depth: int = 0) -> Any:
    """What a value is: plain JSON that tells apart all that a judge may tell apart.

    Parameters
    ----------
    value : any
        As it was given in a call.
    depth : int
        Of how many sequences it stands inside.

    Returns
    -------
    JSON value
        In the document's notation, long sequences cut. What has no form of its own is ``{"$given": what it is}``, and
        so is an array: ``{"$given": "array uint8 2"}``.
    """
    import numpy as np

    if isinstance(value, np.generic):
        value = value.item() if value.dtype.kind in "biufcU" else _given(f"scalar {value.dtype}")
    if value is None or isinstance(value, bool):
        return value
    if depth > _DEEPEST:
        return _given("nested deeper")
    if isinstance(value, np.ndarray):
        return _given(f"array {value.dtype.name} {value.ndim}")
    if isinstance(value, str):
        return str(value) if len(value) <= _LONGEST_TEXT and value.isprintable() else _given("text")
    kind = type(value)
    if kind is int:
        return value if -(2**63) <= value < 2**64 else {"$int": str(value)}
    if kind is float:
        return value if math.isfinite(value) else {"$float": str(value)}
    if kind is complex:
        return {"$complex": [note(value.real), note(value.imag)]}
    if kind is list:
        return {"$list": [note(item, depth + 1) for item in _cut(value)]}
    if isinstance(value, tuple):
        return [note(item, depth + 1) for item in _cut(value)]
    if kind is dict and all(isinstance(key, str) and not key.startswith("$") for key in value):
        return {key: note(item, depth + 1) for key, item in list(value.items())[:LONGEST]}
    return _other(value)


def _other(value: Any) -> Any:
    import numpy as np

    if isinstance(value, slice | range) and all(
        part is None or type(part) is int for part in (value.start, value.stop, value.step)
    ):
        return {f"${type(value).__name__}": [value.start, value.stop, value.step]}
    if value is Ellipsis:
        return {"$ellipsis": True}
    if isinstance(value, np.dtype) or (
        isinstance(value, type) and issubclass(value, np.generic | int | float | complex)
    ):
        try:
            return {"$dtype": np.dtype(value).name}
        except TypeError:
            return _given("type")
    if isinstance(value, int | float):
        return _given("number of another class")
    if type(value).__name__ in ("_Array", "Array"):
        return _given(f"array {np.dtype(value.dtype).name} {value.ndim}")
    return _given("function" if callable(value) and hasattr(value, "__name__") else type(value).__name__)


def _given(what: str) -> dict[str, str]:
    return {"$given": what}


def _cut(items: Any) -> list[Any]:
    """The first items, and the first of each kind that does not come up among them: what is mixed stays mixed."""
    kept, left = list(items[:LONGEST]), items[LONGEST : 64 * LONGEST]
    kinds = {type(item) for item in kept}
    for item in left:
        if type(item) not in kinds:
            kinds.add(type(item))
            kept[-1:] = [item]
    return kept


def shape_of(value: Any, *, inside: bool = False) -> str:
    """What tells a note from others that a judge would treat alike: texts one by one, numbers by type and sign."""
    if isinstance(value, bool) or value is None:
        return type(value).__name__ if inside else repr(value)
    if isinstance(value, int | float):
        kind = type(value).__name__ + ("." if isinstance(value, float) and value.is_integer() else "")
        return kind if inside else kind + ("-" if value < 0 else "0" if value == 0 else "+")
    if isinstance(value, str):
        return "str" if inside else repr(value)
    if isinstance(value, list):
        kinds = sorted({shape_of(item, inside=True) for item in value})
        return f"({min(len(value), 5)}: {' '.join(kinds)})"
    if set(value) == {"$list"}:
        return "list" + shape_of(value["$list"])
    if set(value) & {"$given", "$dtype"}:
        # Arrays of one number of axes are alike, whatever their dtype.
        return re.sub(r"array \w+", "array", repr(value))
    if any(key.startswith("$") for key in value):
        return next(iter(value))
    return "{" + " ".join(f"{key}:{shape_of(item, inside=True)}" for key, item in sorted(value.items())) + "}"


def shorten(values: list[Any], *, alike: int = 2, texts: int = 40) -> list[Any]:
    """A few of the notes of each shape, the smallest first.

    Parameters
    ----------
    values : list of JSON values
        Notes of one parameter.
    alike : int
        How many of a shape stay: two numbers, one of anything else.
    texts : int
        How many texts stay.
    """
    import msgspec

    kept: list[Any] = []
    seen: dict[str, int] = {}
    distinct = {msgspec.json.encode(value, order="sorted"): value for value in values}
    for _, value in sorted(distinct.items(), key=lambda pair: (len(pair[0]), pair[0])):
        shape = "str" if isinstance(value, str) else shape_of(value)
        most = texts if shape == "str" else alike if isinstance(value, int | float) else 1
        seen[shape] = seen.get(shape, 0) + 1
        if seen[shape] <= most:
            kept.append(value)
    return sorted(kept, key=lambda value: (type(value).__name__, msgspec.json.encode(value, order="sorted")))
