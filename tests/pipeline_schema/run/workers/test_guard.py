"""The guard ends a worker whose parent is gone, cleans up after it, and touches nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from pipeline_schema.run.workers import guard
from pipeline_schema.run.workers.guarding import own_session

_SLEEP = "import time; time.sleep(60)"
_SLEEP_WITH_CHILD = (
    "import subprocess, sys, time; "
    f"print(subprocess.Popen([sys.executable, '-c', {_SLEEP!r}]).pid, flush=True); time.sleep(60)"
)


@pytest.fixture
def victim() -> Iterator[subprocess.Popen[bytes]]:
    """A process of its own session that would live for a minute, and has a child."""
    process = subprocess.Popen(
        [sys.executable, "-c", _SLEEP_WITH_CHILD],
        stdout=subprocess.PIPE,
        **own_session(),  # type: ignore[call-overload]
    )
    with process:
        yield process
        process.kill()


@pytest.fixture
def guard_process(victim: subprocess.Popen[bytes]) -> Iterator[subprocess.Popen[bytes]]:
    """A guard over the victim, started as a parent starts it."""
    process = subprocess.Popen(
        [sys.executable, "-I", "-S", guard.__file__, str(victim.pid), str(os.getpid())],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        bufsize=0,
    )
    with process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        yield process


def _say(process: subprocess.Popen[bytes], *lines: str) -> None:
    assert process.stdin is not None
    process.stdin.write("".join(line + "\n" for line in lines).encode())


def _end(process: subprocess.Popen[bytes]) -> int:
    assert process.stdin is not None
    process.stdin.close()
    return process.wait(5)


def _clean(folder: Path) -> str:
    return f"clean {os.fsencode(folder).hex()}"


def _scratch(where: Path, name: str) -> Path:
    folder = where / name
    (folder / "sub").mkdir(parents=True)
    (folder / "sub" / "labels.tif").write_bytes(b"half written")
    return folder


def test_a_lost_parent_ends_the_worker_and_its_children(
    victim: subprocess.Popen[bytes], guard_process: subprocess.Popen[bytes]
) -> None:
    """When the pipe ends, the worker is killed and so is the process that it had started."""
    assert victim.stdout is not None
    child = psutil.Process(int(victim.stdout.readline()))
    assert _end(guard_process) == 0
    assert victim.wait(5) != 0
    psutil.wait_procs([child], timeout=5)
    assert not child.is_running() or child.status() == psutil.STATUS_ZOMBIE


def test_a_lost_parent_leaves_no_scratch(tmp_path: Path, guard_process: subprocess.Popen[bytes]) -> None:
    """All scratch folders of a run go, whatever bytes are in their path; those of another run stay."""
    folder = tmp_path / "line\nbreak é"
    for name in (".pipeline-partial-a-1", ".pipeline-partial-a-2", ".pipeline-partial-ab-1", "results"):
        _scratch(folder, name)
    _say(guard_process, _clean(folder / ".pipeline-partial-a-"))
    _end(guard_process)
    assert sorted(path.name for path in folder.iterdir()) == [".pipeline-partial-ab-1", "results"]


def test_only_scratch_is_ever_removed(tmp_path: Path, guard_process: subprocess.Popen[bytes]) -> None:
    """A folder of another name, a link of the right name and a relative path are left alone, though they were named."""
    other = _scratch(tmp_path, "results")
    link = tmp_path / ".pipeline-partial-link"
    link.symlink_to(other, target_is_directory=True)
    here = _scratch(tmp_path, ".pipeline-partial-here")
    _say(guard_process, _clean(other), _clean(link), _clean(Path(os.path.relpath(here))))
    _end(guard_process)
    assert (other / "sub" / "labels.tif").exists()
    assert here.exists()


def test_done_is_the_normal_end(
    tmp_path: Path, victim: subprocess.Popen[bytes], guard_process: subprocess.Popen[bytes]
) -> None:
    """After `done` nothing is killed and nothing is removed."""
    folder = _scratch(tmp_path, ".pipeline-partial-a")
    _say(guard_process, _clean(folder), "done")
    assert guard_process.wait(5) == 0
    assert victim.poll() is None
    assert folder.exists()


def test_an_ended_worker_is_not_hunted(
    tmp_path: Path, victim: subprocess.Popen[bytes], guard_process: subprocess.Popen[bytes]
) -> None:
    """After `ended` the process id may be a stranger's: it is not killed, while scratch is still removed."""
    folder = _scratch(tmp_path, ".pipeline-partial-a")
    _say(guard_process, _clean(folder), "ended")
    _end(guard_process)
    assert victim.poll() is None
    assert not folder.exists()
