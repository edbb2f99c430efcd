"""Documents in files: which format they have, read as far as a document may go, whatever the file."""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO, Final

from pipeline_schema.codec.formats import Format
from pipeline_schema.errors import UsageError
from pipeline_schema.limits import MAX_BYTES

__all__ = ["SUFFIXES", "format_of", "read_file", "read_stream"]

SUFFIXES: Final[dict[str, Format]] = {".json": "json", ".yaml": "yaml", ".yml": "yaml", ".msgpack": "msgpack"}


def format_of(path: str | Path) -> Format:
    """The format that a file's name says: ``.json``, ``.yaml``, ``.yml`` or ``.msgpack``. What it holds says nothing.

    Raises
    ------
    UsageError
        If its suffix is none of these.
    """
    suffix = Path(path).suffix.lower()
    if suffix not in SUFFIXES:
        raise UsageError(f"{path} says no format; the name of a document ends with .pipeline and {', '.join(SUFFIXES)}")
    return SUFFIXES[suffix]


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
