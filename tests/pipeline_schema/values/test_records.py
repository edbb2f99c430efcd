"""Inert records."""

from __future__ import annotations

import pickle

import pytest

from pipeline_schema.values import Array, Call, DType, File, FunctionRef, Rng


@pytest.mark.parametrize(
    "record",
    [Array("uint8", (2,), b"ab"), Call("a:b", {"x": 1}), DType("bool"), File("a.npy", "0"), FunctionRef("a:b"), Rng(1)],
)
def test_records_are_plain_data(record: object) -> None:
    """A record is rebuilt equal by its repr and by pickle."""
    names = {kind.__name__: kind for kind in (Array, Call, DType, File, FunctionRef, Rng)}
    assert eval(repr(record), names) == record
    assert pickle.loads(pickle.dumps(record)) == record


@pytest.mark.parametrize(("dtype", "data"), [("uint16", b"abc"), ("object", b"abcdefgh")])
def test_an_array_is_as_long_as_it_says(dtype: str, data: bytes) -> None:
    """A record whose bytes don't fit its shape, or of a dtype that is none, can't be made."""
    with pytest.raises(ValueError, match=dtype):
        Array(dtype, (1,), data)
