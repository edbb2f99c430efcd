"""One run at a time in an output folder."""

from __future__ import annotations

import json
import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline_schema.errors import UsageError
from pipeline_schema.run.batch.lock import LOCK_FILE, OutputLock

_HOLD = """
import sys, pathlib
from pipeline_schema.run.batch.lock import OutputLock
with OutputLock(pathlib.Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


def _holder(folder: Path) -> subprocess.Popen[bytes]:
    process = subprocess.Popen(
        [sys.executable, "-c", _HOLD, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdout is not None
    assert process.stdout.readline().strip() == b"held"
    return process


def test_a_second_run_is_refused_with_the_first_ones_name(tmp_path: Path) -> None:
    """While another process holds the folder, the error says which, where and since when."""
    with _holder(tmp_path) as process:
        with pytest.raises(UsageError, match=rf"process {process.pid} on {platform.node()}, since 20"):
            OutputLock(tmp_path).__enter__()
        process.communicate()
    assert not (tmp_path / LOCK_FILE).exists()


def test_a_second_run_of_this_process_is_refused(tmp_path: Path) -> None:
    """Two threads of one program are two runs; when the first is over the second may."""
    with OutputLock(tmp_path), pytest.raises(UsageError, match=str(os.getpid())):
        OutputLock(tmp_path).__enter__()
    with OutputLock(tmp_path):
        pass
    assert not list(tmp_path.iterdir())


def test_a_killed_run_holds_nothing(tmp_path: Path) -> None:
    """The lock of a process that was killed is taken over."""
    with _holder(tmp_path) as process:
        process.kill()
        process.wait()
        assert (tmp_path / LOCK_FILE).exists()
        with OutputLock(tmp_path):
            assert json.loads((tmp_path / LOCK_FILE).read_text())["pid"] == os.getpid()


def test_a_lock_of_another_machine_is_honoured(tmp_path: Path) -> None:
    """Whether another machine's process lives can't be seen from here, so the user is asked."""
    text = json.dumps({"host": "elsewhere", "pid": 1, "started": "2026-01-01"})
    (tmp_path / LOCK_FILE).write_text(text)
    with pytest.raises(UsageError, match=r"process 1 on elsewhere.*delete"):
        OutputLock(tmp_path).__enter__()
    assert (tmp_path / LOCK_FILE).read_text() == text


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights on Windows")
def test_a_link_is_not_followed(tmp_path: Path) -> None:
    """A link that has the lock's name does not make us write to what it points to."""
    precious = tmp_path / "precious"
    precious.write_text("mine")
    (tmp_path / LOCK_FILE).symlink_to(precious)
    with pytest.raises((UsageError, OSError)):
        OutputLock(tmp_path).__enter__()
    assert precious.read_text() == "mine"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
@pytest.mark.parametrize("kind", ["folder", "pipe"])
def test_what_is_no_lock_file_is_refused(tmp_path: Path, kind: str) -> None:
    """A folder or named pipe where the lock file belongs is wrong usage, said with its place, and no hang."""
    path = tmp_path / LOCK_FILE
    path.mkdir() if kind == "folder" else os.mkfifo(path)
    with pytest.raises(UsageError, match=str(tmp_path)):
        OutputLock(tmp_path).__enter__()
    assert path.exists()
