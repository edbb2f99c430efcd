"""Reading journals: of a run that goes on or is over, of one run or of all shards of a job array.

A reader never writes, and never keeps the run that writes from going on: each of its queries is short.
"""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any, Literal

import msgspec

from pipeline_schema.errors import OutputError, UsageError
from pipeline_schema.run.batch.record import ItemRecord, RunHeader
from pipeline_schema.run.inputs.layout import JOURNAL
from pipeline_schema.run.item import Found

__all__ = [
    "APPLICATION",
    "SCHEMA",
    "VERSION",
    "Entry",
    "JournalReader",
    "State",
    "find_journals",
    "journal_path",
    "reading",
]

State = Literal["waiting", "landing", "done", "failed"]

# "pjrn": a file of this number is one of ours.
APPLICATION = 0x706A726E
VERSION = 1
_BUSY_SECONDS = 60.0
_PAGE = 256

SCHEMA = """
CREATE TABLE run (id INTEGER PRIMARY KEY CHECK (id = 1), header BLOB NOT NULL, document BLOB NOT NULL);
CREATE TABLE claim (
    folded TEXT PRIMARY KEY, name TEXT NOT NULL, owner TEXT NOT NULL, generation INTEGER NOT NULL
) WITHOUT ROWID;
CREATE INDEX claim_by_owner ON claim (owner);
CREATE TABLE own_input (path TEXT PRIMARY KEY) WITHOUT ROWID;
CREATE TABLE item (
    name TEXT PRIMARY KEY,
    number INTEGER NOT NULL,
    generation INTEGER NOT NULL,
    found BLOB NOT NULL,
    state TEXT NOT NULL DEFAULT 'waiting',
    ended REAL,
    record BLOB
) WITHOUT ROWID;
CREATE INDEX item_by_number ON item (number);
CREATE INDEX item_by_state ON item (state, ended);
"""


def journal_path(out: Path, shard: str | None = None) -> Path:
    """Where the journal of a run is, or of one shard of it (``2/3``)."""
    return out / (f"{JOURNAL}.sqlite" if shard is None else f"{JOURNAL}.{shard.replace('/', '-of-')}.sqlite")


def find_journals(out: Path) -> list[Path]:
    """The journals in an output folder: of one run, or of shards, sorted."""
    return sorted(path for path in out.glob(f"{JOURNAL}*.sqlite") if path.is_file())


@contextmanager
def reading(path: Path) -> Iterator[JournalReader]:
    """A journal, open for reading.

    Raises
    ------
    UsageError
        If it is no journal, or one of another version.
    """
    with ExitStack() as stack:
        try:
            connection = stack.enter_context(closing(_open(path, stack)))
            if connection.execute("PRAGMA schema_version").fetchone() == (0,):
                # It was killed before it had written anything.
                connection = stack.enter_context(closing(sqlite3.connect(":memory:")))
                connection.executescript(
                    f"{SCHEMA}; PRAGMA application_id={APPLICATION}; PRAGMA user_version={VERSION}"
                )
        except (sqlite3.Error, OSError) as error:
            raise UsageError(f"{path} can't be read as the journal of a run: {error}") from error
        reader = JournalReader(path, connection)
        reader.check_version()
        yield reader


def _open(path: Path, stack: ExitStack) -> sqlite3.Connection:
    connection = sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True, timeout=_BUSY_SECONDS)
    try:
        connection.execute("PRAGMA schema_version").fetchone()
    except sqlite3.OperationalError:
        # A killed run left a half commit, which only one who writes can undo: that is done to a copy.
        connection.close()
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="pipeline-journal-")))
        for file in (path, path.with_name(f"{path.name}-journal")):
            if file.is_file():
                shutil.copyfile(file, folder / file.name)
        return sqlite3.connect(folder / path.name)
    except BaseException:
        connection.close()
        raise
    return connection


class Entry(msgspec.Struct, frozen=True, kw_only=True):
    """An item as the journal holds it; `record` is there unless it is waiting."""

    number: int
    name: str
    found: Found
    state: State
    record: ItemRecord | None


