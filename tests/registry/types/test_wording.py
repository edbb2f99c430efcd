"""Types in words."""

from __future__ import annotations

import pytest

from registry.types.wording import listing, worded


@pytest.mark.parametrize(
    ("types", "words"),
    [
        (("int",), "an integer"),
        (("int", "float"), "a number"),
        (("float", "complex"), "a number"),
        (("bool", "none"), "true or false or null"),
        (("float", "sequence[float, 2]"), "a number or a list of 2 numbers"),
        (("sequence",), "a list"),
        (("sequence[any, 2]",), "a list of 2 items"),
        (("sequence[sequence[int, 2]]",), "a list of lists of 2 integers"),
        (("sequence[int|none]", "str", "array"), "a list of integers or null, a text or an array"),
        (("any",), ""),
    ],
)
def test_types_are_said_in_words(types: tuple[str, ...], words: str) -> None:
    """A message says what may be given, shortest where one type takes in another."""
    assert listing(worded(types)) == words
