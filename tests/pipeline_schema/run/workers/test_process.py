"""The parent's end: every way in which a worker or its parent can end leaves a typed error and no process."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from pipeline_schema.errors import (
    DocumentError,
    ImageError,
    PlanError,
    RunError,
    RunTimeoutError,
    StepError,
    UsageError,
    WorkerDiedError,
)
from pipeline_schema.events import Event
from pipeline_schema.run.channel.messages import ErrorRecord, RunItem
from pipeline_schema.run.workers.process import Worker, rebuild
from registry.errors import CatalogMismatchError

_OTSU = b"""{"format": "pipeline-schema/1", "inputs": {"image": {}},
 "steps": [{"function": "skimage:filters.threshold_otsu"}]}"""
_IDENTITY = b"""{"format": "pipeline-schema/1", "inputs": {"image": {}},
 "steps": [{"function": "numpy:negative"}]}"""
# Minutes within one call into C.
_LONG = b"""{"format": "pipeline-schema/1", "inputs": {"image": {}},
 "steps": [{"function": "scipy:ndimage.median_filter", "params": {"size": 151}}]}"""
_IMAGE = np.arange(100.0).reshape(10, 10)
_BIG = np.random.default_rng(0).random((1500, 1500))


@pytest.fixture(scope="module")
def shared() -> Iterator[Worker]:
    """A warm worker for tests that leave it as it was."""
    with Worker() as worker:
        yield worker


def _is_gone(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def _wait_until_gone(*pids: int, seconds: float = 5.0) -> bool:
    deadline = time.monotonic() + seconds
    while not (gone := all(map(_is_gone, pids))) and time.monotonic() < deadline:
        time.sleep(0.05)
    return gone


def test_a_worker_runs_again_and_again(shared: Worker) -> None:
    """A warm worker answers each request with its own results, for one document after another."""
    ready = shared.load(_IDENTITY)
    assert ready.steps == ("negative",)
    for factor in (1, 2):
        np.testing.assert_array_equal(shared.run_values({"image": _IMAGE * factor})["negative"], -_IMAGE * factor)
    shared.load(_OTSU)
    assert set(shared.run_values({"image": _IMAGE})) == {"threshold_otsu"}


def test_results_do_not_change_later(shared: Worker) -> None:
    """A result belongs to who asked: the next run does not overwrite it, and it can be written to."""
    shared.load(_IDENTITY)
    first = shared.run_values({"image": _IMAGE})["negative"]
    shared.run_values({"image": _IMAGE + 1})
    np.testing.assert_array_equal(first, -_IMAGE)
    first += 1


def test_a_failed_step_leaves_the_worker_usable(shared: Worker) -> None:
    """A library's exception arrives with step, key, type, note and remote traceback, and the next run works."""
    shared.load(_OTSU)
    with pytest.raises(StepError, match="threshold_otsu") as caught:
        shared.run_values({"image": np.array(["no", "image"])})
    error = caught.value
    assert (error.step, error.key) == ("threshold_otsu", "skimage:filters.threshold_otsu")
    assert error.error_type
    assert "thresholding.py" in (error.remote_traceback or "")
    assert any("skimage:filters.threshold_otsu" in note for note in error.__notes__)
    assert shared.run_values({"image": _IMAGE})


def test_out_of_memory_is_an_error_not_a_death(shared: Worker) -> None:
    """A step that asks for more memory than there is fails by name; the worker lives."""
    shared.load(
        b"""{"format": "pipeline-schema/1", "inputs": {"image": {}},
         "steps": [{"function": "numpy:tile", "params": {"reps": [1000000000000, 1]}}]}"""
    )
    with pytest.raises(StepError) as caught:
        shared.run_values({"image": _IMAGE})
    assert "MemoryError" in caught.value.error_type
    assert shared.alive


def test_an_unknown_function_is_a_problem(shared: Worker) -> None:
    """A document that can't run there is refused with its problems and their suggestions."""
    with pytest.raises(PlanError) as caught:
        shared.load(_OTSU.replace(b"threshold_otsu", b"treshold_otsu"))
    (problem,) = caught.value.problems
    assert problem.code == "unknown-function"
    assert "skimage:filters.threshold_otsu" in problem.suggestions


def test_an_unreadable_document_is_told_as_such(shared: Worker) -> None:
    """Bytes that are no document are a DocumentError."""
    with pytest.raises(DocumentError):
        shared.load(b"{")


