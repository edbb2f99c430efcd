"""What a parameter accepts, read from what its documentation, annotation and default say.

The grammar knows the plain phrases of numpydoc (``int or sequence of int, optional``). A phrase it does not know makes
the parameter accept anything: to refuse what a library takes is worse than to let a mistake through to the library. For
the same reason lengths that are documented as ``int`` take fractions, a sequence may be one number for all axes, and a
list of choices is closed only where its words are lower case (elsewhere libraries fold case).
"""

from __future__ import annotations

import ast
import inspect
import math
import re
from collections.abc import Callable
from typing import Any, NamedTuple

__all__ = ["Accepted", "UnwritableError", "accepted", "is_array_phrase", "write_default"]

_ORDER = ("any", "bool", "int", "float", "str", "none", "array", "sequence", "dict", "callable", "dtype")
_ANY = ("any",)

_NDIMAGE_MODES = ("reflect", "constant", "nearest", "mirror", "wrap")
_NDIMAGE_MORE_MODES = ("grid-mirror", "grid-constant", "grid-wrap")

_LENGTH_NAME = re.compile(r"radius|radii|size|distance|width|height|area|threshold|sigma|length|scale")
_ARRAY = re.compile(r"\b(np\.)?(nd)?arrays?\b|\barray[_-]like\b|^image$|\bnumpy arrays?\b", re.IGNORECASE)
_LOOSE_ARRAY = re.compile(r"array[_-]like", re.IGNORECASE)
_CHOICES = re.compile(r"(?:(?:str|string|int)\b,?\s*(?:in|one of)?\s*)?\{([^{}]*)\},?\s*(?:str|int)?")
_PLAIN_WORD = re.compile(r"[a-z0-9_-]+")
_ADDED = re.compile(r"\s*[,(]?\s*(?:\boptional\b|\bdefault\b\s*[:=]?.*$)\)?\.?|\s*\(= [^)]*\)", re.IGNORECASE)
_SHAPE = re.compile(r",?\s*(?:of\s+)?shape\s*=?\s*`*\([^)]*\)+`*|\([^)]*\)\s*", re.IGNORECASE)
_OF = re.compile(r"^(tuple|list|sequence|iterable)\b.*|^\d-tuple\b.*|^length-\d (tuple|sequence)\b.*")

_WORDS = {
    "bool": ("bool",),
    "boolean": ("bool",),
    "dict": ("dict",),
    "dictionary": ("dict",),
    "double": ("float",),
    "dtype": ("str", "dtype"),
    "data-type": ("str", "dtype"),
    "np.dtype": ("str", "dtype"),
    "numpy data type": ("str", "dtype"),
    "float": ("float",),
    "floats": ("float",),
    "int": ("int",),
    "ints": ("int",),
    "integer": ("int",),
    "uint": ("int",),
    "unsigned int": ("int",),
    "unsigned integer": ("int",),
    "none": ("none",),
    "number": ("float",),
    "scalar": ("float",),
    "str": ("str",),
    "string": ("str",),
}

_ANNOTATIONS: dict[Any, tuple[str, ...]] = {
    bool: ("bool",),
    int: ("int",),
    float: ("float",),
    str: ("str",),
    dict: ("dict",),
    list: ("float", "sequence"),
    tuple: ("float", "sequence"),
    type: ("str", "dtype"),
    type(None): ("none",),
}


class UnwritableError(ValueError):
    """A default that has no form in a document."""


class Accepted(NamedTuple):
    """The types that a parameter takes, and its values where the list of them is closed."""

    types: tuple[str, ...]
    choices: tuple[Any, ...] = ()


