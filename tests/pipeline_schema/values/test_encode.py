"""Writing values in the document's notation."""

from __future__ import annotations

import functools
import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as npst

from pipeline_schema.errors import DocumentError
from pipeline_schema.limits import MAX_STRING, MAX_VALUES
from pipeline_schema.problems import Problem
from pipeline_schema.values import Array, Call, DType, File, FunctionRef, Rng, encode, parse
from pipeline_schema.values.records import DTYPES
from registry.resolver import resolve

TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=8)
BOUND = st.integers(-(2**70), 2**70)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers(-(2**200), 2**200)
    | st.floats(allow_nan=False)
    | st.complex_numbers(allow_nan=False)
    | TEXT
    | st.binary(max_size=8)
    | st.builds(slice, st.none() | BOUND, st.none() | BOUND, st.none() | BOUND.filter(bool))
    | st.builds(
        lambda start, count, step: range(start, start + count * step, step),
        BOUND,
        st.integers(-2, MAX_VALUES),
        BOUND.filter(bool),
    )
    | st.just(...)
)
RECORDS = (
    st.builds(DType, st.sampled_from(sorted(DTYPES)))
    | st.builds(Rng, st.integers(0, 2**64 - 1))
    | st.builds(File, st.just("a/b.npy"), st.just("0" * 64))
)
KEYS = TEXT | st.integers(-5, 5) | st.booleans() | st.none() | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    SCALARS | RECORDS,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(KEYS, inner, max_size=3)
        | st.dictionaries(st.just("$call") | TEXT, inner, max_size=2)
        | st.builds(Call, st.just("a:b"), st.dictionaries(st.sampled_from("abc"), inner, max_size=2))
        | st.builds(FunctionRef, st.just("a:b"), st.dictionaries(st.sampled_from("abc"), inner, max_size=2))
    ),
    max_leaves=12,
)
ARRAYS = st.sampled_from(sorted(DTYPES)).flatmap(
    lambda name: npst.arrays(np.dtype(name), npst.array_shapes(min_dims=0, max_dims=4, min_side=0, max_side=8))
)


def through_json(plain: Any) -> Any:
    problems: list[Problem] = []
    value = parse(json.loads(json.dumps(plain, allow_nan=False)), problems)
    assert not problems
    return value


def same(first: Any, second: Any) -> bool:
    """Equal, and of the same types all through: True is not 1, 2 is not 2.0, -0.0 is not 0.0."""
    return repr(first) == repr(second) and first == second


@given(VALUES)
def test_what_is_written_is_read_back_the_same(value: Any) -> None:
    """Any value survives being written and read, types, signs of zero and all."""
    assert same(through_json(encode(value, exact=True)), value)


@given(VALUES)
def test_writing_what_was_read_is_a_fixed_point(value: Any) -> None:
    """A value has one spelling: written, read and written again it is the same text."""
    plain = encode(value, exact=True)
    assert encode(through_json(plain), exact=True) == plain


@given(VALUES)
def test_the_notation_passes_through(value: Any) -> None:
    """What is in the document's notation already is a constant as it stands."""
    plain = encode(value, exact=True)
    assert same(encode(plain), plain)


@given(ARRAYS)
def test_arrays_survive_bit_for_bit(array: np.ndarray[Any, Any]) -> None:
    """dtype, shape and every bit of an array come back, NaN and -0.0 too."""
    record = through_json(encode(array))
    assert isinstance(record, Array)
    assert (record.dtype, record.shape, record.data) == (array.dtype.name, array.shape, array.tobytes())


@pytest.mark.parametrize(
    "array",
    [
        np.arange(12, dtype=">u2").reshape(3, 4),
        np.asfortranarray(np.arange(12, dtype=np.float32).reshape(3, 4)),
        np.arange(24, dtype=np.int64).reshape(4, 6)[::2, ::-3],
    ],
)
def test_memory_layout_is_no_part_of_a_value(array: np.ndarray[Any, Any]) -> None:
    """Big-endian, Fortran and strided arrays are written in C order, little endian."""
    record = through_json(encode(array))
    dtype = np.dtype(record.dtype).newbyteorder("<")
    np.testing.assert_array_equal(np.frombuffer(record.data, dtype).reshape(record.shape), array)


def test_small_arrays_are_readable_and_large_ones_compact() -> None:
    """A kernel is written as the lists that people know."""
    assert encode(np.eye(2, dtype=np.uint8))["$array"]["data"] == [[1, 0], [0, 1]]
    assert "base64" in encode(np.zeros(1000))["$array"]


