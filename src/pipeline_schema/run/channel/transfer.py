"""Values that cross between processes: plain trees, with the bytes of arrays beside them. Never a pickle.

None, bool, int of 64 bits, float, bytes and text go as they are. Everything else is a list led by a tag:

    ["tuple", ...]   ["list", ...]   ["dict", [key, value], ...]   ["complex", re, im]   ["int", "digits"]
    ["array", dtype, shape, index of the buffer]   ["scalar", dtype, bytes]   (numpy scalars keep their dtype)
    ["objects", shape, ...]   (an array of Python objects, in C order)
    ["slice", start, stop, step]   ["range", start, stop, step]   ["ellipsis"]
    ["text", bytes]   (of text with lone surrogates)

A dtype is its name, or for records ``[bytes of one, [field, dtype, shape, offset], ...]``. A value of any other type is
refused, by its type and its place.
"""

from __future__ import annotations

import math
import sys
from typing import TYPE_CHECKING, Any

from pipeline_schema.errors import ProtocolError, RunError

if TYPE_CHECKING:
    import numpy

__all__ = ["MAX_DEPTH", "allocate", "pack", "unpack"]

MAX_DEPTH = 64
# Booleans, numbers, dates, text and bytes.
_DTYPE_KINDS = "biufcmMSU"


def allocate(size: int) -> memoryview:
    """Room for the bytes of an array, as a writable view; numpy's is not filled with zeros first."""
    import numpy as np

    return np.empty(size, np.uint8).data


def pack(value: Any, buffers: list[memoryview], at: str) -> Any:
    """Turn a value into a plain tree.

    Parameters
    ----------
    value : any
        Numpy arrays and scalars, Python scalars, tuples, lists, dicts, slices, ranges; nested at most 64 deep.
        Named tuples arrive as tuples, and arrays in C order.
    buffers : list
        The bytes of arrays are appended here, uncopied where the array is contiguous.
    at : str
        What the value is, for messages, for example ``input 'image'``.

    Raises
    ------
    RunError
        If the value, or one inside it, is of a type that can't cross.
    """
    return _pack(value, buffers, at, 0)


def _pack(value: Any, buffers: list[memoryview], at: str, depth: int) -> Any:
    if depth > MAX_DEPTH:
        raise RunError(f"{at} is nested more than {MAX_DEPTH} deep (or holds itself), and can't go to another process")
    kind = type(value)
    if value is None or kind is bool or kind is float or kind is bytes:
        return value
    if kind is int:
        return value if -(2**63) <= value < 2**64 else ["int", hex(value)]
    if kind is str:
        return _pack_text(value)
    if kind is complex:
        return ["complex", value.real, value.imag]
    np = sys.modules.get("numpy")  # not loaded: then no value is one of its
    if np is not None:
        if (kind is np.ndarray or kind is np.memmap) and value.dtype.kind == "O":
            items = (_pack(item, buffers, f"an element of {at}", depth + 1) for item in value.flat)
            return ["objects", list(value.shape), *items]
        if kind is np.ndarray or kind is np.memmap:
            return _pack_array(value, buffers, at)
        if isinstance(value, np.generic):
            return ["scalar", _name_dtype(value.dtype, at), value.tobytes()]
        if isinstance(value, np.ndarray):
            raise RunError(f"{at} is a {_name_type(value)}, of which only the plain array could cross; pass that")
    if isinstance(value, tuple):
        return ["tuple", *(_pack(item, buffers, f"{at}[{i}]", depth + 1) for i, item in enumerate(value))]
    if isinstance(value, list):
        return ["list", *(_pack(item, buffers, f"{at}[{i}]", depth + 1) for i, item in enumerate(value))]
    if isinstance(value, dict):
        inner = depth + 1
        return [
            "dict",
            *(
                [_pack(key, buffers, f"a key of {at}", inner), _pack(item, buffers, f"{at}[{key!r}]", inner)]
                for key, item in value.items()
            ),
        ]
    if kind is slice or kind is range:
        parts = (value.start, value.stop, value.step)
        return [kind.__name__, *(_pack(part, buffers, at, depth + 1) for part in parts)]
    if value is ...:
        return ["ellipsis"]
    raise RunError(
        f"{at} is of type {_name_type(value)}, which can't go to another process; "
        "numpy arrays, numbers, text, tuples, lists and dicts of these can"
    )


