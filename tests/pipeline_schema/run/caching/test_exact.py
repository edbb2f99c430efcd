"""What is frozen thaws with every bit, type and stride, or is refused."""

from __future__ import annotations

from collections import OrderedDict, namedtuple
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as nps

from pipeline_schema.run.caching.exact import InexactError, digest_of, freeze, thaw

_ARRAYS = nps.arrays(nps.scalar_dtypes(), nps.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=4))
_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.complex_numbers() | _ARRAYS,
    lambda inner: st.lists(inner) | st.lists(inner).map(tuple) | st.dictionaries(st.text() | st.integers(), inner),
    max_leaves=6,
)


def _shown(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return value.dtype.str, value.shape, value.strides if value.size else (), value.tobytes()
    if isinstance(value, list | tuple):
        return type(value), [_shown(item) for item in value]
    if isinstance(value, dict):
        return [(_shown(key), _shown(item)) for key, item in value.items()]
    return type(value), repr(value)


def _through(value: Any) -> Any:
    description, buffers = freeze(value)
    return thaw(description, [memoryview(bytearray(view)) for view in buffers])


@settings(max_examples=150, deadline=None)
@given(_VALUES)
def test_any_nest_of_values_thaws_as_it_was(value: Any) -> None:
    """Types, bits, shapes and strides are those of before, and so is the digest."""
    assert _shown(_through(value)) == _shown(value)
    assert digest_of(_through(value)) == digest_of(value)


@pytest.mark.parametrize(
    "array",
    [np.asfortranarray(np.arange(24.0).reshape(4, 6)), np.moveaxis(np.arange(24.0).reshape(2, 3, 4), 1, 0),
     np.arange(24.0).reshape(2, 3, 4).transpose(2, 0, 1), np.arange(10)[::2], np.arange(12.0).reshape(3, 4)[::-1, ::-2],
     np.broadcast_to(1.5, (3, 3)), np.lib.stride_tricks.sliding_window_view(np.arange(9.0), 4)],
    ids=["fortran", "moved", "turned", "gaps", "reversed", "broadcast", "windows"],
)  # fmt: skip
def test_how_an_array_lies_in_memory_stays(array: np.ndarray[Any, Any]) -> None:
    """An array with other strides lies so again, since sums depend on it."""
    thawed = _through(array)
    np.testing.assert_array_equal(thawed, array, strict=True)
    assert thawed.strides == array.strides
    assert digest_of(array) != digest_of(np.ascontiguousarray(array))


@pytest.mark.parametrize(
    "value",
    [np.zeros((200, 200))[:, 0], np.ma.masked_array([1, 2], [0, 1]),
     np.array([object()]), np.array([None]), np.array([(1, 2.0)], "i4,f8"),
     np.array([(1, 2.0)], "i4,f8")[0], namedtuple("Two", "a b")(1, 2), OrderedDict(a=1), object(),
     {"a": [np.zeros((200, 200))[:, 0]]}, {1, 2}],
    ids=["column", "masked", "objects", "nothing", "records", "record", "named", "ordered", "object", "within", "set"],
)  # fmt: skip
def test_what_would_come_back_otherwise_is_refused(value: Any) -> None:
    """A view that reaches over much, subclasses, and what needs a pickle are not written."""
    with pytest.raises(InexactError):
        freeze(value)


def test_digests_tell_apart_what_computes_otherwise() -> None:
    """2 and 2.0, one dtype and another, a shape and another, 0.0 and -0.0, a list and a tuple."""
    zeros = [np.zeros(4, "u1"), np.zeros(4, "i1"), np.zeros((2, 2), "u1"), np.zeros(1, "f4"), np.zeros(4, ">u2")]
    values = [2, 2.0, True, 1, "2", (1,), [1], 0.0, -0.0, np.float32(2), np.float64(2), *zeros, -zeros[3]]
    assert len({digest_of(value) for value in values}) == len(values)
