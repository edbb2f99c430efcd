"""A pool of workers: each does items, and what dies, hangs or grows costs one item."""

from __future__ import annotations

import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from pipeline_schema.errors import RunError
from pipeline_schema.events import Event
from pipeline_schema.run.batch.record import RunRecord
from pipeline_schema.run.batch.run import run_batch
from pipeline_schema.run.engines.pool import devices_here
from pipeline_schema.run.workers.process import Worker
from registry.local import load_functions

_FUNCTIONS = '''
import os, signal, time
import numpy as np

def behave(image: np.ndarray) -> np.ndarray:
    """Do what the first pixel says."""
    what = int(image.flat[0])
    if what == 1:
        os.kill(os.getpid(), signal.SIGSEGV if hasattr(signal, "SIGSEGV") else signal.SIGTERM)
    if what == 2:
        time.sleep(60)
    if what == 3:
        kept = np.ones(2**26)
        time.sleep(60)
    if what == 4:
        raise ValueError("no")
    if what == 5:
        # Dies where something else has run before: only a fresh process survives it.
        if getattr(np, "seen_before", False):
            os._exit(3)
    np.seen_before = True
    return -image

def environment(image: np.ndarray) -> np.ndarray:
    """Whose process this is, and which GPU it was given."""
    time.sleep(0.3)
    told = [os.environ.get(name, "-1") for name in ("CUDA_VISIBLE_DEVICES", "OMP_NUM_THREADS")]
    return np.array([[os.getpid(), *map(int, told)]] * 2)
'''
FINE, CRASHES, HANGS, GROWS, RAISES, NEEDS_FRESH = range(6)


@pytest.fixture
def functions(tmp_path: Path) -> None:
    path = tmp_path / "bad.py"
    path.write_text(_FUNCTIONS)
    load_functions(path)


def _run(tmp_path: Path, *behaviours: int, function: str = "behave", **options: Any) -> RunRecord:
    images = tmp_path / "in"
    images.mkdir()
    for number, behaviour in enumerate(behaviours):
        np.save(images / f"{number}.npy", np.full((2, 2), behaviour, np.int16))
    document = f"""{{"format": "pipeline-schema/1", "inputs": {{"image": {{}}}},
     "steps": [{{"id": "step", "function": "local:bad.{function}"}}], "outputs": {{"result": "step"}}}}"""
    return run_batch(document.encode(), [images], tmp_path / "out", array_format="npy", **options)


def _states(record: RunRecord) -> list[tuple[str, int, str | None]]:
    return [(item.state, item.attempts, item.error.type if item.error else None) for item in record.items]


@pytest.mark.usefixtures("functions")
def test_what_dies_hangs_or_raises_costs_one_item(tmp_path: Path) -> None:
    """Crash, hang, too much memory and exception in one run on two workers: four are named, the others are done."""
    record = _run(
        tmp_path, FINE, CRASHES, HANGS, FINE, GROWS, RAISES, FINE, workers=2, timeout=6, memory_limit=300 * 2**20
    )
    assert record.state == "finished"
    assert _states(record) == [
        ("done", 1, None),
        ("failed", 2, "WorkerDiedError"),
        ("failed", 1, "RunTimeoutError"),
        ("done", 1, None),
        ("failed", 1, "MemoryLimitError"),
        ("failed", 1, "ValueError"),
        ("done", 1, None),
    ]
    crashed, _, grown, _ = (item.error for item in record.failed)
    assert crashed is not None
    assert "SIGSEGV" in crashed.message or sys.platform == "win32"
    assert grown is not None
    assert "300 MiB are allowed (--memory-limit)" in grown.message
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"0", "3", "6", "journal.sqlite", "run.json"}


@pytest.mark.usefixtures("functions")
def test_what_died_is_tried_again_in_a_fresh_process(tmp_path: Path) -> None:
    """An item that can't bear what others left behind is done at the second attempt; with no retries it fails."""
    record = _run(tmp_path, FINE, NEEDS_FRESH, FINE, workers=1)
    assert _states(record) == [("done", 1, None), ("done", 2, None), ("done", 1, None)]


