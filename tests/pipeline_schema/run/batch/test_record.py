"""``run.json``: written whole or not at all, and never over a file that is something else."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import msgspec
import pytest

from pipeline_schema.errors import OutputError, UsageError
from pipeline_schema.run.batch.record import (
    FunctionsFile,
    InputRecord,
    ItemRecord,
    RunRecord,
    functions_files,
    now,
    read_folders,
    write_record,
)
from pipeline_schema.run.channel.messages import ErrorRecord
from pipeline_schema.run.versions import versions
from registry.origin import Origin


def _write(folder: Path, **folders: str) -> Path:
    record = _record(folder, **folders)
    return write_record(record, record.folders.items(), record.items)


def _record(folder: Path, **folders: str) -> RunRecord:
    failed = ItemRecord(
        name="a",
        state="failed",
        inputs={"image": InputRecord(path="a.tif")},
        seconds=0.1,
        error=ErrorRecord(type="ValueError", module="builtins", message="bad"),
    )
    return RunRecord(
        folder=str(folder),
        digest="0" * 64,
        name="x",
        total=1,
        settings={},
        axes=None,
        versions=versions(["skimage:filters.gaussian"]),
        functions={},
        functions_files=[],
        catalog_digest="0" * 64,
        platform="here",
        started=now(),
        folders=folders,
        items=[failed],
    )


def test_a_record_is_plain_json_and_gives_its_folders_back(tmp_path: Path) -> None:
    """Any program can read it, and the next run reads from it who has which folder."""
    path = _write(tmp_path, a="/x/a.tif")
    plain = json.loads(path.read_text())
    assert plain["items"][0]["error"]["message"] == "bad"
    assert {"python", "pipeline-schema", "numpy", "scikit-image", "tifffile"} <= set(plain["versions"])
    assert read_folders(tmp_path) == {"a": "/x/a.tif"}
    assert [path.name for path in tmp_path.iterdir()] == ["run.json"]


def test_what_else_reads_and_writes_is_among_the_versions() -> None:
    """Whatever library had a hand in a file."""
    assert "pyarrow" not in versions(["skimage:filters.gaussian"])
    assert "pyarrow" in versions(["skimage:filters.gaussian"], ["pyarrow"])


def test_without_a_record_no_folder_is_taken(tmp_path: Path) -> None:
    """A new output folder has no earlier run."""
    assert read_folders(tmp_path) == {}


@pytest.mark.parametrize("text", ["", "not json", "[]", "{}", '{"format": "mine", "folders": {}}'])
def test_a_file_of_somebody_else_is_not_overwritten(tmp_path: Path, text: str) -> None:
    """A run.json that is no record is refused before anything runs."""
    (tmp_path / "run.json").write_text(text)
    with pytest.raises(UsageError, match="in the way"):
        read_folders(tmp_path)


def test_a_folder_in_the_way_is_refused(tmp_path: Path) -> None:
    """What is no file at all can't become the record."""
    (tmp_path / "run.json").mkdir()
    with pytest.raises(UsageError, match="in the way"):
        read_folders(tmp_path)


def test_a_record_that_can_not_be_written_leaves_the_old_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the system refuses, the earlier record is whole and nothing is left beside it."""
    before = _write(tmp_path, a="/x/a.tif").read_bytes()

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OutputError, match=r"run\.json could not be written"):
        _write(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["run.json"]
    assert (tmp_path / "run.json").read_bytes() == before


def test_a_record_of_somebody_else_never_leads_out_of_its_folder(tmp_path: Path) -> None:
    """Of an earlier record's names only those that we would give ourselves are kept."""
    _write(tmp_path, **{"../../evil": "/x/a.tif", "/etc": "/x/b.tif", "run.json": "/x/c.tif", "d": "/x/d.tif"})
    assert read_folders(tmp_path) == {"d": "/x/d.tif"}


def test_files_of_functions_are_recorded_once() -> None:
    """Each file stands there once, by path and sha256; functions of modules have no file."""
    origins = [
        Origin(key="local:b.f", name="f", path="/x/b.py", sha256="2"),
        Origin(key="local:a.f", name="f", path="/x/a.py", sha256="1"),
        Origin(key="local:a.g", name="g", path="/x/a.py", sha256="1"),
        Origin(key="local:mod.h", name="h", module="mod"),
    ]
    assert functions_files(origins) == [
        FunctionsFile(path="/x/a.py", sha256="1"),
        FunctionsFile(path="/x/b.py", sha256="2"),
    ]


@pytest.mark.parametrize("count", [0, 1, 3])
def test_a_record_is_written_item_by_item(tmp_path: Path, count: int) -> None:
    """What is streamed is what one would have written in one piece, to the last space."""
    record = _record(tmp_path, **{f"name {number}": f"/x/{number}.tif" for number in range(count)})
    record.items = record.items * count
    path = write_record(record, iter(record.folders.items()), iter(record.items))
    assert path.read_bytes() == msgspec.json.format(msgspec.json.encode(record), indent=2) + b"\n"
    assert msgspec.json.decode(path.read_bytes(), type=RunRecord) == record
