"""Formats: which there are. Each is a module with the same three functions.

``decode(data, problems)`` gives plain values, ``encode_plain(plain)`` the text or bytes of some, ``place(problems,
data)`` the lines and columns of what is wrong. No format is ever guessed from what a file holds.
"""

from __future__ import annotations

from types import ModuleType
from typing import Final, Literal

from pipeline_schema.codec import json, msgpack, yaml

__all__ = ["FORMATS", "Format", "format_module"]

Format = Literal["json", "yaml", "msgpack"]

FORMATS: Final[dict[str, ModuleType]] = {"json": json, "yaml": yaml, "msgpack": msgpack}


def format_module(format: str) -> ModuleType:
    """The module of a format.

    Raises
    ------
    ValueError
        If there is none of this name.
    """
    if format not in FORMATS:
        raise ValueError(f"format is {format!r}; a document is read and written as {', '.join(FORMATS)}")
    return FORMATS[format]
