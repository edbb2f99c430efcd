"""Inert records: values that a document names and only a plan can make.

They hold what the document says and do nothing: no file is opened, no function called, no array library imported.
"""

from __future__ import annotations

import math
from typing import Any, Final

import msgspec

__all__ = ["DTYPES", "MAX_DIMENSIONS", "Array", "Call", "DType", "File", "FunctionRef", "Rng"]

# Every dtype that a document can name: bytes of one element, and its letter in `struct` (complex has none).
DTYPES: Final[dict[str, tuple[int, str | None]]] = {
    "bool": (1, "?"),
    "uint8": (1, "B"),
    "uint16": (2, "H"),
    "uint32": (4, "I"),
    "uint64": (8, "Q"),
    "int8": (1, "b"),
    "int16": (2, "h"),
    "int32": (4, "i"),
    "int64": (8, "q"),
    "float16": (2, "e"),
    "float32": (4, "f"),
    "float64": (8, "d"),
    "complex64": (8, None),
    "complex128": (16, None),
}

# NumPy 1 has no more.
MAX_DIMENSIONS: Final = 32


class Array(msgspec.Struct, frozen=True):
    """An array (``$array``).

    Attributes
    ----------
    dtype : str
        One of `DTYPES`.
    shape : tuple of int
    data : bytes
        The elements in C order, little endian.

    Raises
    ------
    ValueError
        If `data` has not the length that `dtype` and `shape` say.
    """

    dtype: str
    shape: tuple[int, ...]
    data: bytes

    def __post_init__(self) -> None:
        if self.dtype not in DTYPES:
            raise ValueError(f"{self.dtype!r} is no dtype of a document; it is one of {', '.join(DTYPES)}")
        size = math.prod(self.shape) * DTYPES[self.dtype][0]
        if len(self.data) != size:
            raise ValueError(f"{self.dtype} of shape {self.shape} takes {size} bytes, not {len(self.data)}")


class File(msgspec.Struct, frozen=True):
    """An array in a file (``$file``).

    Attributes
    ----------
    path : str
        Relative to the document, with ``/``; ``.npy`` or ``.tif``.
    sha256 : str
        Of the file's bytes, 64 hexadecimal digits.
    """

    path: str
    sha256: str


class DType(msgspec.Struct, frozen=True):
    """A dtype (``$dtype``), one of `DTYPES`."""

    name: str


class Call(msgspec.Struct, frozen=True):
    """The result of a registered constructor (``$call``), for example of ``skimage:morphology.disk``.

    Attributes
    ----------
    key : str
    params : dict
        Values by parameter name.
    """

    key: str
    params: dict[str, Any] = {}


class FunctionRef(msgspec.Struct, frozen=True):
    """A registered function as a value (``$function``).

    Attributes
    ----------
    key : str
    params : dict
        Values that are bound to its parameters.
    """

    key: str
    params: dict[str, Any] = {}


class Rng(msgspec.Struct, frozen=True):
    """A random generator (``$rng``), made anew from its seed at each call of the step.

    Attributes
    ----------
    seed : int
        Not negative.
    """

    seed: int
