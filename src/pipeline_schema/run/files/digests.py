"""What a file or a folder holds, as one hash: of inputs before a run, of outputs after it."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path

from pipeline_schema.run.item import ItemInput

__all__ = ["sha256_of", "sha256_of_input"]


def sha256_of(path: Path) -> tuple[str, int]:
    r"""The sha256 of what is there, in hex, and the number of its bytes.

    Parameters
    ----------
    path : Path
        A file; or a folder, whose hash is that of the lines that ``sha256sum`` prints for its files, sorted by name::

            find . -type f -printf '%P\n' | LC_ALL=C sort | xargs -d '\n' sha256sum | sha256sum

    Raises
    ------
    OSError
        If it can't be read, or is something else: a pipe would be read without end.
    """
    if path.is_dir():
        return _of_listing((os.fsencode(name), path / os.fsdecode(name)) for name in _below(path))
    if not path.is_file():
        raise FileNotFoundError(f"{path} is no file")
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        return digest, file.tell()


def sha256_of_input(source: ItemInput) -> tuple[str, int]:
    """The sha256 of all that an input is read from, and its bytes: of the one file or folder, or of the list of planes.

    Raises
    ------
    OSError
        If any of it can't be read.
    """
    if not source.planes:
        return sha256_of(Path(source.path))
    return _of_listing((os.fsencode(name), Path(source.path, name)) for name in source.planes)


def _of_listing(files: Iterable[tuple[bytes, Path]]) -> tuple[str, int]:
    digest, size = hashlib.sha256(), 0
    for name, path in files:
        own, length = sha256_of(path)
        digest.update(own.encode() + b"  " + name + b"\n")
        size += length
    return digest.hexdigest(), size


def _below(folder: Path) -> list[bytes]:
    """The files below a folder, links to files among them, with ``/`` and in the order of their bytes."""
    names: list[bytes] = []
    for start, _, files in os.walk(os.fsencode(folder)):
        names.extend(os.path.join(start, name) for name in files)  # noqa: PTH118 - bytes are no Path
    return sorted(name[len(os.fsencode(folder)) + 1 :].replace(os.fsencode(os.sep), b"/") for name in names)