def is_array_phrase(phrase: str) -> bool:
    """Whether a type phrase of a documentation speaks of an array, or of several."""
    return bool(_ARRAY.search(_ADDED.sub("", phrase).strip()))


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
    phrase = _ADDED.sub("", phrase).strip().rstrip(".,").strip()
    choices = _read_choices(phrase, default)
    types = _unite(*map(_type_of, choices)) or _read_annotation(annotation) or _read_phrase(phrase, name)
    if default is not inspect.Parameter.empty and types != _ANY:
        types = _unite(types, _type_of(default))
    return Accepted(types, tuple(choice for choice in choices if choice is not None))


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
    if isinstance(value, type) or type(value).__module__ == "numpy.dtypes":
        return {"$dtype": _dtype_name(value)}
    if type(value).__module__ == "numpy" and hasattr(value, "item") and getattr(value, "shape", None) == ():
        return write_default(value.item())
    for kind, write in _WRITERS:
        if isinstance(value, kind):
            return write(value)
    raise UnwritableError(f"a document has no form for {value!r}")


def _read_choices(phrase: str, default: Any) -> tuple[Any, ...]:
    match = _CHOICES.fullmatch(phrase)
    if match is None:
        return ()
    try:
        choices = tuple(ast.literal_eval(part.strip()) for part in re.split(r"[,|]", match[1]) if part.strip())
    except (ValueError, SyntaxError):
        return ()
    if not all(c is None or isinstance(c, int) or (isinstance(c, str) and _PLAIN_WORD.fullmatch(c)) for c in choices):
        return ()
    if default is not None and default is not inspect.Parameter.empty and not _in(default, choices):
        return ()
    if set(_NDIMAGE_MODES) <= set(choices):
        choices += tuple(mode for mode in _NDIMAGE_MORE_MODES if mode not in choices)
    return choices


def _read_phrase(phrase: str, name: str) -> tuple[str, ...]:
    plain = re.sub(r"^\{(.*)\}$", r"\1", _SHAPE.sub("", phrase).strip())
    found: set[str] = set()
    for part in re.split(r"\s*(?:,\s*or\b|,|\bor\b|\|)\s*", plain):
        word = part.strip(" `'").lower()
        if not word:
            continue
        if _LOOSE_ARRAY.search(word):
            return _ANY
        if _ARRAY.search(word):
            found |= {"array", "sequence"}
        elif _OF.match(word):
            found |= {"float", "sequence"}
        elif word in _WORDS:
            found |= set(_WORDS[word])
        else:
            return _ANY
    if found & {"int"} and _LENGTH_NAME.search(name):
        found.add("float")
    return _unite(tuple(found)) or _ANY


def _read_annotation(annotation: Any) -> tuple[str, ...]:
    """What a plain annotation says; nothing for none, and for one in quotes."""
    if annotation in _ANNOTATIONS:
        return _ANNOTATIONS[annotation]
    options = getattr(annotation, "__args__", ())
    if type(None) in options and all(option in _ANNOTATIONS for option in options):
        return _unite(*(_ANNOTATIONS[option] for option in options))
    return ()


def _type_of(default: Any) -> tuple[str, ...]:
    if isinstance(default, type) or type(default).__module__ == "numpy.dtypes":
        return ("str", "dtype")
    if type(default).__module__ == "numpy" and hasattr(default, "item"):
        default = default.item()
    for kind, name in (
        (type(None), "none"), (bool, "bool"), (int, "int"), (float, "float"), (str, "str"),
        (tuple, "sequence"), (list, "sequence"), (dict, "dict"),
    ):  # fmt: skip
        if isinstance(default, kind):
            return (name,)
    return _ANY


def _unite(*groups: tuple[str, ...]) -> tuple[str, ...]:
    """The types of all groups, in one order; ``any`` swallows the others."""
    united = {name for group in groups for name in group}
    return _ANY if "any" in united else tuple(name for name in _ORDER if name in united)


def _in(value: Any, choices: tuple[Any, ...]) -> bool:
    return any(type(choice) is type(value) and choice == value for choice in choices)


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
    (slice, lambda value: {"$slice": [write_default(part) for part in (value.start, value.stop, value.step)]}),
    (dict, _write_dict),
)
