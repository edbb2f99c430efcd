"""Going on with a run: what is done and verified stays, what is not is redone, what was changed is said."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline_schema.errors import UsageError
from pipeline_schema.events import Event
from pipeline_schema.run.batch.journal_reading import journal_path
from pipeline_schema.run.batch.record import RunRecord
from pipeline_schema.run.batch.run import run_batch

_DOCUMENT = """{"format": "pipeline-schema/1", "inputs": {"image": {}, "by": {"default": 2}},
 "steps": [{"id": "product", "function": "numpy:multiply", "inputs": {"x1": "image", "x2": "by"}}]}"""


def _images(tmp_path: Path, *names: str) -> Path:
    folder = tmp_path / "in"
    folder.mkdir(exist_ok=True)
    for name in names:
        np.save(folder / f"{name}.npy", np.full((3, 3), len(name), np.int16))
    return folder


def _run(tmp_path: Path, document: str = _DOCUMENT, **options: Any) -> tuple[RunRecord, set[str], list[str]]:
    """Run; returns the record, the items that were executed, and what was noted."""
    events: list[Event] = []
    record = run_batch(document.encode(), [tmp_path / "in"], tmp_path / "out", on_event=events.append, **options)
    ran = {event.item for event in events if event.kind == "item-started" and event.item}
    return record, ran, [event.message or "" for event in events if event.kind == "note"]


def test_what_is_done_and_verified_is_not_done_again(tmp_path: Path) -> None:
    """Changed, lost and failed items are redone, and new inputs are done; all else stays as it is."""
    (_images(tmp_path, "a", "b", "c", "d") / "bad.npy").write_text("no array")
    first, _, _ = _run(tmp_path)
    assert [item.name for item in first.failed] == ["bad"]
    (tmp_path / "out/b/product.tif").write_bytes(b"overwritten")
    (tmp_path / "out/c/product.tif").unlink()
    _images(tmp_path, "bad", "new")
    before = (tmp_path / "out/a/product.tif").stat().st_mtime_ns
    record, ran, notes = _run(tmp_path, resume=True)
    assert ran == {"b", "c", "bad", "new"}
    assert (tmp_path / "out/a/product.tif").stat().st_mtime_ns == before
    assert [item.state for item in record.items] == ["done"] * 6
    assert notes == ["resumes: 4 of 6 were done"]
    assert json.loads((tmp_path / "out/run.json").read_text())["state"] == "finished"


def test_a_run_with_nothing_to_resume_begins(tmp_path: Path) -> None:
    """--resume in a new folder is a first run, so that a job's script is the same each time."""
    _images(tmp_path, "a")
    assert _run(tmp_path, resume=True)[1] == {"a"}


@pytest.mark.parametrize(
    ("change", "said", "redone"),
    [
        ({"document": _DOCUMENT.replace("multiply", "add")}, "the document", {"a", "bb"}),
        ({"settings": {"by": 3}}, r"--set \(none, now \{'by': 3\}\)", {"a", "bb"}),
        ({"array_format": "npy"}, r"--array-format \(tif, now npy\)", {"a", "bb"}),
        ({"seed": 0}, r"--seed \(none, now 0\)", {"a", "bb"}),
        ({}, "the input of bb", {"bb"}),
    ],
    ids=["document", "settings", "format", "seed", "input"],
)
def test_what_was_changed_is_said_and_refused(
    tmp_path: Path, change: dict[str, Any], said: str, redone: set[str]
) -> None:
    """A changed document, setting or input is named and nothing touched; with --force, what it changes is redone."""
    images = _images(tmp_path, "a", "bb")
    _run(tmp_path)
    if not change:
        np.save(images / "bb.npy", np.ones((3, 3), np.int16))
    before = (tmp_path / "out/run.json").read_bytes()
    with pytest.raises(UsageError, match=said):
        _run(tmp_path, resume=True, **change)
    assert (tmp_path / "out/run.json").read_bytes() == before
    record, ran, _ = _run(tmp_path, resume=True, force=True, **change)
    assert ran == redone
    assert len(record.done) == 2


def test_a_touched_input_is_the_same(tmp_path: Path) -> None:
    """A copied or touched file of the same content is no change."""
    images = _images(tmp_path, "a")
    _run(tmp_path)
    (images / "a.npy").touch()
    assert _run(tmp_path, resume=True)[1] == set()


def test_inputs_that_are_gone_are_said(tmp_path: Path) -> None:
    """An item whose input was taken away is no part of the run any more; its outputs stay."""
    images = _images(tmp_path, "a", "b")
    _run(tmp_path)
    (images / "a.npy").unlink()
    record, _, notes = _run(tmp_path, resume=True)
    assert [item.name for item in record.items] == ["b"]
    assert "1 items are not among the inputs any more" in notes[0]
    assert (tmp_path / "out/a/product.tif").exists()


def test_without_resume_a_second_run_begins_again(tmp_path: Path) -> None:
    """Everything is made again; of a run that was not finished, that is said."""
    _images(tmp_path, "a", "b")

    def interrupt(event: Event) -> None:
        if event.kind == "item-finished":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_batch(_DOCUMENT.encode(), [tmp_path / "in"], tmp_path / "out", workers=1, on_event=interrupt)
    _, ran, notes = _run(tmp_path)
    assert ran == {"a", "b"}
    assert "--resume would have gone on" in notes[0]


def test_force_alone_is_wrong_usage(tmp_path: Path) -> None:
    """--force says nothing without --resume."""
    _images(tmp_path, "a")
    with pytest.raises(UsageError, match="--force is for --resume"):
        _run(tmp_path, force=True)


@pytest.mark.parametrize("kind", ["link", "folder", "text", "foreign"])
def test_what_is_no_journal_is_refused_and_stays(tmp_path: Path, kind: str) -> None:
    """A link, folder, text or database of others where the journal belongs is refused, and not touched."""
    import sqlite3

    _images(tmp_path, "a")
    path = journal_path(tmp_path / "out")
    path.parent.mkdir()
    precious = tmp_path / "precious"
    precious.write_text("mine")
    if kind == "link":
        path.symlink_to(precious)
    elif kind == "folder":
        path.mkdir()
    elif kind == "text":
        path.write_text("no database, but a long text " * 100)
    else:
        with sqlite3.connect(path) as connection:
            connection.execute("CREATE TABLE mine (x)")
        connection.close()
    before = path.read_bytes() if path.is_file() else None
    with pytest.raises(UsageError, match=r"journal\.sqlite is in the way"):
        _run(tmp_path)
    assert precious.read_text() == "mine"
    assert before is None or path.read_bytes() == before
    assert [each.name for each in (tmp_path / "out").iterdir()] == ["journal.sqlite"]
