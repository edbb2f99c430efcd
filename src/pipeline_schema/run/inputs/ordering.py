"""Many names in order, or each once, without holding them in memory.

They lie in a temporary SQLite database without a name, which keeps what is small in its cache, spills the rest to disk,
and is gone when it is closed.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from pipeline_schema.errors import OutputError

__all__ = ["Once", "in_order", "is_folder", "temporary_database"]


@contextmanager
def temporary_database() -> Iterator[sqlite3.Connection]:
    """A database that is gone afterwards; raises OutputError if its disk can't hold it."""
    try:
        with closing(sqlite3.connect("")) as database:
            yield database
    except sqlite3.OperationalError as error:
        if error.sqlite_errorcode & 0xFF not in (sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN):
            raise
        raise OutputError(f"the temporary folder can't hold the names of all inputs: {error}") from error


def is_folder(entry: os.DirEntry[str]) -> bool:
    """Whether an entry is a folder, or a link to one; a link in a circle is none."""
    return Path(entry.path).is_dir() if entry.is_symlink() else entry.is_dir()


def in_order(paths: Iterable[str]) -> Iterator[str]:
    """Relative paths sorted by their parts, so that what is in one folder stays together."""
    with temporary_database() as database:
        database.execute("CREATE TABLE paths (path BLOB)")
        # A slash sorts after points and dashes; a null, which no path has, sorts before everything.
        rows = ((os.fsencode(path).replace(b"/", b"\0"),) for path in paths)
        database.executemany("INSERT INTO paths VALUES (?)", rows)
        for (path,) in database.execute("SELECT path FROM paths ORDER BY path"):
            yield os.fsdecode(path.replace(b"\0", b"/"))


class Once:
    """Which texts have been seen, and what was said of each the first time.

    Parameters
    ----------
    database : sqlite3.Connection
        A temporary one.
    """

    def __init__(self, database: sqlite3.Connection) -> None:
        self._database = database
        database.execute("CREATE TABLE seen (text BLOB PRIMARY KEY, note BLOB) WITHOUT ROWID")

    def first(self, text: str, note: str = "") -> str | None:
        """None if the text is new, and it is seen from now on; else the note of the first time."""
        key = os.fsencode(text)
        added = self._database.execute("INSERT OR IGNORE INTO seen VALUES (?, ?)", (key, os.fsencode(note)))
        if added.rowcount:
            return None
        (earlier,) = self._database.execute("SELECT note FROM seen WHERE text = ?", (key,)).fetchone()
        return os.fsdecode(earlier)
