"""What a type phrase of a docstring says, in the conventions of numpydoc and of those who follow them loosely.

A phrase is alternatives (``int or sequence of int``, ``{'sum', 'mean'}``), and remarks that name no type (``shape (M,
N)``, ``in [0, 1]``). An alternative that is not understood makes the whole phrase mean anything: to refuse what a
library takes is worse than to let a mistake through to the library.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, NamedTuple

from registry.types.defaults import type_of
from registry.types.grammar import ANY, items_of, sequence_of, unite
from registry.types.vocabulary import ARRAY_LIKE, read_word, unmark

__all__ = ["Phrase", "read_phrase"]

_JOINT = re.compile(r"\s*(?:,\s*or\b|,|\bor\b|\||/|;)\s*")
_OPENING, _CLOSING = "([{", ")]}"
_LIST = re.compile(
    r"(?:(?:str|string|int)?\s*(?:in|one of|available options)?\s*)?[{\[](?P<values>.*)[}\]](?P<of>\s*(?:str)?)"
)
_SEQUENCE = re.compile(
    r"(?:(?:nested|a|1-d|length-(?P<length>\d+)|(?P<count>\d+)-?)\s*)*"
    r"(?:tuple|list|sequence|iterable|pair|collection)s?\b\s*(?P<rest>.*)",
    re.IGNORECASE,
)
_COUNTED = re.compile(r"(?:(?:length|size) )?(?P<count>\d+)\b\s*(?P<rest>.*)")
_WRITTEN_OUT = re.compile(r"[(\[](?P<items>[^()\[\]]*)[)\]]")
# What adds no type, after a comma...
_REMARK = re.compile(
    r"(?:(?:of )?(?:(?:the )?same )?shape|dtype|in|with|where|same|each|such|see|if|between|positive|non-?negative|"
    r"available|number of|length|cast|real|any|arbitrary|u?int\d+|float\d+|unsigned|at least|one of|must|\w axes)\b.*|"
    r"[<>=\[(\d].*",
    re.IGNORECASE,
)
# ... alone, before an alternative that says what has this shape...
_DIMENSIONS = re.compile(r"\([A-Z\d][^()]*\)|\d-?D")
# ... and around what does: "(M, N) ndarray", "float in [0, 1]".
_SHAPE = re.compile(r"\((?:[^()\[\]]|\[(?:[^()\[\]]|\[[^()]*\])*\])*\)\s*(?=\w)")
_REST = re.compile(r"\s*\(.*\)$|\s*\[.*\]$|,?\s*(?:of\s+)?shape\b.*$|\s+(?:in|of dtype|between|corresponding to)\s.*$")
_NUMBERS = frozenset({"bool", "int", "float", "complex"})


class Phrase(NamedTuple):
    """The types that a phrase names (none for objects alone), and the values that it lists, where the list is whole."""

    types: tuple[str, ...]
    values: tuple[Any, ...] = ()


@lru_cache(maxsize=4096)  # libraries say the same of most parameters
def read_phrase(phrase: str) -> Phrase | None:
    """Read a type phrase; None if it says nothing.

    Parameters
    ----------
    phrase : str
        For example ``{'sum', 'mean'} or callable, optional``.

    Returns
    -------
    Phrase or None
        Of type ``any`` if a part of it is not understood.
    """
    plain = unmark(phrase)
    return _read_alternatives(plain) if plain and not plain.startswith("see ") else None


def _read_alternatives(plain: str) -> Phrase:
    found: list[Phrase] = []
    elements = False
    for joint, text in _split(plain):
        if found and "array" in found[-1].types and "or" not in joint and _REMARK.fullmatch(text):
            continue  # "array, any shape, real"
        read = _read_one(text)
        if read is None:
            if _DIMENSIONS.fullmatch(text) or (found and "or" not in joint and _REMARK.fullmatch(text)):
                continue
            return Phrase(ANY)
        if set(read.types) <= _NUMBERS:
            if elements:
                continue  # "array of int or bool"
            if joint == "or" and found:
                # "tuple of int or float" may mean either.
                found.append(Phrase(tuple(_widen(word, read.types) for word in found[-1].types)))
        elements = "array" in read.types and " of " in text
        found.append(read)
    if not found:
        return Phrase(ANY)
    return Phrase(unite(*(read.types for read in found)), tuple(value for read in found for value in read.values))


def _read_one(text: str) -> Phrase | None:
    """One alternative; None if it is not understood."""
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError):
        pass
    else:
        if value is None or isinstance(value, bool | int | float | str):
            return Phrase(type_of(value), () if value is None or isinstance(value, bool) else (value,))
    if listed := _LIST.fullmatch(text):
        return _read_list(listed["values"]) or (Phrase(("str",)) if "'" in text or listed["of"].strip() else None)
    types = _read_sequence(text)
    types = read_word(text) if types is None else types
    if types is not None:
        return Phrase(types)
    shorter = _REST.sub("", _SHAPE.sub("", text, count=1)).strip()
    return _read_one(shorter) if shorter not in ("", "any", text) else None


def _read_list(text: str) -> Phrase | None:
    """What stands in braces: values, or alternatives."""
    parts = [part for _, part in _split(text)]
    is_open = any("..." in part for part in parts)
    reads = [_read_one(part) for part in parts if "..." not in part]
    known = [read for read in reads if read is not None]
    if not known or (len(known) < len(reads) and not is_open):
        return None
    values = () if is_open else tuple(value for read in known for value in read.values)
    return Phrase(unite(*(read.types for read in known)), values)


def _read_sequence(text: str) -> tuple[str, ...] | None:
    written_out = _WRITTEN_OUT.fullmatch(text)
    if written_out is not None:
        types, count = _read_items(written_out["items"])
        if {"none", "array"} <= set(types):
            return types  # "(None, data-type, array_like)" are alternatives: nobody passes a tuple of these
        return None if types == ANY else (sequence_of(types, count),)
    match = _SEQUENCE.fullmatch(text)
    if match is None:
        return None
    length = match["length"] or match["count"]
    rest = re.sub(r"^of\s+", "", match["rest"])
    counted = _COUNTED.fullmatch(rest)
    if counted is not None and not re.match(r"-?(?:tuple|d\b)", counted["rest"], re.IGNORECASE):
        length, rest = counted["count"], counted["rest"]
    if written_out := _WRITTEN_OUT.fullmatch(rest):
        types, _ = _read_items(written_out["items"])
    else:
        read = _read_one(rest) if rest else None
        types = read.types if read is not None and read.types else ANY
    if types == ("array",):
        types = ARRAY_LIKE  # what is made an array takes numbers too
    elif types == ("sequence",):
        types = ANY  # "list of tuples" may be one of them
    listed = sequence_of(types, int(length) if length else None)
    # Where a list is of any length, libraries take one number for all axes.
    return (listed, *types) if length is None and set(types) <= _NUMBERS else (listed,)


def _read_items(text: str) -> tuple[tuple[str, ...], int]:
    parts = [part.strip() for part in text.split(",") if part.strip() and part.strip() != "..."]
    reads = [_read_one(part) for part in parts]
    if not reads or None in reads:
        return ANY, len(parts)
    return unite(*(read.types for read in reads if read is not None)), len(parts)


def _widen(word: str, types: tuple[str, ...]) -> str:
    items = items_of(word)
    if items is None or items.types == ANY:
        return word
    return sequence_of(unite(items.types, types), items.length)


def _split(text: str) -> Iterator[tuple[str, str]]:
    """The alternatives of a phrase, each with what joins it to the one before."""
    depth, quote, start, joint = 0, "", 0, ""
    place = 0
    while place < len(text):
        letter = text[place]
        if quote:
            quote = "" if letter == quote else quote
        elif letter in "'\"" and not (place and text[place - 1].isalnum()):
            quote = letter
        elif letter in _OPENING:
            depth += 1
        elif letter in _CLOSING:
            depth -= 1
        elif depth == 0 and (found := _JOINT.match(text, place)):
            if text[start:place].strip():
                yield joint, text[start:place].strip()
            joint, start = found[0].strip(" ,") or ",", found.end()
            place = start
            continue
        place += 1
    if text[start:].strip():
        yield joint, text[start:].strip()
