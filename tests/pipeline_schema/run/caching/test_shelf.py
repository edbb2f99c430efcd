"""A value on the shelf is whole or absent, whoever else writes, damages or removes it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from pipeline_schema.errors import UsageError
from pipeline_schema.run.caching.exact import InexactError
from pipeline_schema.run.caching.shelf import ABSENT, Shelf

_KEY, _OTHER = "a" * 64, "b" * 64
_VALUE = {"labels": np.arange(1000).reshape(10, 100), "count": 7, "all": (np.float32(1.5), [None, "é"])}


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    """An empty shelf with room."""
    return Shelf(tmp_path, 10**8)


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def test_values_come_back_each_time_anew(shelf: Shelf) -> None:
    """A value is there for whoever asks, equal, and no one's change is seen by the next."""
    assert shelf.get(_KEY) is ABSENT
    shelf.put(_KEY, _VALUE)
    got = shelf.get(_KEY)
    np.testing.assert_equal(got, _VALUE)
    got["labels"][:] = 0
    np.testing.assert_equal(shelf.get(_KEY), _VALUE)
    shelf.put(_OTHER, None)
    assert shelf.get(_OTHER) is None


def test_every_damaged_byte_and_cut_is_found(shelf: Shelf, tmp_path: Path) -> None:
    """A value of which any byte was changed, or the end is missing or too long, is absent, and its file is gone."""
    shelf.put(_KEY, {"a": np.arange(5, dtype=np.uint8), "n": 3})
    (path,) = _files(tmp_path)
    whole = path.read_bytes()
    damaged = [whole[:cut] for cut in range(len(whole))] + [whole + b"x"]
    damaged += [whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :] for at in range(len(whole))]
    for data in damaged:
        path.write_bytes(data)
        assert shelf.get(_KEY) is ABSENT
        assert not path.exists()


def test_what_has_no_exact_form_leaves_nothing(shelf: Shelf, tmp_path: Path) -> None:
    """A value that is refused writes no file."""
    with pytest.raises(InexactError):
        shelf.put(_KEY, {"a": object()})
    assert _files(tmp_path) == []


def test_a_full_disk_leaves_nothing_half_written(shelf: Shelf, tmp_path: Path) -> None:
    """Where there is no room, the error is told, no part of the file stays, and the value is absent."""
    resource = pytest.importorskip("resource", reason="Windows has no limits to lower")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (5000, hard))
    try:
        with pytest.raises(OSError, match="too large"):
            shelf.put(_KEY, np.arange(10_000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert _files(tmp_path) == []
    assert shelf.get(_KEY) is ABSENT


def test_the_oldest_go_when_it_is_full(tmp_path: Path) -> None:
    """The folder stays within its limit, and what was asked for last stays longest; foreign files are left alone."""
    (tmp_path / "ab").mkdir()
    foreign = [tmp_path / "mine.txt", tmp_path / "ab" / "mine.value"]
    for path in foreign:
        path.write_bytes(bytes(500_000))
    shelf = Shelf(tmp_path, 1_000_000)
    for number in range(40):
        shelf.put(f"{number:064x}", np.zeros(10_000))
        for back, path in enumerate(sorted((tmp_path / "00").glob("*.value"), reverse=True)):
            os.utime(path, (10**9 - back, 10**9 - back))
        assert shelf.get(f"{0:064x}") is not ABSENT
    sizes = [path.stat().st_size for path in (tmp_path / "00").iterdir()]
    assert 700_000 < sum(sizes) <= 1_050_000
    assert shelf.get(f"{39:064x}") is not ABSENT
    assert shelf.get(f"{1:064x}") is ABSENT
    assert all(path.exists() for path in foreign)
    shelf.put(_KEY, np.zeros(125_000))
    assert shelf.get(_KEY) is ABSENT


def test_what_a_killed_process_left_is_removed(tmp_path: Path) -> None:
    """Half a file of a day ago goes when there is a look at the folder; one that may be being written stays."""
    for name, age in (("old", 2 * 24 * 3600), ("new", 60)):
        part = tmp_path / "aa" / f".pipeline-partial-{name}"
        part.parent.mkdir(exist_ok=True)
        part.write_bytes(b"half")
        os.utime(part, (time.time() - age, time.time() - age))
    Shelf(tmp_path, 10**8).put(_KEY, 1)
    assert sorted(path.name for path in (tmp_path / "aa").iterdir()) == [".pipeline-partial-new", f"{_KEY}.value"]


def test_a_folder_that_is_none_is_wrong_usage(tmp_path: Path) -> None:
    """A file in the way is told before anything runs."""
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="cache"):
        Shelf(tmp_path / "file", 1)


_WRITER = """
import sys, numpy as np
from pathlib import Path
from pipeline_schema.run.caching.shelf import ABSENT, Shelf
shelf, seed = Shelf(Path(sys.argv[1]), 3_000_000), int(sys.argv[2])
for turn in range(150):
    number = (turn * 7 + seed * 3) % 20
    got = shelf.get(f"{number:064x}")
    assert got is ABSENT or (got == number).all() and len(got) == 30_000
    if got is ABSENT:
        shelf.put(f"{number:064x}", np.full(30_000, number))
"""


def test_many_processes_share_a_shelf(tmp_path: Path) -> None:
    """Four processes that write, read and drop the same values at once, one killed amid it, see right ones or none."""
    writers = [subprocess.Popen([sys.executable, "-c", _WRITER, str(tmp_path), str(seed)]) for seed in range(4)]
    writers[0].kill()
    assert [writer.wait() for writer in writers][1:] == [0, 0, 0]
    shelf = Shelf(tmp_path, 3_000_000)
    for number in range(20):
        got = shelf.get(f"{number:064x}")
        assert got is ABSENT or (got == number).all()
