"""Documents in files: read as far as a document may go, whatever the file."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

from pipeline_schema.limits import MAX_BYTES

__all__ = ["read_file", "read_stream"]


def read_file(path: Path) -> bytes:
    """What a file holds, up to one byte more than a document may have; `loads` refuses it then.

    Raises
    ------
    OSError
        If it can't be read.
    """
    with path.open("rb") as stream:
        return read_stream(stream)


def read_stream(stream: BinaryIO) -> bytes:
    """What a stream gives until it ends, up to one byte more than a document may have: some never end."""
    data = bytearray()
    while len(data) <= MAX_BYTES and (more := stream.read(MAX_BYTES + 1 - len(data))):
        data += more
    return bytes(data)
