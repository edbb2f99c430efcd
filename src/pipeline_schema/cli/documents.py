"""Documents that a command is given: files, folders of them, and standard input."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from pathlib import Path

from pipeline_schema.cli.checked import STDIN
from pipeline_schema.errors import UsageError

__all__ = ["SUFFIXES", "find_documents", "read_document"]

SUFFIXES = (".pipeline.json", ".pipeline.yaml", ".pipeline.yml", ".pipeline.msgpack")
"""What the names of documents in a folder end with; one that is named itself need not say that it is a pipeline."""


def find_documents(paths: Iterable[str]) -> list[str]:
    """The documents that are meant, each once: files as they are named, and all that lie in or below folders.

    Parameters
    ----------
    paths : iterable of str
        ``-`` is standard input.

    Returns
    -------
    list of str
        Those of a folder sorted by name. Folders whose names begin with a point are not searched.

    Raises
    ------
    UsageError
        If there is no document in a folder.
    """
    found: dict[str, None] = {}
    for path in paths:
        if path == STDIN or not Path(path).is_dir():
            found[path] = None
            continue
        below = _below(path)
        if not below:
            raise UsageError(f"{path} has no documents; their names end with {', '.join(SUFFIXES)}")
        found.update(dict.fromkeys(below))
    return list(found)


def _below(folder: str) -> list[str]:
    found = []
    for where, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        found += [str(Path(where, name)) for name in sorted(files) if name.lower().endswith(SUFFIXES)]
    return found


def read_document(path: str) -> bytes:
    """What a file or standard input holds.

    Raises
    ------
    OSError
        If a file can't be read.
    UsageError
        If standard input is closed.
    """
    from pipeline_schema.codec.files import read_file, read_stream

    if path != STDIN:
        return read_file(Path(path))
    if sys.stdin is None:
        raise UsageError("stdin is closed; give a file, or pipe a document in")
    return read_stream(sys.stdin.buffer)
