"""How a run stands, while it goes on and afterwards."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import numpy as np
import pytest

from pipeline_schema.errors import UsageError
from pipeline_schema.events import Event
from pipeline_schema.run.batch.journal_reading import journal_path
from pipeline_schema.run.batch.run import run_batch
from pipeline_schema.run.batch.status import RunStatus, read_status

_DOCUMENT = b"""{"format": "pipeline-schema/1", "name": "minus", "inputs": {"image": {}},
 "steps": [{"id": "negative", "function": "numpy:negative"}]}"""


def _images(folder: Path, count: int) -> list[Path]:
    folder.mkdir()
    for number in range(count):
        np.save(folder / f"{number}.npy", np.zeros((2, 2)))
    (folder / "9.npy").write_text("no array")
    return [folder]


def test_a_run_tells_how_it_stands_while_it_goes_on(tmp_path: Path) -> None:
    """Another reader sees counts, rate and who runs it, and the run goes on undisturbed; afterwards what failed."""
    seen: list[RunStatus] = []

    def look(event: Event) -> None:
        if event.kind == "item-finished":
            seen.append(read_status(tmp_path / "out"))

    run_batch(_DOCUMENT, _images(tmp_path / "in", 3), tmp_path / "out", workers=1, on_event=look)
    assert [stands.state for stands in seen] == ["running"] * 3
    assert all(stands.holder and stands.total == 4 for stands in seen)
    assert seen[-1].done >= 1
    assert seen[-1].per_minute
    after = read_status(tmp_path / "out")
    assert (after.state, after.done, after.failed, after.waiting, after.holder) == ("finished", 3, 1, 0, None)
    assert [(failure.name, "9.npy" in failure.message) for failure in after.failures] == [("9", True)]
    assert read_status(tmp_path / "out", failures=0).failures == ()


def test_a_reader_that_stays_does_not_stop_the_run(tmp_path: Path) -> None:
    """Nor does a run stop a reader: a lock on the journal is waited for."""
    images = _images(tmp_path / "in", 2)
    readers: list[sqlite3.Connection] = []

    def hold(event: Event) -> None:
        if event.kind == "item-finished" and not readers:
            readers.append(sqlite3.connect(journal_path(tmp_path / "out")))
            readers[0].execute("SELECT * FROM item").fetchall()

    record = run_batch(_DOCUMENT, images, tmp_path / "out", on_event=hold)
    readers[0].close()
    assert record.state == "finished"


def test_no_run_is_said(tmp_path: Path) -> None:
    """A folder without a journal holds no run."""
    with pytest.raises(UsageError, match="there is no run"):
        read_status(tmp_path)


def test_a_half_commit_is_read_as_what_was_before(tmp_path: Path) -> None:
    """A journal that was killed in the middle of a commit is read without being touched."""
    run_batch(_DOCUMENT, _images(tmp_path / "in", 1), tmp_path / "out")
    path = journal_path(tmp_path / "out")
    torn = tmp_path / "torn"
    torn.mkdir()
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA cache_spill=1")
    connection.execute("PRAGMA cache_size=1")
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("UPDATE item SET state = 'waiting', record = zeroblob(100000)")
    hot = path.with_name("journal.sqlite-journal")
    for file in (path, hot):
        (torn / file.name).write_bytes(file.read_bytes())
    connection.execute("ROLLBACK")
    connection.close()
    before = [(torn / file.name).read_bytes() for file in (path, hot)]
    stands = read_status(torn)
    assert (stands.done, stands.failed) == (1, 1)
    assert [(torn / file.name).read_bytes() for file in (path, hot)] == before