def test_an_array_in_the_notation_has_the_room_of_one_that_is_not() -> None:
    """Written, read and written again: a flat field of 100x100 is more than a string may be, and no string."""
    flat = np.random.default_rng(0).random((100, 100))
    plain = encode(flat)
    assert len(plain["$array"]["base64"]) > MAX_STRING
    nested = {"$call": "a:b", "params": {"x": {"$list": [plain]}}}
    assert encode(plain) == plain
    assert encode(nested) == nested
    for elsewhere in ({"base64": "A" * (MAX_STRING + 1)}, {"$bytes": "A" * (MAX_STRING + 1)}):
        with pytest.raises(DocumentError, match="longer than"):
            encode(elsewhere)


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        ([1, (2,)], [1, [2]]),
        (np.float32(0.5), {"$array": {"dtype": "float32", "shape": [], "data": 0.5}}),
        (np.uint8(7), {"$array": {"dtype": "uint8", "shape": [], "data": 7}}),
        (np.bool_(True), True),
        (np.float64(2), {"$array": {"dtype": "float64", "shape": [], "data": 2.0}}),
        ({np.int64(1): 2}, {"$dict": [[1, 2]]}),
        (np.dtype(">f4"), {"$dtype": "float32"}),
        (np.uint16, {"$dtype": "uint16"}),
        (float, {"$dtype": "float64"}),
        (slice(np.int64(1), None), {"$slice": [1, None, None]}),
        ({1: 2}, {"$dict": [[1, 2]]}),
        (Call("a:b", {"x": [1]}), {"$call": "a:b", "params": {"x": {"$list": [1]}}}),
    ],
)
def test_python_values_of_params_are_written(value: Any, plain: Any) -> None:
    """What people put into params becomes the notation that means it."""
    written = encode(value)
    assert written == plain
    assert type(written) is type(plain)


def test_registered_functions_are_written_by_their_key() -> None:
    """A callable of the registry, also with keywords bound, is the name it was resolved from."""
    mean = resolve("numpy:mean")
    assert encode(mean) == {"$function": "numpy:mean"}
    assert encode(functools.partial(mean, axis=(0, 1))) == {"$function": "numpy:mean", "params": {"axis": [0, 1]}}


@pytest.mark.parametrize(
    ("value", "word"),
    [
        (object(), "builtins.object"),
        ({1, 2}, "builtins.set"),
        (len, "$function"),
        (lambda image: image, "$function"),
        (np.random.default_rng(1), "$rng"),
        (np.array([None]), "dtype object"),
        (np.array(["a"]), "dtype <U1"),
        (np.ma.masked_array([1], [True]), "masked"),
        (np.dtype("datetime64[s]"), "datetime64"),
        ("\ud800", "surrogate"),
        ("a" * 65_537, "longer"),
        pytest.param(10**5000, "digits", id="10**5000"),
        ({(1, 2): 3}, "key"),
        ({float("inf"): 3}, "key"),
        (slice("a", None), "slice"),
        (resolve("numpy:mean", dtype="uint8", scale="cast"), "options"),
    ],
)
def test_what_can_not_be_written_is_refused_by_name_and_place(value: Any, word: str) -> None:
    """Nothing is written by its repr: the error says what it is, where it stands, and what to write instead."""
    with pytest.raises(DocumentError) as caught:
        encode({"a": [0, value]}, ("steps", 0, "params", "p"), step="s", parameter="p")
    (problem,) = caught.value.problems
    assert word in problem.message
    assert (problem.code, problem.pointer) == ("invalid-value", "/steps/0/params/p/a/1")
    assert (problem.step, problem.parameter) == ("s", "p")


def test_a_value_that_holds_itself_is_refused() -> None:
    """A circle is an error with a name, not a crash."""
    value: list[Any] = []
    value.append(value)
    with pytest.raises(DocumentError, match="hold themselves"):
        encode(value)


def test_nan_survives() -> None:
    """NaN, which equals nothing, is read back as NaN."""
    assert math.isnan(through_json(encode(math.nan)))
    assert math.isnan(through_json(encode(complex(math.nan, 1))).real)


def test_a_wrapper_of_a_registered_function_is_not_taken_for_it() -> None:
    """What wraps a function does something else: the document may not name what it wraps."""
    blur = resolve("skimage:filters.gaussian")
    twice = functools.wraps(blur)(lambda *args: 2 * blur(*args))
    with pytest.raises(DocumentError, match="can't be written"):
        encode(twice)
