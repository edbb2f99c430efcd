"""The journal: what became of each item, in SQLite beside the outputs, so that no kill loses what is done.

Only the parent of a run writes it, in short transactions of many items. It is never in WAL mode, which needs shared
memory that network file systems don't have: the rollback journal is deleted at each commit (``journal_mode=DELETE``).
With ``synchronous=NORMAL`` what a killed process committed is there; a loss of power may cost more, unless the run is
durable (``FULL``).

An item is ``waiting``; then ``landing``, once the hashes of its outputs are committed and before they are moved to
their place; then ``done``. So whatever a kill leaves in an item's folder can be told by its hash. Or it has ``failed``.
"""

from __future__ import annotations

import sqlite3
import stat
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from pipeline_schema.errors import UsageError
from pipeline_schema.run.batch.journal_reading import APPLICATION, SCHEMA, VERSION, JournalReader
from pipeline_schema.run.batch.record import ItemRecord, RunHeader
from pipeline_schema.run.inputs.layout import folded
from pipeline_schema.run.inputs.naming import has_lapsed
from pipeline_schema.run.item import Found

__all__ = ["Journal"]

_BUSY_SECONDS = 60.0


class Journal(JournalReader):
    """The journal of one run, open for writing; a context manager.

    Parameters
    ----------
    path : Path
        Made if it is not there.
    durable : bool
        Whether each commit is flushed to the disk.

    Raises
    ------
    UsageError
        If what is there is no journal, or one of another version.
    OutputError
        From any method, if the system refuses.
    """

    def __init__(self, path: Path, *, durable: bool = False) -> None:
        for file in (path, path.with_name(f"{path.name}-journal")):
            _refuse_what_is_no_file(file)
        self.is_new = not path.exists()
        self._generation = 0
        try:
            connection = sqlite3.connect(path, timeout=_BUSY_SECONDS, isolation_level=None)
        except sqlite3.Error as error:
            raise UsageError(f"{path} can't be opened: {error}") from error
        super().__init__(path, connection)
        try:
            with self._saying():
                self._open(durable)
        except BaseException:
            self._connection.close()
            raise

    def _open(self, durable: bool) -> None:
        run = self._connection.execute
        is_empty = run("PRAGMA schema_version").fetchone() == (0,)
        if not is_empty:
            self.check_version()
        run("PRAGMA journal_mode=DELETE")
        run(f"PRAGMA synchronous={'FULL' if durable else 'NORMAL'}")
        if is_empty:
            with self.transaction():
                for statement in SCHEMA.split(";"):
                    run(statement)
                run(f"PRAGMA application_id={APPLICATION}")
                run(f"PRAGMA user_version={VERSION}")
        (self._generation,) = run("SELECT coalesce(max(generation), 0) FROM item").fetchone()

    def close(self) -> None:
        """Close; what was not committed is not there."""
        self._connection.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing of what is written within."""
        with self._saying():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._commit()
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    def _commit(self) -> None:
        self._connection.execute("COMMIT")

    # The run as a whole.

    def write_header(self, header: RunHeader, document: bytes | None = None) -> None:
        """Say what the run is, and with its document begin another."""
        plain = msgspec.json.encode(header)
        if document is None:
            self._run("UPDATE run SET header = ?", plain)
        else:
            self._run("INSERT OR REPLACE INTO run VALUES (1, ?, ?)", plain, document)

    # Names: what `naming.TakenNames` asks for.

    def name_of(self, owner: str) -> str | None:
        """The name that an item has claimed, in this run or an earlier one."""
        row = self._one("SELECT name FROM claim WHERE owner = ?", owner)
        return None if row is None else str(row[0])

    def use(self, owner: str) -> str | None:
        """The same, and the name is used in this run."""
        name = self.name_of(owner)
        if name is not None:
            self._run("UPDATE claim SET generation = ? WHERE folded = ?", self._generation, folded(name))
        return name

    def is_taken(self, folded_name: str) -> bool:
        """Whether an item of this run has a name, or one of an earlier run that may come back."""
        row = self._one("SELECT owner, generation = ? FROM claim WHERE folded = ?", self._generation, folded_name)
        return row is not None and (bool(row[1]) or not has_lapsed(str(row[0])))

    def take(self, owner: str, name: str, folded_name: str) -> None:
        """Give a name to an item, over a claim that has lapsed."""
        self._run("INSERT OR REPLACE INTO claim VALUES (?, ?, ?, ?)", folded_name, name, owner, self._generation)

    # Items.

    def begin(self) -> None:
        """Begin to tell which items there are: those not told of again are forgotten by `end`."""
        self._generation += 1
        self._run("DELETE FROM own_input")

    def add(self, number: int, name: str, found: Found, *, keep: bool) -> None:
        """An item of the run; with `keep`, what became of it stays."""
        plain = msgspec.json.encode(found)
        kept = keep and self._run(
            "UPDATE item SET number = ?, generation = ?, found = ? WHERE name = ?",
            number, self._generation, plain, name,
        ).rowcount  # fmt: skip
        if not kept:
            self._run(
                "INSERT OR REPLACE INTO item (name, number, generation, found) VALUES (?, ?, ?, ?)",
                name, number, self._generation, plain,
            )  # fmt: skip

    def end(self) -> int:
        """Forget items of an earlier run that were not added again; returns how many."""
        return self._run("DELETE FROM item WHERE generation < ?", self._generation).rowcount

    def reset(self, name: str) -> None:
        """Have an item wait again."""
        self._run("UPDATE item SET state = 'waiting', ended = NULL, record = NULL WHERE name = ?", name)

    def reset_failed(self) -> None:
        """Have the items that failed wait again."""
        self._run("UPDATE item SET state = 'waiting', ended = NULL, record = NULL WHERE state = 'failed'")

    def write(self, landing: Iterable[ItemRecord], done: Iterable[str], failed: Iterable[ItemRecord]) -> None:
        """Write what became of items, in one transaction.

        Parameters
        ----------
        landing : iterable of ItemRecord
            What they will be when their outputs are moved, which is about to happen.
        done : iterable of str
            Names of those whose outputs have been moved.
        failed : iterable of ItemRecord
        """
        now = time.time()
        with self.transaction():
            for state, records in (("landing", landing), ("failed", failed)):
                self._connection.executemany(
                    "UPDATE item SET state = ?, ended = ?, record = ? WHERE name = ?",
                    ((state, now, msgspec.json.encode(record), record.name) for record in records),
                )
            self._connection.executemany("UPDATE item SET state = 'done' WHERE name = ?", ((name,) for name in done))

    # Inputs that lie where outputs go.

    def add_own_input(self, path: Path) -> None:
        """An input below the output folder, by its real path: no output may replace it."""
        self._run("INSERT OR IGNORE INTO own_input VALUES (?)", str(path))

    def is_input(self, path: Path) -> bool:
        """Whether this real path is an input of the run."""
        return self._one("SELECT 1 FROM own_input WHERE path = ?", str(path)) is not None


def _refuse_what_is_no_file(path: Path) -> None:
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    # SQLite would follow a link and write to what it points to, or wait for ever for who writes to a pipe.
    if not stat.S_ISREG(mode):
        raise UsageError(f"{path} is in the way: it is not a file of a run; choose another output folder")
