"""Values cross between processes as they are, or are refused by name and place."""

from __future__ import annotations

import math
import threading
from collections import OrderedDict, namedtuple
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as nps

from pipeline_schema.errors import ProtocolError, RunError
from pipeline_schema.run.channel.transfer import pack, unpack


def _cross(value: Any) -> Any:
    """What the other process gets: through MessagePack, and buffers that are written and read."""
    buffers: list[memoryview] = []
    plain = msgspec.msgpack.decode(msgspec.msgpack.encode(pack(value, buffers, "value")))
    return unpack(plain, [memoryview(bytearray(view)) for view in buffers])


_SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.complex_numbers() | st.binary() | st.text()
_TREES = st.recursive(
    _SCALARS,
    lambda inner: (
        st.lists(inner) | st.lists(inner).map(tuple) | st.dictionaries(st.text() | st.integers() | st.booleans(), inner)
    ),
    max_leaves=20,
)


@given(_TREES)
def test_python_values_keep_value_and_type(value: Any) -> None:
    """Any nest of Python values arrives equal in value and in type, -0.0 and nan included."""
    assert repr(_cross(value)) == repr(value)


@given(
    nps.arrays(
        nps.scalar_dtypes() | nps.byte_string_dtypes() | nps.unicode_string_dtypes(),
        nps.array_shapes(min_dims=0, min_side=0),
    )
)
def test_arrays_keep_every_bit(array: np.ndarray[Any, Any]) -> None:
    """An array of any dtype and shape, empty and 0-d ones too, arrives bit for bit with its byte order."""
    arrived = _cross(array)
    assert type(arrived) is np.ndarray
    assert (arrived.dtype, arrived.shape) == (array.dtype, array.shape)
    assert arrived.tobytes() == array.tobytes()


@pytest.mark.parametrize(
    "array",
    [
        np.asfortranarray(np.arange(12).reshape(3, 4)),
        np.arange(24).reshape(4, 6)[::2, ::-3],
        np.broadcast_to(np.float32(2.5), (3, 3)),
        np.arange(5, dtype=">i4"),
    ],
    ids=["fortran", "strided", "broadcast", "big-endian"],
)
def test_arrays_of_any_layout_arrive(array: np.ndarray[Any, Any]) -> None:
    """However an array lies in memory, the other side gets the same values, writable."""
    arrived = _cross(array)
    np.testing.assert_array_equal(arrived, array)
    assert arrived.dtype == array.dtype
    assert arrived.flags.writeable


_RECORD = np.dtype([("yc", ">f8"), ("label", "u1"), ("box", "i4", (2, 2)), ("name", "U3")], align=True)


@pytest.mark.parametrize(
    "array",
    [np.zeros((2, 3), _RECORD), np.array([(1.5, 2, [[1, 2], [3, 4]], "abc")], _RECORD)[::-1], np.zeros(0, _RECORD)],
)
def test_records_arrive(array: np.ndarray[Any, Any]) -> None:
    """Fields keep their names, types, shapes and places, padding between them included; so do scalars of records."""
    arrived = _cross(array)
    assert (arrived.dtype, arrived.shape, arrived.tobytes()) == (array.dtype, array.shape, array.tobytes())
    for scalar in array.reshape(-1)[:1]:
        assert _cross(scalar) == scalar


def test_arrays_of_objects_arrive() -> None:
    """Each element arrives as it would by itself, in its place."""
    array = np.empty((2, 1), object)
    array[0, 0], array[1, 0] = np.arange(3), ("a", None)
    arrived = _cross(array)
    assert (arrived.dtype, arrived.shape) == (np.dtype(object), (2, 1))
    np.testing.assert_array_equal(arrived[0, 0], array[0, 0])
    assert arrived[1, 0] == ("a", None)


def test_contiguous_arrays_are_not_copied() -> None:
    """The bytes of a contiguous array are sent from where they lie."""
    array = np.arange(1000)
    buffers: list[memoryview] = []
    pack(array, buffers, "value")
    assert np.shares_memory(np.frombuffer(buffers[0], np.uint8), array)


