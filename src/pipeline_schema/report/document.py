"""The document of a run: what its journal holds, or the file that someone names, if it is the one."""

from __future__ import annotations

from collections.abc import Container
from pathlib import Path

from pipeline_schema.codec import digest, loads
from pipeline_schema.codec.files import read_file
from pipeline_schema.errors import DocumentError, UsageError

__all__ = ["read_document"]


def read_document(path: Path, digests: Container[str]) -> bytes:
    """A document that was run.

    Parameters
    ----------
    path : Path
    digests : container of str
        Of what was run.

    Raises
    ------
    UsageError
        If the file can't be read, or is another document.
    """
    try:
        data = read_file(path)
        if digest(loads(data)) in digests:
            return data
        problem = "is not the document that was run: its digest is another"
    except OSError as error:
        problem = f"can't be read: {error.strerror or error}"
    except DocumentError as error:
        problem = f"is no document: {error.message}"
    raise UsageError(f"{path} {problem}")
