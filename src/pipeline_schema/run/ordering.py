"""Many names in order, or each once, without holding them in memory.

They lie in a temporary SQLite database without a name, which keeps what is small in its cache, spills the rest to disk,
and is gone when it is closed.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing

__all__ = ["Once", "in_order"]


def in_order(paths: Iterable[str]) -> Iterator[str]:
    """Relative paths sorted by their parts, so that what is in one folder stays together."""
    with closing(sqlite3.connect("")) as database:
        database.execute("CREATE TABLE paths (path BLOB)")
        # A slash sorts after points and dashes; a null, which no path has, sorts before everything.
        rows = ((os.fsencode(path).replace(b"/", b"\0"),) for path in paths)
        database.executemany("INSERT INTO paths VALUES (?)", rows)
        for (path,) in database.execute("SELECT path FROM paths ORDER BY path"):
            yield os.fsdecode(path.replace(b"\0", b"/"))


class Once:
    """Which texts have been seen, and what was said of each the first time."""

    def __init__(self) -> None:
        self._database = sqlite3.connect("")
        self._database.execute("CREATE TABLE seen (text BLOB PRIMARY KEY, note BLOB) WITHOUT ROWID")

    def __enter__(self) -> Once:
        return self

    def __exit__(self, *_: object) -> None:
        self._database.close()

    def first(self, text: str, note: str = "") -> str | None:
        """None if the text is new, and it is seen from now on; else the note of the first time."""
        key = os.fsencode(text)
        added = self._database.execute("INSERT OR IGNORE INTO seen VALUES (?, ?)", (key, os.fsencode(note)))
        if added.rowcount:
            return None
        (earlier,) = self._database.execute("SELECT note FROM seen WHERE text = ?", (key,)).fetchone()
        return os.fsdecode(earlier)
