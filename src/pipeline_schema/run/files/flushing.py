"""To the disk: what a loss of power must not take, for runs that asked for it (``--durable``)."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from pipeline_schema.errors import OutputError

__all__ = ["flush", "flush_folder"]


def flush(folder: Path) -> None:
    """Flush each file below a folder, and the folders that name them; raises OutputError if the disk refuses."""
    for below, _, names in os.walk(folder):
        for name in names:
            _flush(Path(below) / name, os.O_RDWR)
        flush_folder(Path(below))


def flush_folder(folder: Path) -> None:
    """Flush what a folder names; Windows has no such thing, and writes it with the files."""
    if sys.platform != "win32":
        _flush(folder, os.O_RDONLY)


def _flush(path: Path, flags: int) -> None:
    try:
        descriptor = os.open(path, flags)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise OutputError(f"{path} could not be flushed: {error.strerror or error}", path=str(path)) from error
