"""Documents on disk: read whole, and written whole or not at all."""

from __future__ import annotations

import os
import secrets
import shutil
from pathlib import Path

from pipeline_schema.codec import loads
from pipeline_schema.codec.files import read_file
from pipeline_schema.document import Pipeline
from pipeline_schema.errors import OutputError

__all__ = ["DocumentExistsError", "open_document", "save_text"]


class DocumentExistsError(OutputError, FileExistsError):
    """There is a file of this name already. Facts: ``path``."""


def open_document(path: Path) -> Pipeline | None:
    """Read a document; None if there is no such file yet.

    Raises
    ------
    DocumentError
        If it can't be read as one; with all problems.
    OSError
        If the file can't be read.
    """
    try:
        text = read_file(path)
    except FileNotFoundError:
        return None
    return loads(text)


def save_text(path: Path, text: str, *, replace: bool = False) -> None:
    """Write a text as UTF-8, so that a reader finds all of it or what was there before.

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
            raise DocumentExistsError(f"{path} is there already", path=str(path))
        _write_whole(target, text.encode())
    except DocumentExistsError:
        raise
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise OutputError(f"{path} can't be written: {why}", path=str(path)) from error


def _write_whole(target: Path, data: bytes) -> None:
    part = target.with_name(f".{target.name[:100]}-{secrets.token_hex(4)}.part")
    try:
        with part.open("xb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        if target.exists():
            shutil.copymode(target, part)
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)
