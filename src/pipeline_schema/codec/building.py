"""Building plain values from what a parser meets, one after the other, within the limits.

YAML and MessagePack are read this way: nothing here recurses, no size that a document claims is believed, and every
value is counted before it is kept. JSON has a faster way (`survey`), and both count alike.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Final, NamedTuple, NoReturn

from pipeline_schema.limits import INT_MAX, INT_MIN, MAX_DEPTH, MAX_PROBLEMS, MAX_STRING, MAX_VALUES
from pipeline_schema.problems import Code, pointer

__all__ = ["Builder", "Decoded", "Report", "Stop"]

# Code, message and JSON Pointer of what is wrong with the value that is being read.
Report = Callable[[Code, str, str], None]

_LONG: Final = MAX_STRING // 4  # characters of at most four bytes


class Decoded(NamedTuple):
    """What a text holds; null is something, too."""

    plain: Any


class Stop(Exception):  # noqa: N818 - no error: what is wrong was reported, and nothing more is read
    """Ends the reading of a document that is beyond a limit, or that can't be read on from here."""


class Builder:
    """Plain values in the making.

    Parameters
    ----------
    report : callable
        Told what is wrong: keys that stand twice or are no strings, numbers that no document holds, limits.

    Attributes
    ----------
    root : JSON value
        The whole, once something was put.
    expects_key : bool
        Whether the next thing is a key of the object that is open.
    """

    __slots__ = ("_containers", "_count", "_keys", "_problems", "_report", "expects_key", "root")

    def __init__(self, report: Report) -> None:
        self.root: Any = None
        self.expects_key = False
        self._report = report
        self._problems = 0
        self._count = 0
        # The open containers, and of each the key of its last member.
        self._containers: list[Any] = []
        self._keys: list[str] = []

    def key(self, key: Any) -> None:
        """Begin a member of the open object."""
        if type(key) is not str:
            message = f"the keys of an object are strings, and {key!a:.80} is none; write it as one"
            self.wrong("schema-error", message, self.container)
            key = str(key)
        self._keys[-1] = key
        self.expects_key = False
        if len(key) > _LONG:
            self.limit_string(len(key.encode()), is_payload=False)
        if key in self._containers[-1]:
            self.wrong("parse-error", f"the key {key!a:.80} stands twice in one object")

    def put(self, value: Any) -> None:
        """Add a value to the open container."""
        containers = self._containers
        if type(value) is str and len(value) > _LONG:
            self.limit_string(len(value.encode()), is_payload=self.is_payload)
        if not containers:
            self.root = value
        else:
            container = containers[-1]
            if container:
                self._count += 1
                if self._count >= MAX_VALUES:
                    self._stop(f"the document has more than {MAX_VALUES} values; write a large array into a $file")
            if type(container) is dict:
                container[self._keys[-1]] = value
                self.expects_key = True
            else:
                container.append(value)
        kind = type(value)
        if kind is float:
            if not math.isfinite(value):
                self.wrong("schema-error", f'a number is {value}; write {{"$float": "{value}"}}')
        elif kind is int and not INT_MIN <= value <= INT_MAX:
            self.wrong("schema-error", 'an integer is beyond 64 bits; write {"$int": "digits"}')

    def open(self, container: list[Any] | dict[str, Any]) -> None:
        """Add an empty list or object, and go on within it."""
        self._count += 1
        self.put(container)
        if len(self._containers) >= MAX_DEPTH:
            self._stop(f"the document is nested deeper than {MAX_DEPTH} levels")
        self._containers.append(container)
        self._keys.append("")
        self.expects_key = type(container) is dict

    def close(self) -> None:
        """Go on behind the container that is open."""
        self._containers.pop()
        self._keys.pop()
        self.expects_key = bool(self._containers) and type(self._containers[-1]) is dict

    @property
    def container(self) -> str:
        """The pointer of the list or object that is open."""
        return pointer(*self._path()[:-1])

    @property
    def is_payload(self) -> bool:
        """Whether the value that comes next stands where the base64 of an array does."""
        return bool(self._keys) and self._keys[-1] == "base64"

    def limit_string(self, size: int, *, is_payload: bool) -> None:
        """Refuse a string of so many bytes, unless it may be as long."""
        if size > MAX_STRING and not is_payload:
            self._stop(f"a string is longer than {MAX_STRING} bytes; only the base64 of an array may be")

    def wrong(self, code: Code, message: str, where: str | None = None) -> None:
        """Report something about the key or value that came last, or about the place that a pointer leads to."""
        self._report(code, message, pointer(*self._path()) if where is None else where)
        self._problems += 1
        if self._problems >= MAX_PROBLEMS:
            raise Stop

    def _stop(self, message: str) -> NoReturn:
        # Without a pointer, like the limits of JSON, which are judged before there are values to point at.
        self._report("limit-exceeded", message, "")
        raise Stop

    def _path(self) -> list[str | int]:
        return [
            key if type(container) is dict else max(len(container) - 1, 0)
            for container, key in zip(self._containers, self._keys, strict=True)
        ]