@pytest.mark.usefixtures("functions")
def test_without_retries_a_death_is_the_end_of_the_item(tmp_path: Path) -> None:
    """--retries 0 gives each item one attempt."""
    record = _run(tmp_path, CRASHES, FINE, workers=1, retries=0)
    assert [(state, attempts) for state, attempts, _ in _states(record)] == [("failed", 1), ("done", 1)]


@pytest.mark.usefixtures("functions")
def test_workers_share_the_items_with_a_thread_and_a_gpu_each(tmp_path: Path) -> None:
    """Two workers both work, each with one mathematics thread and the next of the devices."""
    _run(tmp_path, FINE, FINE, FINE, FINE, function="environment", workers=2, devices=("4", "7"))
    seen = [np.load(tmp_path / "out" / str(number) / "result.npy")[0] for number in range(4)]
    assert len({int(pid) for pid, _, _ in seen}) == 2
    assert {int(device) for _, device, _ in seen} == {4, 7}
    assert {int(threads) for _, _, threads in seen} == {1}


@pytest.mark.usefixtures("functions")
def test_no_more_workers_are_started_than_there_are_items(tmp_path: Path) -> None:
    """One image needs one process, whatever the machine has."""
    workers: list[Worker] = []
    record = _run(tmp_path, FINE, workers=8, on_worker=workers.append)
    assert (record.workers, len(workers)) == (1, 1)


def test_workers_that_die_before_they_are_ready_end_the_run(tmp_path: Path) -> None:
    """When no worker lives, the run ends with the reason, and leaves no folder."""
    np.save(tmp_path / "a.npy", np.zeros((2, 2)))
    document = b'{"format": "pipeline-schema/1", "inputs": {"image": {}}, "steps": [{"function": "numpy:negative"}]}'
    with pytest.raises(RunError, match="3 times in a row"):
        run_batch(
            document, [tmp_path / "a.npy"], tmp_path / "out", on_worker=lambda worker: psutil.Process(worker.pid).kill()
        )
    assert not (tmp_path / "out").exists()


@pytest.mark.usefixtures("functions")
def test_stopping_finishes_what_is_being_worked_at(tmp_path: Path) -> None:
    """Once it is to stop, no further item is begun, those begun are done, and --resume does the rest."""
    stopping = threading.Event()
    started: list[str | None] = []

    def observe(event: Event) -> None:
        if event.kind == "item-started":
            started.append(event.item)
            stopping.set()

    options: dict[str, Any] = {"workers": 1, "function": "environment"}
    with pytest.raises(KeyboardInterrupt):
        _run(tmp_path, *[FINE] * 6, on_event=observe, is_stopping=stopping.is_set, **options)
    there = {path.name for path in (tmp_path / "out").iterdir() if path.is_dir()}
    assert there == set(started)
    assert 0 < len(there) < 6
    kept: list[Event] = []
    record = run_batch(
        b"""{"format": "pipeline-schema/1", "inputs": {"image": {}},
     "steps": [{"id": "step", "function": "local:bad.environment"}], "outputs": {"result": "step"}}""",
        [tmp_path / "in"],
        tmp_path / "out",
        array_format="npy",
        resume=True,
        on_event=kept.append,
    )
    assert {event.item for event in kept if event.kind == "item-kept"} == there
    assert len(record.done) == 6


def test_devices_are_those_that_the_scheduler_left(monkeypatch: pytest.MonkeyPatch) -> None:
    """Several named GPUs are dealt out; one, or none, stays as it is."""
    for text, devices in (("0,1", ("0", "1")), ("GPU-3f, 2", ("GPU-3f", "2")), ("1", ()), ("", ())):
        monkeypatch.setenv("CUDA_VISIBLE_DEVICES", text)
        assert devices_here() == devices
