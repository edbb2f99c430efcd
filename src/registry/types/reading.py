"""What a parameter takes: its documentation's phrase, its annotation and its default, united.

Documentation is wrong in one direction more than in the other: it forgets what a library takes as well. So the default
is always taken, lengths that are documented as ``int`` may be fractions, and a list of choices is closed only where the
default does not contradict it.
"""

from __future__ import annotations

import inspect
import re
import types
from typing import Any, NamedTuple, Union, get_args, get_origin

from registry.types.defaults import type_of
from registry.types.grammar import ANY, accepts, items_of, sequence_of, unite
from registry.types.phrases import Phrase, read_phrase

__all__ = ["Accepted", "accepted"]

_EMPTY = inspect.Parameter.empty
# Documented for one axis, and taken for each.
_ORIGIN_NAME = re.compile(r"origins?")
_LENGTH_NAME = re.compile(r"radius|radii|size|distance|width|height|area|threshold|sigma|length|scale")

_NDIMAGE_MODES = frozenset({"reflect", "constant", "nearest", "mirror", "wrap"})
_NDIMAGE_MORE_MODES = ("grid-mirror", "grid-constant", "grid-wrap")

# What libraries leave undocumented, since it means the same everywhere.
_USUAL = {
    "M": "int",
    "N": "int",
    "a": "array_like",
    "arr": "array_like",
    "ary": "array_like",
    "axis": "int or tuple of int",
    "axes": "sequence",
    "casting": "{'no', 'equiv', 'safe', 'same_kind', 'unsafe'}",
    "channel_axis": "int",
    "device": "Device",
    "dst": "array_like",
    "dtype": "dtype",
    "edge_map": "array",
    "fill_value": "scalar",
    "footprint": "array_like",
    "index": "int or sequence of int",
    "indices_or_sections": "int or array",
    "initial": "scalar",
    "input": "array_like",
    "keepdims": "bool",
    "labels": "array_like",
    "mtype": "{'buffer', 'image'}",
    "m": "array_like",
    "order": "{'K', 'A', 'C', 'F'}",
    "origin": "int or sequence of int",
    "shape": "int or sequence of int",
    "signature": "dtype or sequence of dtype",
    "src": "array_like",
    "start": "scalar",
    "step": "scalar",
    "stop": "scalar",
    "threshold_abs": "float",
    "threshold_rel": "float",
    "subok": "bool",
    "val": "array_like",
    "where": "array_like",
    "x": "array_like",
    "x1": "array_like",
    "x2": "array_like",
    "z": "array_like",
}

_ANNOTATIONS: dict[Any, tuple[str, ...]] = {
    bool: ("bool",),
    int: ("int",),
    float: ("float",),
    complex: ("complex",),
    str: ("str",),
    dict: ("dict",),
    list: ("sequence",),
    tuple: ("sequence",),
    type: ("str", "dtype"),
    type(None): ("none",),
}


class Accepted(NamedTuple):
    """The types that a parameter takes, and its values where the list of them is closed."""

    types: tuple[str, ...]
    choices: tuple[Any, ...] = ()


def accepted(phrase: str, annotation: Any, default: Any, *, name: str = "") -> Accepted:
    """What a parameter takes.

    Parameters
    ----------
    phrase : str
        Its type in words, for example ``int or sequence of int, optional``; empty if undocumented.
    annotation, default : any
        `inspect.Parameter.empty` for none.
    name : str
        Of the parameter.

    Returns
    -------
    Accepted
        Always takes the default.
    """
    if type(default).__name__ == "_NoValueType":
        default = None  # NumPy's word for "not given", which is no value
    read = _read_annotation(annotation) or read_phrase(phrase) or read_phrase(_USUAL.get(name, ""))
    if read is None:
        read = Phrase(_guess(default))
    found = read.types
    if default is not _EMPTY and not (found and accepts(found, default)):
        found = unite(found, type_of(default))
    if _LENGTH_NAME.search(name):
        found = unite(*map(_fractional, found))
    if _ORIGIN_NAME.fullmatch(name) and found != ANY:
        found = unite(found, ("sequence",))
    found = found or ANY
    return Accepted(found, _close(read.values, default) if found != ANY else ())


def _guess(default: Any) -> tuple[str, ...]:
    """What an undocumented parameter takes, of which a number, a text or a switch is the default."""
    if isinstance(default, bool | int | float | str):
        return unite(type_of(default), ("float",) if isinstance(default, int) and not isinstance(default, bool) else ())
    return ("sequence",) if isinstance(default, tuple | list) else ANY


def _read_annotation(annotation: Any) -> Phrase | None:
    """What a plain annotation says; None for no annotation, and for what is not known."""
    if annotation in _ANNOTATIONS:
        return Phrase(_ANNOTATIONS[annotation])
    if get_origin(annotation) in (Union, types.UnionType):
        parts = [_read_annotation(part) for part in get_args(annotation)]
        return None if None in parts else Phrase(unite(*(part.types for part in parts if part is not None)))
    name = getattr(annotation, "__name__", "")
    if name in ("ndarray", "Array"):
        return Phrase(("array",))
    # Made by a library alone: no plain value stands for it.
    return Phrase(()) if name in ("Device", "AffineTransform") else None


def _fractional(word: str) -> tuple[str, ...]:
    items = items_of(word)
    if items is None:
        return ("int", "float") if word == "int" else (word,)
    return (sequence_of(unite(*map(_fractional, items.types)), items.length),)


def _close(values: tuple[Any, ...], default: Any) -> tuple[Any, ...]:
    """The documented values, if the default does not show that there are others."""
    same_type = [value for value in values if type(value) is type(default)]
    if same_type and default not in same_type:
        return ()
    if isinstance(default, str) and not same_type and values:
        return ()
    if set(values) >= _NDIMAGE_MODES:
        # scikit-image documents five modes and hands all to SciPy, which knows eight.
        values += tuple(mode for mode in _NDIMAGE_MORE_MODES if mode not in values)
    return values
