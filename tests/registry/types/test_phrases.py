"""Type phrases: read as numpydoc and those who follow it loosely write them."""

from __future__ import annotations

from typing import Any

import pytest

from registry.types import ARRAY_LIKE
from registry.types.phrases import read_phrase


@pytest.mark.parametrize(
    ("phrase", "types"),
    [
        ("int, optional", ("int",)),
        ("float or None, optional", ("float", "none")),
        ("float, optional, in interval [0, 1]", ("float",)),
        ("float, optional, between 0 and 1", ("float",)),
        ("int, optional (default: 64)", ("int",)),
        ("bool, default True", ("bool",)),
        ("{float, tuple of floats}, optional", ("float", "sequence[float]")),
        ("int or sequence of int", ("int", "sequence[int]")),
        ("(None, data-type, array_like), optional", ("bool", "float", "complex", "str", "none", "array", "dtype")),
        ("tuple of int or float", ("int", "float", "sequence[int|float]")),
        ("tuple of ints, int, or False, optional", ("bool", "int", "sequence[int]")),
        ("2-tuple of floats, optional", ("sequence[float, 2]",)),
        ("tuple of 3 floats", ("sequence[float, 3]",)),
        ("length-3 sequence, optional", ("sequence[any, 3]",)),
        ("iterable of length 2", ("sequence[any, 2]",)),
        ("2-tuple (int, int), optional", ("sequence[int, 2]",)),
        ("(float, float), optional", ("sequence[float, 2]",)),
        ("tuple of length D", ("sequence",)),
        ("tuple (rows, cols), optional", ("sequence",)),
        ("tuple[int, ...]", ("int", "sequence[int]")),
        ("list of 2-tuple (a, b) where a < b.", ("sequence[sequence[any, 2]]",)),
        ("str or list of str or None, optional", ("str", "none", "sequence[str]")),
        ("ndarray", ("array",)),
        ("(M, N[, P]) ndarray", ("array",)),
        ("(M[, N[, ..., P]][, C]) ndarray", ("array",)),
        ("ndarray, shape (M, N[, P[, ...]])", ("array",)),
        ("(M, N) or (L, M, N) array", ("array",)),
        ("2D or 3D ndarray", ("array",)),
        ("(N, 2) array_like", ARRAY_LIKE),
        ("array of int or bool", ("array",)),
        ("ndarray of bools or 0s and 1s, optional", ("array",)),
        ("array, any shape, real", ("array",)),
        ("float, or array of same shape as ``image``", ("float", "array")),
        ("list of ndarray", ("sequence[bool|float|complex|array]",)),
        ("scalar or sequence of scalars", ("float", "complex", "sequence[float|complex]")),
        ("dict, optional", ("dict",)),
        ("np.dtype or string", ("str", "dtype")),
        ("data-type, optional", ("str", "dtype")),
        ("{`numpy.random.Generator`, int}, optional", ("int", "rng")),
        (":class:`numpy.random.Generator` or int", ("int", "rng")),
        ("str or callable", ("str", "callable")),
        ("float or Callable[[array[float]], float]", ("float", "callable")),
        ("slice, int, array-like of ints or bools", ("bool", "int", "float", "complex", "array", "slice")),
        ("int, {1, 2, ..., ar.ndim}, optional", ("int",)),
        ("array_like or poly1d object", ARRAY_LIKE),
        ("RAG", ()),
        ("whatever fits", ("any",)),
        ("int or whatever fits", ("any",)),
    ],
)
def test_phrases_are_understood(phrase: str, types: tuple[str, ...]) -> None:
    """A phrase names types; remarks name none, objects no plain value, and what is not understood anything."""
    read = read_phrase(phrase)
    assert read is not None
    assert read.types == types


@pytest.mark.parametrize("phrase", ["", "optional", "see `numpy.pad`, optional"])
def test_a_phrase_may_say_nothing(phrase: str) -> None:
    """Nothing said is not the same as not understood: the default tells more then."""
    assert read_phrase(phrase) is None


@pytest.mark.parametrize(
    ("phrase", "values"),
    [
        ("{'reflect', 'constant'}, optional", ("reflect", "constant")),
        ("str {'default', 'ror', 'uniform'}, optional", ("default", "ror", "uniform")),
        ("string, one of {'overlay', 'avg'}", ("overlay", "avg")),
        ("string in {'thick', 'inner'}, optional", ("thick", "inner")),
        ("string, available options {'cg', 'bf'}", ("cg", "bf")),
        ("[ 'l1' | 'l2' | 'off' ], optional", ("l1", "l2", "off")),
        ("{'dilation'|'erosion'}, optional", ("dilation", "erosion")),
        ("{'raise' (default), 'wrap', 'clip'}, optional", ("raise", "wrap", "clip")),
        ("{'C', 'F', 'A', or 'K'}, optional", ("C", "F", "A", "K")),
        ("{None, 'sequence'}, optional", ("sequence",)),
        ("{False, True, 'greedy'}", ("greedy",)),
        ("{1, 2}, optional", (1, 2)),
        ("4 or 8, optional", (4, 8)),
        ("{'chessboard', 'taxicab'} or array_like", ("chessboard", "taxicab")),
        ("float or array-like of floats or 'mean'", ("mean",)),
        ("{'euclidean', 'hamming', ...}", ()),
        ("{'nearest', 'mirror','wrap}, optional", ()),
        ("{rectangle, circle, None} str, optional", ()),
    ],
)
def test_lists_of_values_are_read(phrase: str, values: tuple[Any, ...]) -> None:
    """Documented values are known where the list is whole; an open or misspelled list closes nothing."""
    read = read_phrase(phrase)
    assert read is not None
    assert read.values == values
    assert "any" not in read.types
