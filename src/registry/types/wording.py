"""Types in words, for messages: "a number or a list of 2 integers"."""

from __future__ import annotations

from collections.abc import Iterable

from registry.types.grammar import ANY, items_of

__all__ = ["listing", "worded"]

# One, and several.
_PHRASES = {
    "bool": ("true or false", "true or false"),
    "int": ("an integer", "integers"),
    "float": ("a number", "numbers"),
    "complex": ("a number", "numbers"),
    "str": ("a text", "texts"),
    "none": ("null", "null"),
    "array": ("an array", "arrays"),
    "dict": ("an object", "objects"),
    "callable": ('a function ({"$function": KEY})', "functions"),
    "dtype": ("a dtype", "dtypes"),
    "rng": ('a generator ({"$rng": SEED})', "generators"),
    "slice": ('a slice ({"$slice": [START, STOP, STEP]})', "slices"),
}


def worded(types: Iterable[str], *, several: bool = False) -> list[str]:
    """Each type in words, without those that another takes in.

    Parameters
    ----------
    types : iterable of str
    several : bool
        Whether many of them are spoken of.
    """
    words = [word for word in types if word != "any"]
    if "float" in words or "complex" in words:
        words = [word for word in words if word != "int"]
    phrases = [_PHRASES[word][several] if word in _PHRASES else _sequence(word, several) for word in words]
    return list(dict.fromkeys(phrases))


def listing(phrases: list[str]) -> str:
    """``a, b or c``."""
    return ", ".join(phrases[:-1]) + " or " + phrases[-1] if len(phrases) > 1 else "".join(phrases)


def _sequence(word: str, several: bool) -> str:
    items = items_of(word)
    assert items is not None, word
    count = "" if items.length is None else f"{items.length} "
    named = "lists" if several else "a list"
    if items.types == ANY:
        return f"{named} of {items.length} items" if count else named
    return f"{named} of {count}{listing(worded(items.types, several=True))}"
