"""Documents in files: which format they have, read as far as a document may go, and written whole or not at all."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
import stat
from pathlib import Path
from typing import BinaryIO, Final

from pipeline_schema.codec.formats import Format
from pipeline_schema.errors import OutputError, UsageError
from pipeline_schema.limits import MAX_BYTES

__all__ = ["SUFFIXES", "DocumentExistsError", "format_of", "read_file", "read_stream", "write_file"]

SUFFIXES: Final[dict[str, Format]] = {".json": "json", ".yaml": "yaml", ".yml": "yaml", ".msgpack": "msgpack"}


class DocumentExistsError(OutputError, FileExistsError):
    """There is a file of this name already. Facts: ``path``."""


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
        If it can't be read, or is a pipe or a device: opening one may wait for ever, or do things.
    """
    mode = path.stat().st_mode
    if not stat.S_ISREG(mode) and not stat.S_ISDIR(mode):
        raise OSError(errno.EINVAL, "it is a pipe or a device, and no file")
    with path.open("rb") as stream:
        return read_stream(stream)


def read_stream(stream: BinaryIO) -> bytes:
    """What a stream gives until it ends, up to one byte more than a document may have: some never end."""
    data = bytearray()
    while len(data) <= MAX_BYTES and (more := stream.read(MAX_BYTES + 1 - len(data))):
        data += more
    return bytes(data)


def write_file(path: Path, data: bytes, *, replace: bool = False) -> None:
    """Write a document, so that a reader finds all of it or what was there before.

    Raises
    ------
    DocumentExistsError
        If the file is there and `replace` is false.
    OutputError
        If it can't be written.
    """
    try:
        # A link is followed: what it points to is replaced, not the link.
        target = Path(os.path.realpath(path))
        if target.exists() and not replace:
            raise FileExistsError
        _write_whole(target, data, replace=replace)
    except FileExistsError as error:
        raise DocumentExistsError(f"{path} is there already", path=str(path)) from error
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise OutputError(f"{path} can't be written: {why}", path=str(path)) from error


def _write_whole(target: Path, data: bytes, *, replace: bool) -> None:
    part = target.with_name(f".{target.name[:100]}-{secrets.token_hex(4)}.part")
    try:
        with part.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            shutil.copymode(target, part)
        if replace or not _link(part, target):
            part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def _link(part: Path, target: Path) -> bool:
    """Give the file its name, unless another has taken it meanwhile; False where files can't have two names."""
    try:
        os.link(part, target)
    except FileExistsError:
        raise
    except (OSError, AttributeError, NotImplementedError):
        return False
    return True
