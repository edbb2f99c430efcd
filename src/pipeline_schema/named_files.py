"""Files that a document names (``$file``): found inside its folder, of the size that is read, and the ones meant.

A document and its files come from anyone. So a path is followed only within the folder, what was opened is asked again
where it is, and nothing but a regular file is read. A check reads them here as a run does, and needs no NumPy for it.
"""

from __future__ import annotations

import hashlib
import io
import os
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from pipeline_schema.limits import MAX_FILE_BYTES
from pipeline_schema.problems import Code

__all__ = ["FileError", "Verifier", "read_named"]

_CHUNK: Final = 1 << 20


class FileError(Exception):
    """A file can't be read as what was meant: the code of the problem, and what it says."""

    def __init__(self, code: Code, message: str) -> None:
        super().__init__(message)
        self.code = code


def read_named(name: str, sha256: str, folder: Path) -> bytes:
    """Read a file that a document names.

    Parameters
    ----------
    name : str
        Its path, relative to the document.
    sha256 : str
        Of what it holds, in hexadecimal digits.
    folder : Path
        The document's: the file is inside it, also when every link is followed.

    Returns
    -------
    bytes

    Raises
    ------
    FileError
        With `path-error`, `payload-error` or `limit-exceeded`.
    """
    data = bytearray()
    with _open(name, folder) as (stream, size):
        found = _read_within_limit(stream, size, name, data.extend)
    _require_hash(found, sha256, name)
    return bytes(data)


class Verifier:
    """Compares files with what a document says of them; each is read once, however often it is named.

    Parameters
    ----------
    folder : Path
        The document's.

    Notes
    -----
    All of a document's files together are read up to what one may have (1 GiB: a second). Files beyond that are only
    looked for, and compared when the document is run.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._found: dict[str, str] = {}
        self._left = MAX_FILE_BYTES

    def verify(self, name: str, sha256: str) -> None:
        """Raise `FileError` if a file is not there, can't be read or is not the one that was meant."""
        if name not in self._found:
            with _open(name, self._folder) as (stream, size):
                if self._left < size <= MAX_FILE_BYTES:
                    return
                self._left -= size
                self._found[name] = _read_within_limit(stream, size, name, len)
        _require_hash(self._found[name], sha256, name)


@contextmanager
def _open(name: str, folder: Path) -> Iterator[tuple[io.BufferedReader, int]]:
    """The file, open, and its size."""
    root = Path(os.path.realpath(folder))
    try:
        path = _inside(root, Path(os.path.realpath(root / name)), name)
        # Opening a device can do things: it is not opened. And a pipe that took its place is not waited for.
        _require_regular(path.stat(), name)
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        with open(descriptor, "rb") as stream:  # noqa: PTH123 - a descriptor, not a path
            status = os.fstat(descriptor)
            _require_regular(status, name)
            _inside(root, _place_of(descriptor, path, status), name)
            yield stream, status.st_size
    except FileNotFoundError as error:
        raise FileError("path-error", f"there is no file {name} beside the document") from error
    except OSError as error:
        raise FileError("path-error", f"{name} can't be read: {error.strerror or error}") from error


def _inside(root: Path, path: Path, name: str) -> Path:
    if not path.is_relative_to(root):
        message = f"{name} leads out of the document's folder; a document takes files beside or below itself"
        raise FileError("path-error", message)
    return path


def _require_regular(status: os.stat_result, name: str) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise FileError("path-error", f"{name} is not a regular file")


def _place_of(descriptor: int, path: Path, status: os.stat_result) -> Path:
    """Where what was opened really is, whoever changed links meanwhile."""
    link = Path(f"/proc/self/fd/{descriptor}")
    if os.path.lexists(link):
        return link.readlink()
    again = Path(os.path.realpath(path))
    # Elsewhere the path is followed once more, and must lead to the very same file.
    return again if os.path.samestat(again.stat(), status) else Path(os.devnull)


def _read_within_limit(stream: io.BufferedReader, size: int, name: str, take: Callable[[bytes], object]) -> str:
    """The sha256 of what the stream gives; `take` gets it piece by piece."""
    digest, length = hashlib.sha256(), 0
    while size <= MAX_FILE_BYTES and length <= MAX_FILE_BYTES and (more := stream.read(_CHUNK)):
        digest.update(more)
        take(more)
        length += len(more)
    if max(size, length) > MAX_FILE_BYTES:
        raise FileError("limit-exceeded", f"{name} has more than the {MAX_FILE_BYTES} bytes that are read")
    return digest.hexdigest()


def _require_hash(found: str, meant: str, name: str) -> None:
    if found != meant:
        raise FileError("payload-error", f"{name} is not the file that was meant: its sha256 is {found}")
