"""Making what was found small: the least that still breaks the same promise."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from typing import Any

__all__ = ["shrink"]


def shrink(data: bytes, breaks: Callable[[bytes], bool], *, seconds: float = 20.0) -> bytes:
    """Take away whatever is not needed.

    Parameters
    ----------
    data : bytes
    breaks : callable
        Whether bytes still break the promise; it does for `data`.
    seconds : float
        After which what was reached is good enough.

    Returns
    -------
    bytes
        At most as long.
    """
    until = time.monotonic() + seconds
    data = _by_values(data, breaks, until)
    length = len(data) // 2
    while length and time.monotonic() < until:
        at = 0
        while at < len(data) and time.monotonic() < until:
            shorter = data[:at] + data[at + length :]
            if breaks(shorter):
                data = shorter
            else:
                at += length
        length //= 2
    return data


def _by_values(data: bytes, breaks: Callable[[bytes], bool], until: float) -> bytes:
    """A JSON document with members and elements left out; other bytes as they are."""
    try:
        plain = json.loads(data)
        best = json.dumps(plain, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        return data
    if not breaks(best):
        return data
    smaller = True
    while smaller:
        smaller = False
        for candidate in _smaller(plain):
            if time.monotonic() > until:
                break
            text = json.dumps(candidate, ensure_ascii=False).encode()
            if len(text) < len(best) and breaks(text):
                plain, best, smaller = candidate, text, True
                break
    return best


def _smaller(value: Any) -> Iterator[Any]:
    """The same value with one thing less, the largest things first."""
    if isinstance(value, dict):
        for key in value:
            yield {name: item for name, item in value.items() if name != key}
        for key, item in value.items():
            yield from ({**value, key: less} for less in _smaller(item))
    elif isinstance(value, list):
        for index in range(len(value)):
            yield value[:index] + value[index + 1 :]
        for index, item in enumerate(value):
            yield from ([*value[:index], less, *value[index + 1 :]] for less in _smaller(item))
    elif isinstance(value, str) and len(value) > 1:
        yield value[: len(value) // 2]
        yield value[len(value) // 2 :]
