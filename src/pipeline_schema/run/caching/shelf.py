"""A folder of values by digest: each whole or absent, checked when it is read, the oldest dropped when it is full.

Any number of processes may use one folder at once. A value is written under another name and renamed; two that write
the same value write the same bytes; a file that vanishes or was damaged is a value that is not there.
"""

from __future__ import annotations

import hashlib
import os
import re
import secrets
import struct
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from pipeline_schema.errors import ProtocolError, UsageError
from pipeline_schema.run.caching.exact import freeze, thaw
from pipeline_schema.run.channel.frames import MAX_BUFFERS
from pipeline_schema.run.channel.messages import CacheFolder
from pipeline_schema.run.channel.transfer import allocate

__all__ = ["ABSENT", "DEFAULT_BYTES", "Shelf", "open_folder"]

ABSENT: Any = object()
DEFAULT_BYTES = 10 * 2**30

_MAGIC = b"PSV1"
_HEADER = struct.Struct(">4s32sII")
_SUFFIX = ".value"
_PARTIAL = ".pipeline-partial-"
_NAME = re.compile(r"[0-9a-f]{64}" + re.escape(_SUFFIX))
# How much of the limit may be written between two looks at what the folder holds, by all processes.
_LOOK_SHARE = 0.05
_KEPT_SHARE = 0.9
_STALE_SECONDS = 24 * 3600.0


class Shelf:
    """Values in a folder.

    Parameters
    ----------
    folder : Path
        Made if it is not there.
    limit : int
        In bytes, of all values together; about, while several processes write.

    Raises
    ------
    UsageError
        If it can't be a folder.
    """

    def __init__(self, folder: Path, limit: int) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise UsageError(f"{folder} can't be the folder of a cache: {error.strerror or error}") from error
        self._folder = folder
        self._limit = limit
        self._written: float = limit  # look at the first chance

    def get(self, digest: str) -> Any:
        """The value, each time a new one; `ABSENT` if it is not there or was damaged."""
        path = self._path(digest)
        try:
            with path.open("rb", buffering=0) as file:
                head = file.read(_HEADER.size)
                magic, expected, size, count = _HEADER.unpack(head)
                if magic != _MAGIC or count > MAX_BUFFERS:
                    raise ValueError(magic)
                room = os.fstat(file.fileno()).st_size - _HEADER.size
                lengths = struct.unpack(f">{count}Q", file.read(8 * count))
                if size + 8 * count + sum(lengths) != room:
                    raise ValueError(room)
                description, found = file.read(size), hashlib.sha256(struct.pack(f">{count}Q", *lengths))
                found.update(description)
                buffers = []
                for length in lengths:
                    view = allocate(length)
                    if _fill(file, view) != length:
                        raise ValueError(length)
                    found.update(view)
                    buffers.append(view)
            if found.digest() != expected:
                raise ValueError(digest)
            value = thaw(description, buffers)
        except FileNotFoundError:
            return ABSENT
        except (OSError, ValueError, TypeError, struct.error, ProtocolError, MemoryError):
            with suppress(OSError):
                path.unlink()
            return ABSENT
        with suppress(OSError):
            os.utime(path)  # the one that was longest not asked for goes first
        return value

    def put(self, digest: str, value: Any) -> None:
        """Keep a value.

        Raises
        ------
        InexactError
            If it has no exact form.
        OSError
            If it can't be written; nothing was kept.
        """
        description, buffers = freeze(value)
        lengths = struct.pack(f">{len(buffers)}Q", *(view.nbytes for view in buffers))
        found = hashlib.sha256(lengths + description)
        for view in buffers:
            found.update(view)
        size = len(lengths) + len(description) + sum(view.nbytes for view in buffers)
        if size > self._limit * _KEPT_SHARE:
            return
        path = self._path(digest)
        path.parent.mkdir(exist_ok=True)
        part = path.with_name(f"{_PARTIAL}{secrets.token_hex(8)}")
        try:
            with part.open("xb", buffering=0) as file:
                head = _HEADER.pack(_MAGIC, found.digest(), len(description), len(buffers))
                for view in (memoryview(head + lengths + description), *buffers):
                    while view.nbytes:
                        view = view[file.write(view) :]
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
        self._written += size
        if self._written > self._limit * _LOOK_SHARE:
            self._make_room()

    def _path(self, digest: str) -> Path:
        return self._folder / digest[:2] / f"{digest}{_SUFFIX}"

    def _make_room(self) -> None:
        """Drop what was longest not asked for, and what a killed process left half written."""
        self._written = 0.0
        kept: list[tuple[float, int, str]] = []
        old = time.time() - _STALE_SECONDS
        for folder in self._folder.iterdir():
            if len(folder.name) != 2 or not folder.is_dir():
                continue
            with suppress(OSError), os.scandir(folder) as entries:
                for entry in entries:
                    with suppress(OSError):
                        state = entry.stat(follow_symlinks=False)
                        if _NAME.fullmatch(entry.name):
                            kept.append((state.st_mtime, state.st_size, entry.path))
                        elif entry.name.startswith(_PARTIAL) and state.st_mtime < old:
                            Path(entry.path).unlink()
        total = sum(size for _, size, _ in kept)
        if total <= self._limit:
            return
        for _, size, name in sorted(kept):
            if total <= self._limit * _KEPT_SHARE:
                break
            with suppress(OSError):
                Path(name).unlink()
                total -= size


def open_folder(path: str | os.PathLike[str] | None, limit: int = DEFAULT_BYTES) -> CacheFolder | None:
    """The folder of a cache, made if it is not there, for those who will use it; None if none is wanted.

    Raises
    ------
    UsageError
        If it can't be a folder.
    """
    if path is None:
        return None
    Shelf(Path(path), limit)
    return CacheFolder(path=str(Path(path).absolute()), limit=limit)


def _fill(file: Any, view: memoryview) -> int:
    done = 0
    while done < view.nbytes and (count := file.readinto(view[done:])):
        done += int(count)
    return done
