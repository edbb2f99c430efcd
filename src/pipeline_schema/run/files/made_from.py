"""What an item was made from: its input files with their hashes, and whether they are still the same."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from pipeline_schema.run.channel.messages import InputRecord
from pipeline_schema.run.files.digests import sha256_of_input
from pipeline_schema.run.item import ItemInput

__all__ = ["is_changed", "look_at", "record_input"]


def record_input(given: ItemInput) -> InputRecord:
    """Describe an input with its hash; raises nothing, since reading it will say what is wrong with it."""
    seen = look_at(given)
    if seen.size is None:
        return seen
    try:
        sha256, _ = sha256_of_input(given)
    except OSError:
        return InputRecord(path=given.path)
    return InputRecord(path=seen.path, sha256=sha256, size=seen.size, mtime_ns=seen.mtime_ns)


def look_at(given: ItemInput) -> InputRecord:
    """Describe an input without reading it: its size, and when it was last changed."""
    size, latest = 0, 0
    try:
        for path in given.files():
            for found in _stats(path):
                size, latest = size + found.st_size, max(latest, found.st_mtime_ns)
    except OSError:
        return InputRecord(path=given.path)
    return InputRecord(path=given.path, size=size, mtime_ns=latest)


def is_changed(before: InputRecord, given: ItemInput) -> bool:
    """Whether an input is another than it was: the hash decides where size or time differ."""
    now = look_at(given)
    if (now.size, now.mtime_ns) == (before.size, before.mtime_ns):
        return False
    return now.size != before.size or record_input(given).sha256 != before.sha256


def _stats(path: Path) -> Iterator[os.stat_result]:
    found = path.stat()
    if stat.S_ISDIR(found.st_mode):
        yield from (file.stat() for file in _files(path))
    elif stat.S_ISREG(found.st_mode):
        yield found
    else:
        raise OSError("a pipe or device would be read without end")


def _files(folder: Path) -> Iterator[Path]:
    for below, folders, names in os.walk(folder):
        folders.sort()
        for name in sorted(names):
            path = Path(below) / name
            if path.is_file():
                yield path
