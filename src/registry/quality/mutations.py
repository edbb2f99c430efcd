"""Wrong values, made of what is right: a text for numbers, an object for a scalar, an unknown choice.

What is wrong must not be told by the types that are under test. It is told by the default, by a second and much simpler
reading of the documentation's phrase, and by what the library was seen to take.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, Literal, NamedTuple

from registry.entry import Parameter
from registry.evidence.notation import Given, to_python

__all__ = ["Mutation", "Sort", "mutations", "sort_of"]

Sort = Literal["bool", "choice", "number", "numbers", "text"]

# What may stand beside a type and leaves it what it is: that it may be left out, or be null.
_BESIDE = re.compile(
    r"^optional\[|\](?=\s|$)|\s*\(= .*\)$|[\s,(]*\b(optional|defaults?|keyword.only)\b(?!\[).*$"
    r"|,?\s*\bor none\b|\bnone or\b|`",
    re.IGNORECASE,
)
_NUMBER = re.compile(r"(positive |non-negative |unsigned )?(u?int|integer|float|double|number|scalar)", re.IGNORECASE)
_NUMBERS = re.compile(
    r"((\d-)?(tuple|list|sequence|iterable)s?|of|or|none|\d+|(int|integer|float|number|scalar)s?|shape"
    r"|[\s,{}]|\([\w, ]*\))+",
    re.IGNORECASE,
)
_BOOL = re.compile(r"bool(ean)?", re.IGNORECASE)
_TEXT = re.compile(r"str(ing)?", re.IGNORECASE)
_CHOICE = re.compile(r"(str(ing)?[,:]?\s*(in )?)?\{(\s*['\"`]+[\w -]+['\"`]+\s*[,|]?)+\}(, str)?")

_PATTERNS: tuple[tuple[Sort, re.Pattern[str]], ...] = (
    ("number", _NUMBER),
    ("bool", _BOOL),
    ("text", _TEXT),
    ("choice", _CHOICE),
    ("numbers", _NUMBERS),
)


class Mutation(NamedTuple):
    """A value that a parameter should refuse, and what it is in words."""

    name: str
    value: Any


_TEXT_VALUE = Mutation("text", "neither here nor there")
_OBJECT = Mutation("object", {"a": 1})
_NUMBER_VALUE = Mutation("number", 3.25)
_UNKNOWN = Mutation("unknown choice", "neither-here-nor-there")

_WRONG: dict[Sort, tuple[Mutation, ...]] = {
    "bool": (_TEXT_VALUE, _OBJECT),
    "choice": (_UNKNOWN, _OBJECT),
    "number": (_TEXT_VALUE, _OBJECT),
    "numbers": (_TEXT_VALUE, _OBJECT),
    "text": (_NUMBER_VALUE, _OBJECT),
}


def mutations(parameter: Parameter, taken: Iterable[Any] = ()) -> tuple[Mutation, ...]:
    """Wrong values for a parameter.

    Parameters
    ----------
    parameter : Parameter
        Only its phrase and its default are read.
    taken : iterable of JSON values
        What the library was seen to take there, in the document's notation. A wrong value of a type that is among them
        is left out: it may be right.

    Returns
    -------
    tuple of Mutation
        None where it can't be told what is wrong: the phrase names several types, or there is none.
    """
    sort = sort_of(parameter)
    if sort is None or parameter.role != "param" or parameter.kind.startswith("var"):
        return ()
    seen = {_type_of(to_python(value)) for value in taken}
    right = [m for m in _WRONG[sort] if _type_of(m.value) in seen and m is not _UNKNOWN]
    if any(isinstance(value, str) and value not in _words(parameter.stated) for value in taken):
        right.append(_UNKNOWN)  # the library itself departs from the list: it is not closed
    return tuple(mutation for mutation in _WRONG[sort] if mutation not in right)


def sort_of(parameter: Parameter) -> Sort | None:
    """Of which sort a parameter is, by its phrase, else by its default; None if neither says one thing."""
    phrase = _BESIDE.sub("", parameter.stated).strip(" .,")
    default = None if parameter.required else parameter.default
    if phrase:
        sort = next((sort for sort, pattern in _PATTERNS if pattern.fullmatch(phrase)), None)
        return sort if sort is None or _agrees(sort, default, phrase) else None
    if isinstance(default, bool):
        return "bool"
    return "number" if isinstance(default, int | float) else None


def _agrees(sort: Sort, default: Any, phrase: str) -> bool:
    """Whether a default is of the sort that the phrase names: a phrase that its default contradicts says nothing."""
    if default is None:
        return True
    match sort:
        case "number":
            return isinstance(default, int | float) or (isinstance(default, dict) and set(default) == {"$float"})
        case "numbers":
            return not isinstance(default, str | bool | dict)
        case "bool":
            return isinstance(default, bool)
        case "text":
            return isinstance(default, str)
        case "choice":
            return isinstance(default, str) and default in _words(phrase)


def _words(phrase: str) -> list[str]:
    return re.findall(r"['\"`]+([\w -]+)['\"`]+", phrase)


def _type_of(value: Any) -> Any:
    if isinstance(value, Given):
        return value
    return float if isinstance(value, int | float) and not isinstance(value, bool) else type(value)