@pytest.mark.parametrize(
    "scalar",
    [np.uint8(200), np.float32(0.1), np.float64(-0.0), np.bool_(True), np.complex64(1j), np.datetime64("2024-01-02"),
     np.str_("é"), np.str_(""), np.longdouble("1.1")],
    ids=lambda scalar: type(scalar).__name__,
)  # fmt: skip
def test_numpy_scalars_keep_their_dtype(scalar: np.generic) -> None:
    """uint8 200 arrives as uint8: as an int, times 2 would be another number."""
    arrived = _cross(scalar)
    assert type(arrived) is type(scalar)
    assert arrived.dtype == scalar.dtype
    assert arrived.tobytes() == scalar.tobytes()


def test_table_arrives() -> None:
    """A table, a dict of columns of different dtypes, arrives column by column in its order."""
    table = {"label": np.array([1, 2]), "area": np.array([2.5, math.inf]), "name": np.array(["a", "bc"])}
    arrived = _cross(table)
    assert list(arrived) == list(table)
    for name, column in table.items():
        np.testing.assert_array_equal(arrived[name], column, strict=True)


@pytest.mark.parametrize("value", [slice(1, None, -2), slice(None, np.int64(3)), range(0, 10, 3), ...])
def test_index_values_arrive(value: Any) -> None:
    """Slices, ranges and the ellipsis, which `getitem` takes, arrive equal."""
    assert _cross(value) == value


def test_text_that_is_no_utf8_arrives() -> None:
    """A file name with a stray byte, as the system gives it, arrives as it was."""
    assert _cross("caf\udce9.tif") == "caf\udce9.tif"


def test_named_tuples_and_ordered_dicts_arrive_plain() -> None:
    """A named tuple is a tuple over there, and an OrderedDict a dict."""
    Result = namedtuple("Result", "values counts")
    assert _cross(Result(1, OrderedDict(a=2))) == (1, {"a": 2})
    assert type(_cross(Result(1, 2))) is tuple


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (threading.local(), r"input 'x' is of type _thread\._local"),
        ([1, {"a": object()}], r"input 'x'\[1\]\['a'\] is of type object"),
        (print, "builtin_function_or_method"),
        (np.array([object()]), "an element of input 'x' is of type object"),
        (np.array([(1, None)], dtype=[("a", "i4"), ("b", "O")]), "dtype object"),
        (np.ma.masked_array([1, 2], mask=[0, 1]), r"MaskedArray"),
        ({1, 2}, "type set"),
    ],
    ids=["thread-local", "nested", "function", "objects", "records", "masked", "set"],
)
def test_what_cannot_cross_is_refused_by_place(value: Any, said: str) -> None:
    """A value that would need a pickle, or would lose a part of itself, is refused by its type and place."""
    with pytest.raises(RunError, match=said):
        pack(value, [], "input 'x'")


def test_a_list_that_holds_itself_is_refused() -> None:
    """A value without end is an error, not a hang."""
    endless: list[Any] = []
    endless.append(endless)
    with pytest.raises(RunError, match="holds itself"):
        pack(endless, [], "input 'x'")


@pytest.mark.parametrize(
    "plain",
    [
        ["array", "|O", [1], 0],
        ["array", "<f8", [2, 2], 0],
        ["array", "<f8", [-1, -1], 0],
        ["array", "<f8", [1], 5],
        ["array", "<f8", [10**12], None],
        ["scalar", "|O", b"12345678"],
        ["scalar", "<f8", b"123"],
        ["pickle", b"cos\nsystem\n"],
        [],
        ["dict", [[1]]],
        ["dict", [["list"], 1]],
        ["int", "not a number"],
        [["tuple"]],
    ],
)  # fmt: skip
def test_damaged_values_are_told(plain: Any) -> None:
    """A tree that `pack` never makes, objects and sizes that lie included, is a ProtocolError."""
    with pytest.raises(ProtocolError):
        unpack(plain, [memoryview(bytearray(8))])
