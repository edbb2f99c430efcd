"""Keys: ``<library>:<public.dotted.name>``, the only way in which a document names a function."""

from __future__ import annotations

import re
from typing import NamedTuple

from registry.errors import InvalidKeyError

__all__ = ["KEY_PATTERN", "MAX_KEY_LENGTH", "Key", "parse_key"]

MAX_KEY_LENGTH = 256

_PART = r"[A-Za-z][A-Za-z0-9_]*"
KEY_PATTERN = rf"({_PART}):({_PART}(?:\.{_PART})*)"
_KEY = re.compile(KEY_PATTERN, re.ASCII)


class Key(NamedTuple):
    """A key taken apart.

    Attributes
    ----------
    library : str
        A row of the table of libraries, for example ``skimage``.
    name : str
        The public dotted name below the library's root, for example ``filters.gaussian``.
    """

    library: str
    name: str

    @property
    def function_name(self) -> str:
        """The last part of the name, for example ``gaussian``."""
        return self.name.rpartition(".")[2]

    def __str__(self) -> str:
        return f"{self.library}:{self.name}"


def parse_key(text: str) -> Key:
    """Take a key apart.

    Parameters
    ----------
    text : str
        For example ``skimage:filters.gaussian``. Matched exactly: no case folding, no Unicode normalisation.

    Returns
    -------
    Key

    Raises
    ------
    InvalidKeyError
        If `text` is not spelled ``<library>:<public.dotted.name>`` in ASCII, has a part led by an underscore, or
        is longer than 256 characters.
    """
    match = _KEY.fullmatch(text) if isinstance(text, str) and len(text) <= MAX_KEY_LENGTH else None
    if match is None:
        text = str(text)
        shown = text if len(text) <= 80 else text[:77] + "..."
        raise InvalidKeyError(
            f"{shown!a} is not a function key; a key is written <library>:<public.dotted.name>, "
            f"for example skimage:filters.gaussian, in at most {MAX_KEY_LENGTH} ASCII characters",
            key=text,
        )
    return Key(match[1], match[2])
