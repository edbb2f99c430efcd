"""The document of a run, kept beside its outputs: what was run can be read without asking who has the file."""

from __future__ import annotations

import secrets
from collections.abc import Container
from pathlib import Path

from pipeline_schema.codec import digest, loads
from pipeline_schema.codec.files import read_file
from pipeline_schema.errors import DocumentError, OutputError, UsageError
from pipeline_schema.run.guard import SCRATCH_PREFIX
from pipeline_schema.run.layout import DOCUMENT_FILE

__all__ = ["find_document", "keep_document"]


def keep_document(folder: Path, document: bytes) -> None:
    """Write the document into the output folder, whole or not at all.

    Parameters
    ----------
    folder : Path
        The output folder.
    document : bytes
        As it was given.

    Raises
    ------
    OutputError
    """
    path, part = folder / DOCUMENT_FILE, folder / f"{SCRATCH_PREFIX}{secrets.token_hex(4)}.json"
    try:
        try:
            part.write_bytes(document)
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise OutputError(f"{path} could not be written: {error.strerror or error}", path=str(path)) from error


def find_document(folder: Path, given: Path | None, digests: Container[str]) -> str | None:
    """The document that was run, as text.

    Parameters
    ----------
    folder : Path
        The output folder.
    given : Path or None
        Where someone says it is; else it is looked for in the folder.
    digests : container of str
        Of the documents that were run.

    Returns
    -------
    str or None
        None if it is not there, or is another one.

    Raises
    ------
    UsageError
        If `given` can't be read, or is not what was run.
    """
    path = folder / DOCUMENT_FILE if given is None else given
    try:
        data = read_file(path)
        if digest(loads(data)) in digests:
            return data.decode()
        problem = "is not the document that was run: its digest is another"
    except OSError as error:
        problem = f"can't be read: {error.strerror or error}"
    except DocumentError as error:
        problem = f"is no document: {error.message}"
    if given is None:
        return None
    raise UsageError(f"{path} {problem}")
