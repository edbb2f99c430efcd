"""From the document's notation to the Python values that are judged."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import msgspec

__all__ = ["Given", "to_python"]

_TAGS: Final[dict[str, Callable[[Any], Any]]] = {
    "$bytes": lambda text: text.encode(),
    "$complex": lambda parts: complex(*map(to_python, parts)),
    "$dict": lambda pairs: {to_python(key): to_python(item) for key, item in pairs},
    "$ellipsis": lambda _: ...,
    "$float": float,
    "$int": int,
    "$list": lambda items: [to_python(item) for item in items],
    "$range": lambda parts: range(*parts),
    "$slice": lambda parts: slice(*parts),
}


class Given(msgspec.Struct, frozen=True):
    """Something that is no plain value, such as an array: it is named, and never judged."""

    what: str


def to_python(plain: Any) -> Any:
    """The value that a note stands for.

    Parameters
    ----------
    plain : JSON value
        In the document's notation.

    Returns
    -------
    any
        A Python value, JSON arrays as tuples; a `Given` for what is no plain value.
    """
    if isinstance(plain, list | tuple):
        return tuple(to_python(item) for item in plain)
    if not isinstance(plain, dict):
        return plain
    tag = next((name for name in plain if name.startswith("$")), None)
    if tag is None:
        return {name: to_python(item) for name, item in plain.items()}
    read = _TAGS.get(tag)
    return Given(str(plain[tag])) if read is None else read(plain[tag])