def test_differing_functions_are_listed_before_anything_runs(shared: Worker) -> None:
    """A function that the parent knows otherwise is named; the document is then not loaded."""
    shared.load(_IDENTITY)
    with pytest.raises(CatalogMismatchError, match=r"skimage:filters\.threshold_otsu has other parameters") as caught:
        shared.load(_OTSU, fingerprints={"skimage:filters.threshold_otsu": "0" * 16, "mylab:segment": "0"})
    assert len(caught.value.differences) == 2
    with pytest.raises(RunError, match="no document is loaded"):
        shared.run_values({"image": _IMAGE})


def test_a_result_that_cannot_cross_is_named(shared: Worker) -> None:
    """An output that would need a pickle is refused by name, and the worker lives."""
    shared.load(
        b"""{"format": "pipeline-schema/1", "inputs": {"image": {}},
         "steps": [{"function": "skimage:measure.regionprops", "id": "regions"}]}"""
    )
    with pytest.raises(RunError, match=r"output 'regions'\[0\] is of type .*RegionProperties"):
        shared.run_values({"image": np.ones((4, 4), np.uint8)})
    assert shared.alive


def test_an_input_that_cannot_cross_is_named(shared: Worker) -> None:
    """An input that would need a pickle is refused before anything is sent."""
    shared.load(_OTSU)
    with pytest.raises(RunError, match=r"input 'image' is of type _thread\._local"):
        shared.run_values({"image": threading.local()})
    assert shared.run_values({"image": _IMAGE})


def test_events_come_while_it_runs(shared: Worker) -> None:
    """A step's start is told before the step has ended."""
    shared.load(_LONG.replace(b"151", b"31"))
    told: list[tuple[str, float]] = []
    shared.run_values({"image": _BIG[:300, :300]}, on_event=lambda event: told.append((event.kind, time.monotonic())))
    assert [kind for kind, _ in told] == ["step-started", "step-finished"]
    assert told[1][1] - told[0][1] > 0.1


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGINT from another process")
def test_an_interrupt_of_the_worker_alone_is_ignored(shared: Worker) -> None:
    """Ctrl-C is the parent's to decide on."""
    shared.load(_OTSU)
    os.kill(shared.pid, signal.SIGINT)
    assert shared.run_values({"image": _IMAGE})


def test_only_scratch_folders_are_handed_out(shared: Worker, tmp_path: Path) -> None:
    """An item is written to folders of the worker's own alone: only those are removed if this process dies."""
    with pytest.raises(UsageError, match="scratch"):
        shared.run_item(RunItem(name="a", inputs={}, scratch=str(tmp_path)))
    shared.own_scratch(f"{tmp_path}/.pipeline-partial-a-")
    with pytest.raises(UsageError, match="scratch"):
        shared.run_item(RunItem(name="a", inputs={}, scratch=f"{tmp_path}/.pipeline-partial-b-1"))
    assert shared.alive


def test_workers_do_not_hold_each_other() -> None:
    """A worker that was started first ends by itself at once while a later one lives on."""
    with Worker() as first, Worker() as second:
        began = time.monotonic()
        first.close()
        assert time.monotonic() - began < 4
        assert not first.alive
        assert second.alive
    assert _wait_until_gone(first.pid, second.pid)


def test_threads_are_one_by_default_and_the_users_choice_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    """A worker's BLAS takes one thread unless the user says otherwise; the parent's environment stays as it was."""
    monkeypatch.delenv("OPENBLAS_NUM_THREADS", raising=False)
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    before = dict(os.environ)
    with Worker() as worker:
        environment = psutil.Process(worker.pid).environ()
    assert (environment["OPENBLAS_NUM_THREADS"], environment["OMP_NUM_THREADS"]) == ("1", "3")
    assert dict(os.environ) == before


@pytest.mark.skipif(os.name == "nt", reason="signals")
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSEGV, signal.SIGABRT])
def test_a_worker_that_dies_is_told_with_its_last_words(number: signal.Signals) -> None:
    """A worker killed in the middle of a run is a WorkerDiedError with its signal; a crash says where it was."""

    def kill(event: Event) -> None:
        os.kill(worker.pid, number)

    with Worker() as worker:
        worker.load(_LONG)
        with pytest.raises(WorkerDiedError, match=number.name) as caught:
            worker.run_values({"image": _BIG}, on_event=kill)
        assert caught.value.returncode == -number
        for word in ("Fatal Python error", "plan.py"):
            assert (word in caught.value.stderr_tail) == (number != signal.SIGKILL)
        with pytest.raises(WorkerDiedError):
            worker.run_values({"image": _BIG})


def test_a_timeout_ends_the_worker() -> None:
    """A run that takes too long is ended in the middle of its C code."""
    with Worker() as worker:
        worker.load(_LONG)
        began = time.monotonic()
        with pytest.raises(RunTimeoutError, match=r"0\.5 s") as caught:
            worker.run_values({"image": _BIG}, timeout=0.5)
        assert time.monotonic() - began < 4
        assert caught.value.seconds == 0.5
        assert _is_gone(worker.pid)


