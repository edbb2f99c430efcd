"""What people and programs see: text from documents made harmless, JSON written as one value."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Iterator
from typing import Any, Literal

import msgspec

from pipeline_schema.escapes import plain

__all__ = ["Format", "aside", "plain", "print_json"]

Format = Literal["text", "json"]


@contextlib.contextmanager
def aside() -> Iterator[None]:
    """Send what others print meanwhile (a plugin, a user's file) to stderr: stdout is for the answer."""
    with contextlib.redirect_stdout(sys.stderr):
        yield


def print_json(value: Any) -> None:
    """Write one JSON value and nothing else."""
    encoded = msgspec.json.format(msgspec.json.encode(value, order="deterministic"), indent=2)
    print(encoded.decode())