class JournalReader:
    """What a journal holds.

    Parameters
    ----------
    path : Path
    connection : sqlite3.Connection
    """

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self.path = path
        self._connection = connection

    def check_version(self) -> None:
        """Refuse a database that is no journal, or one that this version can't read, with UsageError."""
        application, version = (self._one(f"PRAGMA {name}") for name in ("application_id", "user_version"))
        if application != (APPLICATION,):
            raise UsageError(f"{self.path} is in the way: it is not the journal of a run; choose another output folder")
        if version != (VERSION,):
            raise UsageError(f"{self.path} was written by another version of this program, which has to go on with it")

    def header(self) -> RunHeader | None:
        """Of the run that was written last."""
        row = self._one("SELECT header FROM run")
        return None if row is None else msgspec.json.decode(row[0], type=RunHeader)

    def document(self) -> bytes:
        """The document that was run; empty if nothing was."""
        row = self._one("SELECT document FROM run")
        return b"" if row is None else bytes(row[0])

    def claims(self) -> Iterator[tuple[str, str]]:
        """Name and input, by name."""
        yield from self._pages("SELECT folded, name, owner FROM claim WHERE folded > ? ORDER BY folded LIMIT ?", "")

    def entries(self) -> Iterator[Entry]:
        """All items by their number; the journal may be written meanwhile."""
        query = "SELECT number, number, name, found, state, record FROM item WHERE number > ? ORDER BY number LIMIT ?"
        for number, name, found, state, record in self._pages(query, -1):
            yield Entry(
                number=number,
                name=name,
                found=msgspec.json.decode(found, type=Found),
                state=state,
                record=None if record is None else msgspec.json.decode(record, type=ItemRecord),
            )

    def records(self) -> Iterator[ItemRecord]:
        """What became of the items that are done or have failed, by their number."""
        query = (
            "SELECT number, record FROM item WHERE number > ? AND +state IN ('done', 'failed') ORDER BY number LIMIT ?"
        )
        for (record,) in self._pages(query, -1):
            yield msgspec.json.decode(record, type=ItemRecord)

    def failed(self) -> Iterator[ItemRecord]:
        """The items that failed, by name."""
        query = "SELECT name, record FROM item WHERE name > ? AND +state = 'failed' ORDER BY name LIMIT ?"
        for (record,) in self._pages(query, ""):
            yield msgspec.json.decode(record, type=ItemRecord)

    def ended(self) -> Iterator[tuple[str, float]]:
        """The items that are done, by name, and when they ended, in seconds since 1970."""
        yield from self._pages(
            "SELECT name, name, ended FROM item WHERE name > ? AND +state = 'done' ORDER BY name LIMIT ?", ""
        )

    def count_ended(self, *, since: float) -> int:
        """How many items are done or have failed since a time, in seconds since 1970."""
        row = self._one("SELECT count(*) FROM item WHERE ended > ?", since)
        return 0 if row is None else int(row[0])

    def count(self, state: State) -> int:
        """How many items are in a state."""
        row = self._one("SELECT count(*) FROM item WHERE state = ?", state)
        return 0 if row is None else int(row[0])

    def _run(self, statement: str, *values: object) -> sqlite3.Cursor:
        with self._saying():
            return self._connection.execute(statement, values)

    def _one(self, query: str, *values: object) -> tuple[Any, ...] | None:
        row: tuple[Any, ...] | None = self._run(query, *values).fetchone()
        return row

    def _pages(self, query: str, after: object) -> Iterator[tuple[Any, ...]]:
        """Rows by their first column, in short queries: one that is left open would keep the journal from a commit.

        A plus before other columns keeps SQLite from their index, by which it would sort all rows again for each page.
        """
        while rows := self._run(query, after, _PAGE).fetchall():
            for row in rows:
                yield row[1:]
            after = rows[-1][0]

    @contextmanager
    def _saying(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.DatabaseError as error:
            if getattr(error, "sqlite_errorcode", None) in (sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT):
                raise UsageError(
                    f"{self.path} is in the way: it is no journal of a run, or was damaged ({error}); "
                    "move it away, or choose another output folder"
                ) from error
            raise OutputError(f"{self.path} could not be written or read: {error}", path=str(self.path)) from error
