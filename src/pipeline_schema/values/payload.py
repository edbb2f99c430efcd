"""Payloads: the bytes of arrays and strings of bytes, as base64 or as nested lists.

Sizes are computed from dtype and shape, and compared with what is there, before anything is allocated.
"""

from __future__ import annotations

import binascii
import math
import struct
from typing import Any, Final

from pipeline_schema.limits import MAX_BYTES
from pipeline_schema.values.records import DTYPES, Array

__all__ = ["PayloadError", "TooLargeError", "decode_base64", "encode_base64", "from_base64", "from_nested", "to_plain"]

# Arrays of at most so many elements are written as lists that people can read: any usual kernel or matrix.
MAX_READABLE: Final = 256


class PayloadError(ValueError):
    """A payload is not what its dtype and shape say."""


class TooLargeError(PayloadError):
    """An array is larger than a document may be."""


def decode_base64(text: str) -> bytes:
    """Bytes from standard base64, in its one canonical spelling.

    Raises
    ------
    PayloadError
        For other characters, line breaks, missing padding, or bits that stand for nothing.
    """
    try:
        data = binascii.a2b_base64(text.encode("ascii"), strict_mode=True)
    except ValueError as error:
        raise PayloadError("it is not base64 (A-Z a-z 0-9 + /, padded with =, without white space)") from error
    if encode_base64(data) != text:
        raise PayloadError("it is not base64 as an encoder writes it: bits behind its end are set")
    return data


def encode_base64(data: bytes) -> str:
    """Standard base64, padded, without line breaks."""
    return binascii.b2a_base64(data, newline=False).decode("ascii")


def from_base64(dtype: str, shape: tuple[int, ...], text: str) -> Array:
    """An array from its bytes in C order, little endian.

    Raises
    ------
    PayloadError
    """
    size = _size(dtype, shape)
    length = -(-size // 3) * 4
    if len(text) != length:
        raise PayloadError(
            f"{dtype} of shape {list(shape)} takes {size} bytes: {length} characters of base64, not {len(text)}"
        )
    data = decode_base64(text)
    if len(data) != size:
        raise PayloadError(f"{dtype} of shape {list(shape)} takes {size} bytes, not {len(data)}")
    if dtype == "bool" and data.translate(None, b"\0\1"):
        raise PayloadError("the bytes of a bool array are 0 or 1")
    return Array(dtype, shape, data)


def from_nested(dtype: str, shape: tuple[int, ...], nested: Any) -> Array:
    """An array from nested lists of booleans or numbers.

    Raises
    ------
    PayloadError
    """
    size = _size(dtype, shape)
    letter = DTYPES[dtype][1]
    if letter is None:
        raise PayloadError(f"lists hold no {dtype}; write its bytes as base64")
    level = [nested]
    for axis, length in enumerate(shape):
        for row in level:
            if type(row) is not list:
                raise PayloadError(f"shape {list(shape)} asks for lists along axis {axis}, and there is {_name(row)}")
            if len(row) != length:
                raise PayloadError(f"shape {list(shape)} asks for {length} elements along axis {axis}, not {len(row)}")
        level = [element for row in level for element in row]
    accepted = (bool,) if letter == "?" else (int, float) if letter in "efd" else (int,)
    for element in level:
        if type(element) not in accepted:
            raise PayloadError(f"an element of a {dtype} array is {_name(element)}")
    try:
        data = struct.pack(f"<{len(level)}{letter}", *level)
    except (struct.error, OverflowError) as error:
        raise PayloadError(f"an element is out of the range of {dtype}") from error
    assert len(data) == size
    return Array(dtype, shape, data)


def to_plain(array: Array) -> dict[str, Any]:
    """What stands below ``$array``: lists where they are short and exact, else base64; one spelling for one array."""
    head: dict[str, Any] = {"dtype": array.dtype, "shape": list(array.shape)}
    letter, count = DTYPES[array.dtype][1], math.prod(array.shape)
    if letter is None or count > MAX_READABLE:
        return {**head, "base64": encode_base64(array.data)}
    elements = list(struct.unpack(f"<{count}{letter}", array.data))
    # An array without elements has no lists that tell its shape to a reader, and may have many empty ones.
    if count == 0 or (letter in "efd" and not all(map(math.isfinite, elements))):
        return {**head, "base64": encode_base64(array.data)}
    for length in reversed(array.shape):
        elements = [elements[start : start + length] for start in range(0, len(elements), length)]
    return {**head, "data": elements[0]}


def _size(dtype: str, shape: tuple[int, ...]) -> int:
    itemsize = DTYPES[dtype][0]
    # Lengths of 0 count as 1 here: NumPy can't hold (0, 2**62, 2**62) either.
    if math.prod(max(length, 1) for length in shape) * itemsize > MAX_BYTES:
        raise TooLargeError(f"{dtype} of shape {list(shape)} is larger than {MAX_BYTES} bytes; put it into a $file")
    return math.prod(shape) * itemsize


def _name(value: Any) -> str:
    return {list: "a list", dict: "an object", str: "a string", bool: "a boolean", float: "a number with a point"}.get(
        type(value), "null" if value is None else "an integer"
    )
