"""The words of numpydoc's type phrases, and the type that each names."""

from __future__ import annotations

import re

__all__ = ["ARRAY_LIKE", "is_array_phrase", "read_word", "unmark"]

# What NumPy makes an array of: numbers as well as lists of them.
ARRAY_LIKE = ("bool", "float", "complex", "array")

_DTYPE = ("str", "dtype")
_SCALAR = ("float", "complex")
_WORDS: dict[str, tuple[str, ...]] = {
    "any": ("any",),
    "bool": ("bool",),
    "boolean": ("bool",),
    "complex": ("complex",),
    "data-type": _DTYPE,
    "dict": ("dict",),
    "dictionary": ("dict",),
    "double": ("float",),
    "dtype": _DTYPE,
    "dtype object": _DTYPE,
    "dtype specifier": _DTYPE,
    "float": ("float",),
    "function": ("callable",),
    "generator": ("rng",),
    "int": ("int",),
    "integer": ("int",),
    "none": ("none",),
    "np.complex128": _DTYPE,
    "np.complex64": _DTYPE,
    "np.dtype": _DTYPE,
    "np.random.generator": ("rng",),
    "number": ("float",),
    "numpy data type": _DTYPE,
    "numpy.dtype": _DTYPE,
    "numpy.random.generator": ("rng",),
    "numpy.random.randomstate": ("rng",),
    "origin": ("int", "sequence"),
    "positive integer": ("int",),
    "randomstate": ("rng",),
    "real": ("float",),
    "scalar": _SCALAR,
    "slice": ("slice",),
    "str": ("str",),
    "string": ("str",),
    "structure element": ARRAY_LIKE,
    "table": ("dict",),
    "uint": ("int",),
    "uint8": ("int",),
    "unsigned int": ("int",),
    "unsigned integer": ("int",),
    "0s and 1s": ("int",),
    "0's and 1's": ("int",),
}
_CALLABLE = re.compile(r"callables?\b.*")
# What only a call makes, and no plain value stands for.
_OBJECT = re.compile(r".*\bobject|poly1d|rag|device")
_ARRAY = re.compile(r"\b(?:nd)?arrays?\b|\barray[ _-]likes?\b|^image$")
_LIKE = re.compile(r"\barray[ _-]like")

_ROLE = re.compile(r":\w+:`~?\.?([^`]*)`")
_MARKS = str.maketrans({"\u2018": "'", "\u2019": "'", "\u201c": '"', "\u201d": '"', "`": None})
_ABOUT_DEFAULT = re.compile(
    r"\(defaults?[^()]*\)|[(,;]?\s*(?<!['\"])\bdefaults?\b.*$|\(=[^()]*\)|[,(]?\s*\boptional\b\)?\.?", re.IGNORECASE
)


def is_array_phrase(phrase: str) -> bool:
    """Whether a type phrase of a documentation speaks of an array, or of several."""
    return bool(_ARRAY.search(unmark(phrase).lower()))


def unmark(phrase: str) -> str:
    """A phrase without its mark-up, and without what it says about being optional."""
    plain = _ROLE.sub(r"\1", phrase).translate(_MARKS)
    return _ABOUT_DEFAULT.sub("", plain).strip(" .,;")


def read_word(text: str) -> tuple[str, ...] | None:
    """The types of a word, or of words that name one thing; None for those that are not known.

    Returns
    -------
    tuple of str, or None
        Empty for objects, which no plain value stands for.
    """
    word = re.sub(r"^(?:an?|as) ", "", text.lower())
    types = _WORDS.get(word) or _WORDS.get(word.removesuffix("s"))
    if types is not None:
        return types
    if _CALLABLE.fullmatch(word):
        return ("callable",)
    if _ARRAY.search(word):
        return ARRAY_LIKE if _LIKE.search(word) else ("array",)
    return () if _OBJECT.fullmatch(word) else None
