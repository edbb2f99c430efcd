"""The words for what a parameter accepts, and what each of them accepts.

A type is a text, so that it stands readable in a catalog: a word (``int``), or ``sequence[...]`` with what its items
are and, after a comma, how many there must be: ``sequence[int|none]``, ``sequence[float, 2]``,
``sequence[sequence[int, 2]]``. A parameter has several: a value of any of them is accepted.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable
from typing import Any, NamedTuple

__all__ = ["ANY", "WORDS", "InvalidTypeError", "Items", "accepts", "items_of", "sequence_of", "unite"]

WORDS = (
    "any", "bool", "int", "float", "complex", "str", "none", "array", "sequence", "dict", "callable", "dtype", "rng",
    "slice",
)  # fmt: skip
ANY = ("any",)

_SEQUENCE = re.compile(r"sequence\[(?P<items>.*?)(?:, (?P<length>[0-9]+))?\]")


class InvalidTypeError(ValueError):
    """A text that is no type."""


class Items(NamedTuple):
    """What a sequence holds: items of these types, and `length` of them; None for any number."""

    types: tuple[str, ...]
    length: int | None = None


def sequence_of(types: Iterable[str] = ANY, length: int | None = None) -> str:
    """The type of a sequence.

    Parameters
    ----------
    types : iterable of str
        Of the items.
    length : int, optional
        How many there must be.

    Returns
    -------
    str
        ``sequence`` where that says it all.
    """
    items = "|".join(unite(types))
    if length is not None:
        return f"sequence[{items}, {length}]"
    return "sequence" if items == "any" else f"sequence[{items}]"


@functools.lru_cache(maxsize=1024)
def items_of(word: str) -> Items | None:
    """What the items of a type are; None for a type that is no sequence.

    Raises
    ------
    InvalidTypeError
        If `word` is no type.
    """
    if word == "sequence":
        return Items(ANY)
    if word in WORDS:
        return None
    match = _SEQUENCE.fullmatch(word)
    if match is None:
        raise InvalidTypeError(f"{word!a:.80} is no type; the words are {', '.join(WORDS)} and sequence[...]")
    types = tuple(_split(match["items"]))
    for item in types:
        items_of(item)
    return Items(types, int(match["length"]) if match["length"] else None)


def unite(*groups: Iterable[str]) -> tuple[str, ...]:
    """The types of all groups in one order, without those that another takes in."""
    united = {word for group in groups for word in group}
    if "any" in united:
        return ANY
    if not united.isdisjoint({"array", "sequence"}):
        # Both take every list; an array is the word that says more.
        united = {word for word in united if items_of(word) is None} | (united & {"sequence"})
        united -= {"sequence"} if "array" in united else set()
    lists = {word: items for word in united if (items := items_of(word)) is not None}
    united -= {word for word, items in lists.items() if any(_takes_in(other, items) for other in lists.values())}
    return tuple(sorted(united, key=_rank))


def accepts(types: Iterable[str], value: Any) -> bool:
    """Whether a plain Python value is of one of some types.

    Parameters
    ----------
    types : iterable of str
    value : None, bool, int, float, complex, str, bytes, tuple, list, dict, slice, range or Ellipsis
        Anything else is accepted: what stands for an array, a function or an object is not looked into.
    """
    return not isinstance(value, _PLAIN) or any(_is(word, value) for word in types)


_PLAIN = (type(None), bool, int, float, complex, str, bytes, tuple, list, dict, slice, range, type(...))


def _is(word: str, value: Any) -> bool:
    match word:
        case "any":
            return True
        case "bool":
            # As libraries do, which ask whether it is true.
            return isinstance(value, bool | int | float) and value in (0, 1)
        case "int":
            # As JSON Schema's "integer": 2.0 is one.
            return (isinstance(value, int) and not isinstance(value, bool)) or (
                isinstance(value, float) and value.is_integer()
            )
        case "float":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "complex":
            return isinstance(value, int | float | complex) and not isinstance(value, bool)
        case "str":
            return isinstance(value, str)
        case "dtype":
            # Of structured arrays it is a list of fields.
            return isinstance(value, str | tuple | list)
        case "none":
            return value is None
        case "dict":
            return isinstance(value, dict)
        case "slice":
            return isinstance(value, slice)
        case "array":
            return isinstance(value, tuple | list | range)
        case "callable" | "rng":
            return False  # what stands for one is no plain value
    return _is_sequence(word, value)


def _is_sequence(word: str, value: Any) -> bool:
    items = items_of(word)
    if items is None or not isinstance(value, tuple | list | range):
        return False
    if items.length is not None and len(value) != items.length:
        return False
    return items.types == ANY or all(accepts(items.types, item) for item in value)


def _takes_in(wide: Items, narrow: Items) -> bool:
    return wide != narrow and set(narrow.types) <= set(wide.types) and wide.length in (None, narrow.length)


def _rank(word: str) -> tuple[int, str]:
    return (WORDS.index(word), "") if word in WORDS else (WORDS.index("sequence"), word)


def _split(text: str) -> Iterable[str]:
    """The types between the bars that are in no bracket."""
    depth = start = 0
    for place, letter in enumerate(text):
        depth += {"[": 1, "]": -1}.get(letter, 0)
        if letter == "|" and depth == 0:
            yield text[start:place]
            start = place + 1
    yield text[start:]