def unpack(plain: Any, buffers: list[memoryview]) -> Any:
    """Turn a plain tree back into the value.

    Parameters
    ----------
    plain : any
        What `pack` made, decoded.
    buffers : list of memoryview
        Of the same frame. Arrays lie on them, uncopied and writable.

    Raises
    ------
    ProtocolError
        If the tree is not one that `pack` makes.
    """
    if not isinstance(plain, list):
        return plain
    try:
        return _unpack(plain, buffers)
    except (ValueError, TypeError, IndexError, OverflowError, RecursionError) as error:
        raise ProtocolError(f"a value came damaged: {error}") from error


def _unpack(plain: Any, buffers: list[memoryview]) -> Any:
    if not isinstance(plain, list):
        return plain
    tag, *rest = plain
    match tag:
        case "tuple":
            return tuple(_unpack(item, buffers) for item in rest)
        case "list":
            return [_unpack(item, buffers) for item in rest]
        case "dict":
            return {_unpack(key, buffers): _unpack(item, buffers) for key, item in rest}
        case "array":
            return _unpack_array(*rest, buffers=buffers)
        case "objects":
            return _unpack_objects(*rest, buffers=buffers)
        case "scalar":
            return _unpack_scalar(*rest)
        case "complex":
            return complex(*rest)
        case "int":
            return int(rest[0], 16)
        case "text":
            return rest[0].decode("utf-8", "surrogatepass")
        case "slice":
            return slice(*(_unpack(part, buffers) for part in rest))
        case "range":
            return range(*(_unpack(part, buffers) for part in rest))
        case "ellipsis":
            return ...
    raise ValueError(f"{tag!r} is no tag")


def _pack_text(text: str) -> Any:
    # File names that are no UTF-8 reach Python as lone surrogates, for which MessagePack has no words.
    try:
        text.encode()
    except UnicodeEncodeError:
        return ["text", text.encode("utf-8", "surrogatepass")]
    return text


def _pack_array(array: numpy.ndarray[Any, Any], buffers: list[memoryview], at: str) -> list[Any]:
    import numpy as np

    dtype = _name_dtype(array.dtype, at)
    shape = list(array.shape)
    if array.nbytes:
        # A view of bytes, since the buffer protocol has no word for dates nor for half of numpy's spellings.
        buffers.append(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data)
        return ["array", dtype, shape, len(buffers) - 1]
    return ["array", dtype, shape, None]


def _unpack_array(dtype: Any, shape: list[int], index: int | None, *, buffers: list[memoryview]) -> Any:
    import numpy as np

    kind = _known_dtype(dtype)
    view = memoryview(b"") if index is None else buffers[index]
    if min(shape, default=0) < 0 or math.prod(shape) * kind.itemsize != view.nbytes:
        raise ValueError(f"an array of shape {shape} and dtype {dtype} does not fill {view.nbytes} bytes")
    if index is None:
        return np.empty(shape, kind)
    return np.frombuffer(view, kind).reshape(shape)


def _unpack_objects(shape: list[int], *items: Any, buffers: list[memoryview]) -> Any:
    import numpy as np

    if min(shape, default=0) < 0 or math.prod(shape) != len(items):
        raise ValueError(f"an array of shape {shape} does not hold {len(items)} objects")
    array = np.empty(len(items), object)
    for at, item in enumerate(items):
        array[at] = _unpack(item, buffers)
    return array.reshape(shape)


def _unpack_scalar(dtype: Any, data: bytes) -> Any:
    import numpy as np

    kind = _known_dtype(dtype)
    return np.frombuffer(data, kind)[0] if kind.itemsize else kind.type()  # "" has no bytes


def _known_dtype(told: Any) -> Any:
    import numpy as np

    if isinstance(told, list):
        size, *fields = told
        names, formats, shapes, offsets = zip(*fields, strict=True)
        parts = [(_known_dtype(text), tuple(shape)) for text, shape in zip(formats, shapes, strict=True)]
        return np.dtype({"names": names, "formats": parts, "offsets": offsets, "itemsize": size})
    dtype = np.dtype(told)
    if dtype.kind not in _DTYPE_KINDS:
        raise ValueError(f"dtype {told!r} is not one that crosses")
    return dtype


def _name_dtype(dtype: Any, at: str) -> Any:
    if dtype.names:
        fields = ((name, *dtype.fields[name][:2]) for name in dtype.names)
        return [
            dtype.itemsize,
            *([name, _name_dtype(field.base, at), list(field.shape), offset] for name, field, offset in fields),
        ]
    if dtype.kind not in _DTYPE_KINDS:
        raise RunError(f"{at} is an array of dtype {dtype}, which can't go to another process; convert it to numbers")
    return str(dtype.str)


def _name_type(value: Any) -> str:
    kind = type(value)
    return kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
