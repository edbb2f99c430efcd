"""What people and programs see: text from documents made harmless, JSON written as one value."""

from __future__ import annotations

import contextlib
import sys
import unicodedata
from collections.abc import Iterator
from typing import Any, Literal

import msgspec

__all__ = ["Format", "aside", "plain", "print_json"]

Format = Literal["text", "json"]


def plain(text: str) -> str:
    """The text with control characters shown escaped: a document's names must not drive a terminal."""
    return "".join(
        character if character in "\n\t" or unicodedata.category(character)[0] != "C" else f"\\u{ord(character):04x}"
        for character in text
    )


@contextlib.contextmanager
def aside() -> Iterator[None]:
    """Send what others print meanwhile (a plugin, a user's file) to stderr: stdout is for the answer."""
    with contextlib.redirect_stdout(sys.stderr):
        yield


def print_json(value: Any) -> None:
    """Write one JSON value and nothing else."""
    encoded = msgspec.json.format(msgspec.json.encode(value, order="deterministic"), indent=2)
    print(encoded.decode())
