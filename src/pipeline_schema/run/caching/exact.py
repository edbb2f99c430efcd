"""Values as bytes, exactly: what reads back has every bit, type and layout, or it is not written at all.

Layout counts: NumPy adds up an array that lies otherwise in another order, and rounds otherwise. Whatever `transfer`
would turn into a plainer type is an `InexactError`.
"""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from pipeline_schema.errors import RunError
from pipeline_schema.run.channel.transfer import MAX_DEPTH, pack, unpack

if TYPE_CHECKING:
    import numpy as np

__all__ = ["InexactError", "digest_of", "freeze", "thaw"]

# How many times its bytes an array may reach over.
_MOST_GAPS = 64


class InexactError(Exception):
    """A value has no exact form."""


def freeze(value: Any) -> tuple[bytes, list[memoryview]]:
    """A value as a description and the bytes of its arrays, uncopied.

    Raises
    ------
    InexactError
        If it, or a value inside it, would come back otherwise.
    """
    buffers: list[memoryview] = []
    return msgspec.msgpack.encode(_frozen(value, buffers, 0)), buffers


def thaw(description: bytes, buffers: list[memoryview]) -> Any:
    """The value of `freeze`; its arrays lie on the buffers."""
    return _thawed(msgspec.msgpack.decode(description), buffers)


def digest_of(value: Any) -> str:
    """The sha256 of a value with type, dtype, shape and layout; raises `InexactError` as `freeze` does."""
    description, buffers = freeze(value)
    found = hashlib.sha256(description)
    for view in buffers:
        found.update(view)
    return found.hexdigest()


def _frozen(value: Any, buffers: list[memoryview], depth: int) -> Any:
    kind: type = type(value)
    if depth > MAX_DEPTH:
        raise InexactError
    if kind is tuple or kind is list:
        return [kind.__name__, [_frozen(item, buffers, depth + 1) for item in value]]
    if kind is dict:
        items = value.items()
        return ["dict", [[_frozen(key, buffers, depth + 1), _frozen(item, buffers, depth + 1)] for key, item in items]]
    if isinstance(value, tuple | list | dict):
        raise InexactError  # a named tuple, a subclass
    np = sys.modules.get("numpy")  # not loaded: then no value is one of its
    if np is not None and isinstance(value, np.ndarray):
        return _frozen_array(value, buffers)
    if np is not None and isinstance(value, np.void):
        raise InexactError
    try:
        return ["value", pack(value, buffers, "")]
    except RunError as error:
        raise InexactError from error


def _frozen_array(array: np.ndarray[Any, Any], buffers: list[memoryview]) -> Any:
    import numpy as np

    if type(array) is not np.ndarray or array.dtype.kind in "OV":
        raise InexactError  # objects in an array keep no layout, records not all that NumPy says of them
    low, high = _extent(array.shape, array.strides, array.itemsize)
    if high - low > _MOST_GAPS * max(array.nbytes, 1):
        raise InexactError  # a column of a large table would be written as that table
    try:
        plain = pack(array, buffers, "")
    except RunError as error:
        raise InexactError from error
    return ["array", None if array.flags.c_contiguous else array.strides, plain]


def _extent(shape: Sequence[int], strides: Sequence[int], itemsize: int) -> tuple[int, int]:
    """Where an array's bytes begin and end, from its first element."""
    ends = [(length - 1) * stride for length, stride in zip(shape, strides, strict=True) if length > 1]
    return sum(min(0, end) for end in ends), sum(max(0, end) for end in ends) + itemsize


def _spread(array: np.ndarray[Any, Any], strides: Sequence[int]) -> np.ndarray[Any, Any]:
    """The same array with these strides."""
    import numpy as np

    low, high = _extent(array.shape, strides, array.itemsize)
    room = np.empty(high - low, np.uint8)
    spread = np.ndarray(array.shape, array.dtype, room.data, -low, tuple(strides))
    spread[...] = array
    return spread


def _thawed(frozen: Any, buffers: list[memoryview]) -> Any:
    kind, content, *more = frozen
    if kind == "array":
        array = unpack(more[0], buffers)
        return array if content is None else _spread(array, content)
    if kind == "dict":
        return {_thawed(key, buffers): _thawed(item, buffers) for key, item in content}
    make: Callable[[Any], Any] | None = {"tuple": tuple, "list": list}.get(kind)
    return unpack(content, buffers) if make is None else make(_thawed(item, buffers) for item in content)
