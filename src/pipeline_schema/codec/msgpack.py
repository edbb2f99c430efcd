"""MessagePack: bytes to plain values and back, of what JSON has too and nothing more.

A decoder allocates and recurses as headers tell it to, and headers lie. So this one reads item by item, compares every
length with the bytes that are left, and keeps the rules of `building`. It takes the place of a fast decoder behind a
scan of the same length.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable
from typing import Any, Final, NoReturn

import msgspec

from pipeline_schema.codec.building import Builder, Decoded, Stop
from pipeline_schema.limits import MAX_BYTES
from pipeline_schema.problems import Code, Problem

__all__ = ["decode", "encode_plain", "place"]

# First byte to how the number, or the length, behind it is written.
_NUMBERS: Final = {
    0xCA: struct.Struct(">f"),
    0xCB: struct.Struct(">d"),
    0xCC: struct.Struct(">B"),
    0xCD: struct.Struct(">H"),
    0xCE: struct.Struct(">I"),
    0xCF: struct.Struct(">Q"),
    0xD0: struct.Struct(">b"),
    0xD1: struct.Struct(">h"),
    0xD2: struct.Struct(">i"),
    0xD3: struct.Struct(">q"),
}
_STRINGS: Final = {0xD9: 1, 0xDA: 2, 0xDB: 4}
_LISTS: Final = {0xDC: 2, 0xDD: 4}
_OBJECTS: Final = {0xDE: 2, 0xDF: 4}
_BINARY: Final = {0xC4: 1, 0xC5: 2, 0xC6: 4}
_EXTENSIONS: Final = {0xC7: 1, 0xC8: 2, 0xC9: 4}
_FIXED_EXTENSIONS: Final = {0xD4: 1, 0xD5: 2, 0xD6: 4, 0xD7: 8, 0xD8: 16}
_CONSTANTS: Final = {0xC0: None, 0xC2: False, 0xC3: True}


def decode(data: bytes, problems: list[Problem]) -> Decoded | None:
    """Plain values; None if there are none.

    Parameters
    ----------
    data : bytes
    problems : list of Problem
        Gets what is wrong. Where bytes can't be read on, the message says at which.
    """
    if len(data) > MAX_BYTES:
        message = f"the document has more than the {MAX_BYTES} bytes that are read; put arrays into $file"
        problems.append(Problem(code="limit-exceeded", message=message))
        return None
    reader = _Reader(data, problems)
    try:
        reader.read()
    except Stop:
        return None
    return Decoded(reader.builder.root)


def encode_plain(plain: Any) -> bytes:
    """Plain values as MessagePack: integers as short as they go, floats in 64 bits, members in their order."""
    return msgspec.msgpack.encode(plain)


def place(problems: Iterable[Problem], data: bytes) -> list[Problem]:
    """The same problems: bytes have no lines, and a pointer says it all."""
    return list(problems)


class _Reader:
    def __init__(self, data: bytes, problems: list[Problem]) -> None:
        self.builder = Builder(self._report)
        self._data = data
        self._at = 0
        # Where the item began that is being read.
        self._start = 0
        self._problems = problems

    def read(self) -> None:
        # Items that each open container still waits for; a member is two.
        left = [1]
        builder = self.builder
        while left:
            if not left[-1]:
                left.pop()
                if left:
                    builder.close()
                continue
            left[-1] -= 1
            self._start = self._at
            first = self._take(1)[0]
            if builder.expects_key:
                builder.key(self._key(first))
            elif 0x80 <= first <= 0x8F or first in _OBJECTS:
                left.append(self._length(first, _OBJECTS, 0x0F, items=2))
                builder.open({})
            elif 0x90 <= first <= 0x9F or first in _LISTS:
                left.append(self._length(first, _LISTS, 0x0F, items=1))
                builder.open([])
            else:
                self._put(first)
        if self._at < len(self._data):
            self._start = self._at
            self._stop(f"{len(self._data) - self._at} bytes stand behind the document")

    def _put(self, first: int) -> None:
        """A value that is no container."""
        if first in _BINARY or first in _EXTENSIONS or first in _FIXED_EXTENSIONS:
            is_binary = first in _BINARY
            if first in _FIXED_EXTENSIONS:
                self._take(1 + _FIXED_EXTENSIONS[first])
            else:
                length = self._length(first, _BINARY | _EXTENSIONS, 0, items=1)
                self._take(length if is_binary else 1 + length)
            self.builder.put(None)
            form = 'write {"$bytes": base64}, or an array as {"$array": ...}' if is_binary else "encode the value first"
            what = "binary data" if is_binary else "an extension or a timestamp"
            self.builder.wrong("schema-error", f"{what} is no value of a document; {form}")
        else:
            self.builder.put(self._scalar(first))

    def _key(self, first: int) -> Any:
        if 0x80 <= first <= 0x9F or first in _OBJECTS or first in _LISTS or first in _BINARY:
            self._stop("a key of an object is no string")
        if first in _EXTENSIONS or first in _FIXED_EXTENSIONS:
            self._stop("a key of an object is no string")
        return self._scalar(first)

    def _scalar(self, first: int) -> Any:
        if first <= 0x7F:
            return first
        if first >= 0xE0:
            return first - 0x100
        if 0xA0 <= first <= 0xBF or first in _STRINGS:
            return self._text(self._length(first, _STRINGS, 0x1F, items=1))
        number = _NUMBERS.get(first)
        if number is not None:
            return number.unpack(self._take(number.size))[0]
        if first not in _CONSTANTS:
            self._stop(f"there is nothing that starts with the byte {first:#04x}")
        return _CONSTANTS[first]

    def _text(self, length: int) -> str:
        builder = self.builder
        builder.limit_string(length, is_payload=builder.is_payload and not builder.expects_key)
        start = self._at
        try:
            return self._take(length).decode()
        except UnicodeDecodeError as error:
            self._start = start + error.start
            self._stop("a string is not UTF-8 here")

    def _length(self, first: int, sizes: dict[int, int], mask: int, *, items: int) -> int:
        """How many items come; at least as many bytes must be there, before any of them is made."""
        size = sizes.get(first)
        length = (first & mask if size is None else int.from_bytes(self._take(size))) * items
        if length > len(self._data) - self._at:
            self._stop(f"{length} bytes or more are announced, and {len(self._data) - self._at} are left")
        return length

    def _take(self, count: int) -> bytes:
        at = self._at
        found = self._data[at : at + count]
        if len(found) < count:
            self._stop("the document is empty" if not self._data else "the document ends too early")
        self._at = at + count
        return found

    def _stop(self, message: str) -> NoReturn:
        self._report("parse-error", message, "")
        raise Stop

    def _report(self, code: Code, message: str, where: str) -> None:
        self._problems.append(Problem(code=code, message=f"{message} (byte {self._start})", pointer=where))
