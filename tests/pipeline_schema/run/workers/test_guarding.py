"""The parent's side of the guard registers scratch folders only, and survives the guard."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from pipeline_schema.errors import UsageError
from pipeline_schema.run.workers.guarding import Guard


@pytest.fixture
def watched() -> Iterator[subprocess.Popen[bytes]]:
    """A process to be guarded."""
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        yield process
        process.kill()


@pytest.fixture
def guard(watched: subprocess.Popen[bytes]) -> Iterator[Guard]:
    """A guard that is ready."""
    made = Guard(watched.pid)
    made.wait_until_ready()
    yield made
    made.done()


@pytest.mark.parametrize("folder", ["results", "sub/.pipeline-partial-a/results"])
def test_other_folders_are_refused(folder: str, guard: Guard, tmp_path: Path) -> None:
    """A folder that is not scratch can't even be registered."""
    with pytest.raises(UsageError, match="no scratch folder"):
        guard.clean(str(tmp_path / folder))


def test_relative_folders_are_refused(guard: Guard) -> None:
    """A path that would mean another folder in another process can't be registered."""
    with pytest.raises(UsageError, match="absolute"):
        guard.clean(".pipeline-partial-a")


def test_done_leaves_everything(guard: Guard, watched: subprocess.Popen[bytes], tmp_path: Path) -> None:
    """A dismissed guard is gone, has killed and removed nothing, and hears nothing more without an error."""
    scratch = tmp_path / ".pipeline-partial-a"
    scratch.mkdir()
    guard.clean(str(scratch))
    guard.done()
    assert not psutil.pid_exists(guard.pid)
    assert watched.poll() is None
    assert scratch.exists()
    guard.clean(str(scratch))
    guard.done()


def test_a_killed_guard_stops_nothing(guard: Guard, tmp_path: Path) -> None:
    """When something killed the guard, the parent goes on."""
    psutil.Process(guard.pid).kill()
    psutil.wait_procs([psutil.Process(guard.pid)], timeout=0.5)
    guard.clean(tmp_path / ".pipeline-partial-a")
    guard.ended()