@pytest.mark.skipif(os.name == "nt", reason="Windows can't stop a process")
def test_a_timeout_holds_while_the_input_is_sent() -> None:
    """A worker that does not even read its input is ended when the time is over."""
    with Worker() as worker:
        worker.load(_OTSU)
        os.kill(worker.pid, signal.SIGSTOP)
        with pytest.raises(RunTimeoutError):
            worker.run_values({"image": _BIG}, timeout=0.5)


@pytest.mark.parametrize("error", [KeyboardInterrupt, ValueError])
def test_an_exception_in_a_callback_ends_the_worker(error: type[BaseException]) -> None:
    """What a callback raises reaches the caller, and no worker goes on behind its back."""

    def refuse(event: Event) -> None:
        raise error

    with Worker() as worker:
        worker.load(_LONG)
        with pytest.raises(error):
            worker.run_values({"image": _BIG}, on_event=refuse)
        assert _is_gone(worker.pid)


@pytest.mark.skipif(os.name == "nt", reason="signals")
def test_ctrl_c_ends_the_worker_and_is_raised() -> None:
    """Ctrl-C while a worker is in C code is a KeyboardInterrupt at once, and no process stays."""
    with Worker() as worker:
        worker.load(_LONG)
        began = time.monotonic()
        timer = threading.Timer(0.5, signal.raise_signal, [signal.SIGINT])
        timer.start()
        with pytest.raises(KeyboardInterrupt):
            worker.run_values({"image": _BIG})
        assert time.monotonic() - began < 4
        assert _is_gone(worker.pid)


_PARENT = """
import os, sys, time
import numpy as np
from pathlib import Path
from pipeline_schema.run.channel.messages import RunItem
from pipeline_schema.run.workers.process import Worker

how, scratch = sys.argv[1:]
worker = Worker()
worker.load(LONG)
if how == "forked" and os.fork() == 0:
    print("child", os.getpid(), flush=True)
    time.sleep(60)
    os._exit(0)
time.sleep(0.2)
worker.own_scratch(scratch)
print("pids", worker.pid, worker._guard.pid, flush=True)
if how == "busy":
    image = np.random.default_rng(0).random((1500, 1500))
    worker.run_values({"image": image}, on_event=lambda event: print(event.kind, flush=True))
time.sleep(60)
"""


@pytest.mark.skipif(os.name == "nt", reason="kill -9")
@pytest.mark.parametrize("how", ["busy", "idle", "forked"])
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_no_process_outlives_its_parent(how: str, number: signal.Signals, tmp_path: Path) -> None:
    """Five seconds after the parent was killed, worker, guard and scratch are gone, also if a fork holds the pipes."""
    script = tmp_path / "parent.py"
    script.write_text(_PARENT.replace("LONG", repr(_LONG)))
    scratch = tmp_path / ".pipeline-partial-1"
    scratch.mkdir()
    (scratch / "labels.tif").write_bytes(b"half")
    with subprocess.Popen([sys.executable, script, how, scratch], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        said: dict[str, list[str]] = {}
        awaited = {"pids"} | {"busy": {"step-started"}, "forked": {"child"}}.get(how, set())
        while not awaited <= said.keys():
            word, *rest = parent.stdout.readline().split()
            said[word] = rest
        worker, guard = map(int, said["pids"])
        time.sleep(0.3)  # well into the C code
        assert not _is_gone(worker)
        parent.send_signal(number)
        parent.wait(5)
        try:
            assert _wait_until_gone(worker, guard)
            assert not scratch.exists()
        finally:
            for child in said.get("child", []):
                os.kill(int(child), signal.SIGKILL)


@pytest.mark.parametrize(
    ("record", "kind", "facts"),
    [
        (ErrorRecord(type="ValueError", module="builtins", message="m", step="a", key="b:c"), StepError, {"step": "a"}),
        (
            ErrorRecord(type="ImageError", module="pipeline_schema.errors", message="m", path="/a"),
            ImageError,
            {"path": "/a"},
        ),
        (ErrorRecord(type="SystemExit", module="builtins", message="3"), RunError, {}),
        (ErrorRecord(type="ImageError", module="elsewhere", message="m"), RunError, {}),
    ],
)
def test_told_errors_become_ours_and_nothing_else(record: ErrorRecord, kind: type, facts: dict[str, Any]) -> None:
    """Only errors of our own tree are raised by the parent; another's name is text."""
    error = rebuild(record)
    assert type(error) is kind
    assert facts.items() <= vars(error).items()
