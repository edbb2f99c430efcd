"""Words of type phrases."""

from __future__ import annotations

import pytest

from registry.types import is_array_phrase
from registry.types.vocabulary import unmark


@pytest.mark.parametrize("phrase", ["(M, N) ndarray", "array_like, optional", "2-D array", "list of ndarray", "image"])
def test_phrases_of_arrays_are_recognised(phrase: str) -> None:
    """Whoever documents an array in one of numpydoc's ways gets a data parameter."""
    assert is_array_phrase(phrase)


@pytest.mark.parametrize("phrase", ["int", "tuple of int", "RAG", "", "dtype", "image type"])
def test_other_phrases_are_no_arrays(phrase: str) -> None:
    """Numbers, shapes and objects are parameters."""
    assert not is_array_phrase(phrase)


@pytest.mark.parametrize(
    ("phrase", "plain"),
    [
        ("``int``, optional", "int"),
        (":class:`~numpy.ndarray`", "numpy.ndarray"),
        ("{'default', 'ror'}, optional", "{'default', 'ror'}"),
        ("bool (default: False)", "bool"),
        ("float, optional (default is 4.0)", "float"),
    ],
)
def test_mark_up_and_defaults_are_taken_off(phrase: str, plain: str) -> None:
    """What remains says the type, and a value that is spelled ``default`` stays one."""
    assert unmark(phrase) == plain
