"""The journal: what it promises to those who write and read it."""

from __future__ import annotations

import sqlite3
from contextlib import suppress
from pathlib import Path

import pytest

from pipeline_schema.errors import OutputError, UsageError
from pipeline_schema.run.batch.journal import Journal
from pipeline_schema.run.batch.journal_reading import reading
from pipeline_schema.run.batch.record import ItemRecord
from pipeline_schema.run.inputs.naming import Namer
from pipeline_schema.run.item import Found, ItemInput


def _found(path: Path) -> Found:
    return Found(stem=path.stem, relative=path.name, inputs={"image": ItemInput(path=str(path))})


def _record(name: str) -> ItemRecord:
    return ItemRecord(name=name, state="done", inputs={}, seconds=0.1)


def _fill(journal: Journal, *paths: Path, keep: bool = False) -> list[str]:
    namer = Namer(journal)
    names = []
    with journal.transaction():
        journal.begin()
        for number, path in enumerate(paths):
            names.append(namer.name(_found(path)))
            journal.add(number, names[-1], _found(path), keep=keep)
        journal.end()
    return names


def test_it_needs_no_shared_memory_and_leaves_one_file(tmp_path: Path) -> None:
    """The mode is that of network file systems, whatever the database was before, and no file stays beside it."""
    with Journal(tmp_path / "j.sqlite", durable=True) as journal:
        _fill(journal, tmp_path / "a.tif")
    with sqlite3.connect(tmp_path / "j.sqlite") as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)
    connection.close()
    assert [path.name for path in tmp_path.iterdir()] == ["j.sqlite"]


def test_names_stay_with_their_inputs(tmp_path: Path) -> None:
    """An input keeps its name over runs; of one that is gone, the name is free, but not within its own run."""
    one, other = tmp_path / "p1/a.tif", tmp_path / "p2/a.tif"
    for path in (one, other):
        path.parent.mkdir()
        path.touch()
    missing = (tmp_path / "p3/a.tif", tmp_path / "p4/a.tif")
    with Journal(tmp_path / "j.sqlite") as journal:
        assert _fill(journal, one, other) == ["a", "a-p2"]
        assert _fill(journal, other, one) == ["a-p2", "a"]
        one.unlink()
        assert _fill(journal, other) == ["a-p2"]
        # Two that are missing both, in one run, are two items.
        assert _fill(journal, *missing) == ["a", "a-p4"]


def test_what_became_of_items_stays_if_it_is_kept(tmp_path: Path) -> None:
    """Told again with keep, an item is as it was; without, it waits; not told again, it is forgotten."""
    paths = [tmp_path / f"{name}.tif" for name in "ab"]
    with Journal(tmp_path / "j.sqlite") as journal:
        _fill(journal, *paths)
        journal.write([_record("a")], [], [])
        journal.write([], ["a"], [])
        _fill(journal, *paths, keep=True)
        assert [(entry.name, entry.state) for entry in journal.entries()] == [("a", "done"), ("b", "waiting")]
        _fill(journal, paths[0])
        assert [(entry.name, entry.state, entry.record) for entry in journal.entries()] == [("a", "waiting", None)]


def test_a_transaction_is_all_or_nothing(tmp_path: Path) -> None:
    """What is raised within undoes what was written within."""
    with Journal(tmp_path / "j.sqlite") as journal:
        _fill(journal, tmp_path / "a.tif")
        with suppress(KeyboardInterrupt), journal.transaction():
            journal.begin()
            assert journal.end() == 1
            raise KeyboardInterrupt
        assert [entry.name for entry in journal.entries()] == ["a"]


def test_a_journal_that_can_not_be_written_is_our_error(tmp_path: Path) -> None:
    """What SQLite says is told with the file's name."""
    with Journal(tmp_path / "j.sqlite") as journal:
        journal._connection.execute("PRAGMA max_page_count=10")
        with pytest.raises(OutputError, match=r"j\.sqlite could not be written.*full"):
            _fill(journal, *(tmp_path / f"{'x' * 100}{number}.tif" for number in range(500)))


def test_another_version_is_refused(tmp_path: Path) -> None:
    """A journal of a later program is neither read nor written."""
    path = tmp_path / "j.sqlite"
    Journal(path).close()
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version=99")
    connection.close()
    with pytest.raises(UsageError, match="another version"):
        Journal(path)
    with pytest.raises(UsageError, match="another version"), reading(path):
        pass
