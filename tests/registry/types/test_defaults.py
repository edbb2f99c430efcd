"""Defaults: written as a document would write them."""

import math

import numpy as np
import pytest

from registry.types import UnwritableError, write_default
from registry.types.defaults import type_of


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (None, None),
        (True, True),
        (3, 3),
        (2**70, {"$int": str(2**70)}),
        (1.5, 1.5),
        (math.inf, {"$float": "inf"}),
        (-math.inf, {"$float": "-inf"}),
        ((1, (2, "a")), [1, [2, "a"]]),
        ([1, 2], {"$list": [1, 2]}),
        ({"a": (1,)}, {"a": [1]}),
        ({"$a": 1}, {"$dict": [["$a", 1]]}),
        (1 + 2j, {"$complex": [1.0, 2.0]}),
        (slice(None, 3), {"$slice": [None, 3, None]}),
        (range(1, 10, 2), {"$range": [1, 10, 2]}),
        (np.float32(0.5), 0.5),
        (np.uint8, {"$dtype": "uint8"}),
        (float, {"$dtype": "float64"}),
        (np.dtype("complex64"), {"$dtype": "complex64"}),
    ],
)
def test_defaults_are_written_as_a_document_would(value, written):
    """A default stands in the catalog in the notation of documents, ints and bools apart."""
    result = write_default(value)
    assert result == written
    assert type(result) is type(written)


def test_nan_is_written_by_name():
    """NaN is no JSON."""
    assert write_default(math.nan) == {"$float": "nan"}


@pytest.mark.parametrize("value", [len, object(), str, np.dtype("O")])
def test_what_a_document_cannot_say_is_refused(value):
    """A function or an object is not written by its repr."""
    with pytest.raises(UnwritableError):
        write_default(value)


@pytest.mark.parametrize(
    ("value", "types"),
    [
        (np.uint8, ("str", "dtype")),
        (np.float32(1), ("float",)),
        ((1, 2.5), ("sequence[int|float]",)),
        ([], ("sequence",)),
        (range(3), ("sequence[int]",)),
        (len, ("callable",)),
        (object(), ("any",)),
    ],
)
def test_the_type_of_a_default(value, types):
    """A default says what is taken besides what is documented."""
    assert type_of(value) == types
