"""Documents on disk, in the format that a file's name says."""

from __future__ import annotations

from pathlib import Path

from pipeline_schema.codec import convert, loads
from pipeline_schema.codec.files import DocumentExistsError, format_of, read_file, write_file
from pipeline_schema.document import Pipeline
from pipeline_schema.errors import DocumentError, OutputError, UsageError

__all__ = ["DocumentExistsError", "open_document", "save_text"]


def open_document(path: Path) -> Pipeline | None:
    """Read a document; None if there is no such file yet.

    Raises
    ------
    DocumentError
        If it can't be read as one; with all problems.
    UsageError
        If its name says no format.
    OSError
        If the file can't be read.
    """
    form = format_of(path)
    try:
        text = read_file(path)
    except FileNotFoundError:
        return None
    return loads(text, format=form)


def save_text(path: Path, text: str, *, replace: bool = False) -> None:
    """Write a document, so that a reader finds all of it or what was there before.

    Parameters
    ----------
    path : Path
    text : str
        As JSON; it is brought to the format that the name of the file says.
    replace : bool
        Whether to write over a file that is there.

    Raises
    ------
    DocumentExistsError
        If the file is there and `replace` is false.
    OutputError
        If it can't be written.
    """
    try:
        form = format_of(path)
        written = text if form == "json" else convert(text, source="json", target=form)
        data = written.encode() if isinstance(written, str) else written
    except (UsageError, DocumentError, UnicodeEncodeError) as error:
        raise OutputError(f"{path} can't be written: {error}", path=str(path)) from error
    write_file(path, data, replace=replace)
