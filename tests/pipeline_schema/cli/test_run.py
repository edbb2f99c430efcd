"""``pipeline run`` and ``pipeline status`` as people use them: interrupted, watched, read by programs."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

_PIPELINE = [sys.executable, "-P", "-m", "pipeline_schema"]
_POSIX = pytest.mark.skipif(sys.platform == "win32", reason="signals are POSIX's")
_FUNCTIONS = '''
import time
import numpy as np

def slowly(image: np.ndarray) -> np.ndarray:
    """Take as many tenths of a second as the first pixel says."""
    time.sleep(int(image.flat[0]) / 10)
    return -image
'''


@pytest.fixture
def place(tmp_path: Path) -> Path:
    (tmp_path / "mine.py").write_text(_FUNCTIONS)
    document = {"format": "pipeline-schema/1", "inputs": {"image": {}}, "steps": [{"function": "local:mine.slowly"}]}
    (tmp_path / "d.pipeline.json").write_text(json.dumps(document))
    (tmp_path / "in").mkdir()
    return tmp_path


def _command(place: Path, *more: str, tenths: list[int]) -> list[str]:
    for number, tenth in enumerate(tenths):
        np.save(place / "in" / f"{number}.npy", np.full((2, 2), tenth, np.int16))
    return [*_PIPELINE, "run", "d.pipeline.json", "in", "-o", "out", "--functions", "mine.py", *more]


def _pipeline(place: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([*_PIPELINE, *arguments], cwd=place, capture_output=True, text=True, check=False, timeout=120)


def _wait_for(condition: Callable[[], object], seconds: float = 30) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.02)
    return False


@pytest.fixture
def begin(place: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Begin a run whose first items end at once; returns when they have."""
    runs: list[subprocess.Popen[str]] = []

    def begun(*more: str, tenths: list[int]) -> subprocess.Popen[str]:
        options: dict[str, Any] = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "text": True}
        run = subprocess.Popen(_command(place, *more, tenths=tenths), cwd=place, **options)
        runs.append(run)
        assert _wait_for(lambda: list((place / "out").glob("0/*")))
        time.sleep(0.3)
        return run

    yield begun
    for run in runs:
        run.kill()
        run.communicate()


@_POSIX
def test_the_first_interrupt_finishes_what_is_being_worked_at(
    place: Path, begin: Callable[..., subprocess.Popen[str]]
) -> None:
    """The item in hand is finished and no other is begun; how to go on is said, and --resume does it; exit 130."""
    run = begin("--workers", "1", tenths=[0, 15, 0, 0])
    run.send_signal(signal.SIGINT)
    _, said = run.communicate(timeout=30)
    assert run.returncode == 130
    assert "will be finished" in said
    assert "--resume goes on with the rest" in said
    assert {path.name for path in (place / "out").iterdir()} == {"0", "1", "journal.sqlite", "run.json"}
    done = subprocess.run(
        [*_command(place, "--resume", tenths=[0]), "--format", "json"], cwd=place, capture_output=True
    )
    assert [item["state"] for item in json.loads(done.stdout)["items"]] == ["done"] * 4


@_POSIX
def test_the_second_interrupt_ends_at_once(place: Path, begin: Callable[..., subprocess.Popen[str]]) -> None:
    """The item in hand is dropped, what was done stays, and nothing is left of it; being terminated counts as one."""
    run = begin("--workers", "1", tenths=[0, 600, 0])
    run.send_signal(signal.SIGTERM)
    time.sleep(0.3)
    began = time.monotonic()
    run.send_signal(signal.SIGINT)
    run.communicate(timeout=30)
    assert (run.returncode, time.monotonic() - began < 10) == (130, True)
    assert {path.name for path in (place / "out").iterdir()} == {"0", "journal.sqlite", "run.json"}
    stands = json.loads(_pipeline(place, "status", "out", "--format", "json").stdout)
    assert (stands["state"], stands["done"], stands["waiting"]) == ("interrupted", 1, 2)


@_POSIX
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGHUP])
def test_no_process_outlives_the_run(begin: Callable[..., subprocess.Popen[str]], number: int) -> None:
    """However the run ends, 5 s later neither workers nor guards are there."""
    run = begin("--workers", "2", tenths=[0, 600, 600])
    family = psutil.Process(run.pid).children(recursive=True)
    assert len(family) == 4
    run.send_signal(number)
    run.communicate(timeout=30)
    _, alive = psutil.wait_procs(family, timeout=5)
    assert not alive


def test_status_while_a_run_goes_on(place: Path, begin: Callable[..., subprocess.Popen[str]]) -> None:
    """Counts and who runs it, in words; a second run is refused with the same words."""
    run = begin("--workers", "1", tenths=[0, 600])
    told = _pipeline(place, "status", "out")
    assert told.returncode == 0
    assert f"process {run.pid} on" in told.stdout
    assert "1 done, 0 failed, 1 to do, of 2" in told.stdout
    second = subprocess.run(_command(place, tenths=[0, 600]), cwd=place, capture_output=True, text=True, check=False)
    assert second.returncode == 2
    assert f"process {run.pid} on" in second.stderr
    assert "last heard of" in second.stderr


def test_programs_read_events_from_a_file_and_the_record_from_stdout(place: Path) -> None:
    """With --format json stdout is the record and nothing else; --events has a line for each thing that happened."""
    command = _command(place, "--events", "events.jsonl", "--format", "json", tenths=[0, 0])
    done = subprocess.run(command, cwd=place, capture_output=True, text=True, check=False, timeout=60)
    assert done.returncode == 0
    assert json.loads(done.stdout) == json.loads((place / "out/run.json").read_text())
    events = [json.loads(line) for line in (place / "events.jsonl").read_text().splitlines()]
    kinds = [event["kind"] for event in events if event.get("item") == "1"]
    assert kinds == ["item-started", "step-started", "step-finished", "item-finished"]
    totals = {event["kind"]: event["total"] for event in events if event.get("item") == "1"}
    assert totals == {"item-started": 2, "step-started": 1, "step-finished": 1, "item-finished": 2}


def test_a_long_run_says_little(place: Path) -> None:
    """Sixty items are not sixty lines, neither while they run nor in the report."""
    done = subprocess.run(
        _command(place, tenths=[0] * 60), cwd=place, capture_output=True, text=True, check=False, timeout=60
    )
    assert done.returncode == 0
    assert len(done.stderr.splitlines()) < 10
    assert "60 of 60 items" in done.stderr
    assert done.stdout.splitlines() == [f"60 of 60 done; the record is {place / 'out' / 'run.json'}"]


def test_a_shard_comes_from_the_environment(place: Path) -> None:
    """In a task of a job array only its part is run, and that is said; --shard none runs all."""
    slurm = {"SLURM_ARRAY_TASK_ID": "2", "SLURM_ARRAY_TASK_MIN": "1", "SLURM_ARRAY_TASK_MAX": "2"}
    for more, count in (([], None), (["--shard", "none", "-o", "all"], 8)):
        command = [*_command(place, tenths=[0] * 8), *more]
        done = subprocess.run(
            command, cwd=place, capture_output=True, text=True, check=False, timeout=60, env={**os.environ, **slurm}
        )
        assert done.returncode == 0
        assert ("SLURM_ARRAY_TASK_ID" in done.stderr) is (count is None)
        record = json.loads((place / ("out" if count is None else "all") / "run.json").read_text())
        assert record["total"] == count or 0 < record["total"] < 8
