"""Types: read from plain phrases, and never narrower than the default."""

import inspect
import math
from typing import Optional

import numpy as np
import pytest

from registry.catalog import load_catalog
from registry.types import UnwritableError, accepted, is_array_phrase, write_default

EMPTY = inspect.Parameter.empty


@pytest.mark.parametrize(
    ("phrase", "types"),
    [
        ("int, optional", ("int",)),
        ("float or None, optional", ("float", "none")),
        ("scalar or sequence of scalars", ("float", "sequence")),
        ("int or sequence of int", ("int", "float", "sequence")),
        ("bool, default True", ("bool",)),
        ("(M, N) ndarray of dtype bool", ("array", "sequence")),
        ("array_like", ("any",)),
        ("dict, optional", ("dict",)),
        ("np.dtype or string", ("str", "dtype")),
        ("RAG", ("any",)),
        ("float, optional, between 0 and 1", ("any",)),
        ("", ("any",)),
    ],
)
def test_plain_phrases_are_understood(phrase, types):
    """A phrase of the grammar names types; any other accepts everything."""
    assert accepted(phrase, EMPTY, EMPTY).types == types


@pytest.mark.parametrize(
    ("phrase", "default", "types"),
    [
        ("int, optional", None, ("int", "none")),
        ("int, optional", math.inf, ("int", "float")),
        ("float, optional", "auto", ("float", "str")),
        ("tuple of int", (1, 2), ("float", "sequence")),
        ("int", np.float64(2.0), ("int", "float")),
        ("int", len, ("any",)),
    ],
)
def test_the_default_is_always_taken(phrase, default, types):
    """What the signature states is accepted, whatever the documentation forgot."""
    assert accepted(phrase, EMPTY, default).types == types


def test_a_length_may_be_a_fraction():
    """Lengths documented as int are computed with as numbers; counts are not."""
    assert accepted("int", EMPTY, EMPTY, name="radius").types == ("int", "float")
    assert accepted("int", EMPTY, EMPTY, name="num_iter").types == ("int",)


def test_annotations_go_before_words():
    """A plain annotation says more than a phrase; Optional adds none; one in quotes says nothing."""
    assert accepted("str", float, EMPTY).types == ("float",)
    assert accepted("", Optional[int], None).types == ("int", "none")  # noqa: UP045
    assert accepted("int", "float", EMPTY).types == ("int",)


def test_lower_case_choices_close_the_list():
    """Documented choices are kept where the default is one of them."""
    assert accepted("{'zhang', 'lee'}, optional", EMPTY, None) == (("str", "none"), ("zhang", "lee"))
    assert accepted("{'zhang', 'lee'}, optional", EMPTY, "other") == (("any",), ())


def test_choices_that_a_library_may_fold_stay_open():
    """Upper case is often folded by the library: such a list refuses nothing."""
    assert accepted('{"D50", "D65"}, optional', EMPTY, "D65") == (("any",), ())


def test_modes_of_ndimage_take_those_that_scipy_adds():
    """scikit-image documents five modes and hands all to scipy, which knows eight."""
    phrase = "{'reflect', 'constant', 'nearest', 'mirror', 'wrap'}, optional"
    assert "grid-wrap" in accepted(phrase, EMPTY, "nearest").choices


@pytest.mark.parametrize("phrase", ["(M, N) ndarray", "array_like, optional", "2-D array", "list of ndarray"])
def test_phrases_of_arrays_are_recognised(phrase):
    """Whoever documents an array in one of numpydoc's ways gets a data parameter."""
    assert is_array_phrase(phrase)


@pytest.mark.parametrize("phrase", ["int", "tuple of int", "RAG", "", "dtype"])
def test_other_phrases_are_no_arrays(phrase):
    """Numbers, shapes and objects are parameters."""
    assert not is_array_phrase(phrase)


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


@pytest.mark.parametrize("library", ["builtin", "numpy", "pyclesperanto", "scipy", "skimage"])
def test_every_shipped_default_is_of_an_accepted_type(library):
    """All defaults of all shipped catalogs are accepted by the types of their own parameter."""
    words = {bool: "bool", int: "int", float: "float", str: "str", type(None): "none", list: "sequence"}
    tags = {"$float": "float", "$list": "sequence", "$dtype": "dtype", "$dict": "dict"}
    checked = 0
    for entry in load_catalog(library).entries:
        for parameter in entry.parameters:
            if parameter.required or parameter.kind.startswith("var_") or parameter.types == ("any",):
                continue
            value = parameter.default
            word = tags.get(next(iter(value), ""), "dict") if isinstance(value, dict) else words[type(value)]
            assert {word, "float" if word == "int" else word} & set(parameter.types), (entry.key, parameter)
            checked += 1
    assert checked > 5
