"""Marks: kept on the function, which stays what it is."""

import functools
import pickle

import pytest

from registry.errors import ArgumentError
from registry.marking import Mark, mark, mark_of, said_of

NOTHING = {
    "key": None, "memory_type": None, "kind": None, "flow": None, "outputs": None, "traits": (), "extras": None,
}  # fmt: skip


def test_a_mark_is_found_on_the_function_and_on_what_wraps_it():
    """`functools.wraps` copies it; a function without one has none."""

    def function(image): ...

    assert mark_of(function) is None
    mark(function, Mark(kind="labels"))
    assert mark_of(function) == Mark(kind="labels")
    assert mark_of(functools.wraps(function)(lambda image: image)) == Mark(kind="labels")
    assert mark_of(3) is None


def test_a_mark_crosses_processes():
    """It is part of an origin."""
    said = said_of(**NOTHING | {"outputs": {"a": "mask"}, "extras": {"x": 1}})
    assert pickle.loads(pickle.dumps(said)) == said


def test_words_are_looked_over():
    """With those that are known."""
    with pytest.raises(ArgumentError, match="kind is 'picture'; known are image, labels"):
        said_of(**NOTHING | {"kind": "picture"})
