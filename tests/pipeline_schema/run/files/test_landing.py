"""From scratch to place: whole or not at all, and nothing foreign is replaced."""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline_schema.errors import OutputError
from pipeline_schema.run.files.landing import check_way, land, new_scratch, sweep

_POSIX = pytest.mark.skipif(sys.platform == "win32", reason="links and pipes need POSIX")


def _no_input(_: Path) -> bool:
    return False


def _scratch(out: Path, **files: str) -> Path:
    scratch = new_scratch(out)
    scratch.mkdir()
    for stem, text in files.items():
        (scratch / f"{stem}.csv").write_text(text)
    return scratch


def test_a_new_item_arrives_as_a_whole(tmp_path: Path) -> None:
    """Where nothing is, the folder itself is renamed."""
    scratch = _scratch(tmp_path, a="1", b="2")
    inode = scratch.stat().st_ino
    land(scratch, tmp_path / "item", ["a.csv", "b.csv"], _no_input)
    assert (tmp_path / "item").stat().st_ino == inode
    assert sorted(path.name for path in tmp_path.rglob("*")) == ["a.csv", "b.csv", "item"]


def test_an_old_item_is_replaced_file_by_file(tmp_path: Path) -> None:
    """Outputs are replaced; what else a person keeps in the folder stays."""
    land(_scratch(tmp_path, a="old"), tmp_path / "item", ["a.csv"], _no_input)
    (tmp_path / "item" / "notes.txt").write_text("mine")
    land(_scratch(tmp_path, a="new"), tmp_path / "item", ["a.csv"], _no_input)
    assert (tmp_path / "item" / "a.csv").read_text() == "new"
    assert (tmp_path / "item" / "notes.txt").read_text() == "mine"
    assert [path.name for path in tmp_path.iterdir()] == ["item"]


def test_a_store_replaces_an_earlier_one(tmp_path: Path) -> None:
    """An output that is a folder of Zarr takes the place of the one before, whole; any other folder is in the way."""
    for text in ("old", "new"):
        scratch = _scratch(tmp_path)
        (scratch / "a.zarr").mkdir()
        (scratch / "a.zarr" / "zarr.json").write_text(text)
        (scratch / "a.zarr" / text).touch()
        check_way(tmp_path / "item", ["a"], _no_input)
        land(scratch, tmp_path / "item", ["a.zarr"], _no_input)
    assert sorted(path.name for path in (tmp_path / "item" / "a.zarr").iterdir()) == ["new", "zarr.json"]
    assert [path.name for path in tmp_path.iterdir()] == ["item"]
    (tmp_path / "item" / "b.zarr").mkdir()
    with pytest.raises(OutputError, match="in the way"):
        check_way(tmp_path / "item", ["b"], _no_input)


def _link_file(item: Path, elsewhere: Path) -> None:
    item.mkdir()
    (item / "a.csv").symlink_to(elsewhere)


def _link_folder(item: Path, elsewhere: Path) -> None:
    item.symlink_to(elsewhere.parent, target_is_directory=True)


def _pipe(item: Path, elsewhere: Path) -> None:
    item.mkdir()
    os.mkfifo(item / "a.csv")


def _folder(item: Path, elsewhere: Path) -> None:
    (item / "a.csv").mkdir(parents=True)


def _file(item: Path, elsewhere: Path) -> None:
    item.write_text("a file where the folder should be")


@_POSIX
@pytest.mark.parametrize("make", [_link_file, _link_folder, _pipe, _folder, _file])
def test_what_is_no_output_is_never_replaced(tmp_path: Path, make: Callable[[Path, Path], None]) -> None:
    """A link, pipe, folder or file in the way is refused before and after the run, and no target is touched."""
    elsewhere = tmp_path / "elsewhere" / "precious.csv"
    elsewhere.parent.mkdir()
    elsewhere.write_text("mine")
    out = tmp_path / "out"
    out.mkdir()
    make(out / "item", elsewhere)
    scratch = _scratch(out, a="new")
    with pytest.raises(OutputError, match="in the way"):
        check_way(out / "item", ["a"], _no_input)
    with pytest.raises(OutputError, match="in the way"):
        land(scratch, out / "item", ["a.csv"], _no_input)
    assert elsewhere.read_text() == "mine"
    assert [path.name for path in elsewhere.parent.iterdir()] == ["precious.csv"]
    assert (scratch / "a.csv").read_text() == "new"


def test_an_input_is_never_replaced(tmp_path: Path) -> None:
    """An output that would land on an input of the run is refused."""
    (tmp_path / "item").mkdir()
    (tmp_path / "item" / "a.tif").write_text("pixels")
    with pytest.raises(OutputError, match="is an input"):
        check_way(tmp_path / "item", ["a"], {(tmp_path / "item" / "a.tif").resolve()}.__contains__)


@pytest.mark.parametrize("there", [False, True])
def test_a_failed_move_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, there: bool) -> None:
    """When the system refuses to rename, the error says why, and what was there stays."""
    if there:
        land(_scratch(tmp_path, a="old"), tmp_path / "item", ["a.csv"], _no_input)

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "rename", full)
    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(OutputError, match="no room left"):
        land(_scratch(tmp_path, a="new"), tmp_path / "item", ["a.csv"], _no_input)
    assert (tmp_path / "item").exists() is there
    assert not there or (tmp_path / "item" / "a.csv").read_text() == "old"


@_POSIX
def test_sweeping_removes_scratch_and_nothing_else(tmp_path: Path) -> None:
    """What killed runs left goes; other files stay, and a link of that name loses only itself."""
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "a").touch()
    out = tmp_path / "out"
    out.mkdir()
    _scratch(out, a="1")
    (out / ".pipeline-partial-1.json").touch()
    (out / ".pipeline-partial-2").symlink_to(precious)
    (out / "item").mkdir()
    sweep(out)
    assert [path.name for path in out.iterdir()] == ["item"]
    assert (precious / "a").exists()
