"""Hashes of files and folders: ones that anybody can check."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from pipeline_schema.run.files.digests import sha256_of, sha256_of_input
from pipeline_schema.run.item import ItemInput

_FILES = {"zarr.json": b"{}", "0/zarr.json": b"[]", "0/c/0": b"x" * 1000, "0/c/10": b"", "0/c.x": b"y", "ä b": b"z"}


def _folder(path: Path) -> Path:
    for name, content in _FILES.items():
        (path / name).parent.mkdir(parents=True, exist_ok=True)
        (path / name).write_bytes(content)
    return path


def test_a_file_is_hashed_by_its_bytes(tmp_path: Path) -> None:
    """The hash of a file is what sha256sum prints."""
    (tmp_path / "a").write_bytes(b"abc")
    assert sha256_of(tmp_path / "a") == (hashlib.sha256(b"abc").hexdigest(), 3)


@pytest.mark.skipif(shutil.which("sha256sum") is None, reason="needs GNU coreutils and findutils")
def test_a_folder_is_hashed_as_the_documentation_says(tmp_path: Path) -> None:
    """The command that users are told gives the hash that records hold."""
    folder = _folder(tmp_path / "a")
    command = "find . -type f -printf '%P\\n' | LC_ALL=C sort | xargs -d '\\n' sha256sum | sha256sum"
    said = subprocess.run(command, shell=True, cwd=folder, capture_output=True, text=True, check=True).stdout.split()[0]
    assert sha256_of(folder) == (said, sum(map(len, _FILES.values())))


def test_a_folder_is_known_by_names_and_bytes_alone(tmp_path: Path) -> None:
    """A copy has the same hash; a file more, less, renamed or changed another."""
    whole = sha256_of(_folder(tmp_path / "a"))
    assert sha256_of(_folder(tmp_path / "copy")) == whole
    seen = {whole}
    for change in ("unlink", "rename", "write"):
        file = _folder(tmp_path / change) / "0" / "c" / "0"
        if change == "unlink":
            file.unlink()
        elif change == "rename":
            file.rename(file.with_name("1"))
        else:
            file.write_bytes(b"y" * 1000)
        seen.add(sha256_of(tmp_path / change))
    assert len(seen) == 4


def test_a_stack_is_hashed_by_its_planes(tmp_path: Path) -> None:
    """Each plane, by name and in order."""
    folder = _folder(tmp_path / "a")
    source = ItemInput(path=str(folder), stacked={"Z": ("0", "1")}, planes=("0/c/0", "ä b"))
    lines = "".join(f"{hashlib.sha256(_FILES[name]).hexdigest()}  {name}\n" for name in source.planes)
    assert sha256_of_input(source) == (hashlib.sha256(lines.encode()).hexdigest(), 1001)
    assert sha256_of_input(ItemInput(path=str(folder))) == sha256_of(folder)


def test_what_is_neither_is_not_read(tmp_path: Path) -> None:
    """A pipe would be read without end, a missing file is none."""
    if hasattr(os, "mkfifo"):
        os.mkfifo(tmp_path / "pipe")
    for name in ("pipe", "none"):
        with pytest.raises(OSError, match=name):
            sha256_of(tmp_path / name)
