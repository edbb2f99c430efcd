"""P7: an output is whole or absent, and nothing is done that is not there, whatever fails and whenever it is killed.

The n-th write, flush, rename or commit fails, or the process is killed there, for every n that there is. The run is the
real one, with its items executed in this process, so that every operation of workers and parent can be met.
"""

from __future__ import annotations

import builtins
import errno
import io
import json
import os
import signal
import sqlite3
import sys
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline_schema.codec import loads
from pipeline_schema.errors import PipelineError
from pipeline_schema.events import Event
from pipeline_schema.plan import plan
from pipeline_schema.run.batch.journal import Journal
from pipeline_schema.run.batch.journal_reading import journal_path, reading
from pipeline_schema.run.batch.options import RunOptions
from pipeline_schema.run.batch.run import run_files
from pipeline_schema.run.channel.messages import ItemDone, Ready, record_error
from pipeline_schema.run.engines.engine import Attempt, Order, Outcome
from pipeline_schema.run.files.digests import sha256_of
from pipeline_schema.run.files.made_from import record_input
from pipeline_schema.run.items import process

pytestmark = [
    pytest.mark.skipif(sys.platform == "win32", reason="needs fork and signals"),
    pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning"),
]

_DOCUMENT = b"""{"format": "pipeline-schema/1", "inputs": {"image": {}},
 "steps": [{"id": "negative", "function": "numpy:negative"}, {"id": "top", "function": "numpy:max"}],
 "outputs": {"negative": "negative", "top": "top"}}"""
_ITEMS = 2


class _InThisProcess:
    """An engine that executes an attempt when it is asked for what happened."""

    capacity = 2

    def __init__(self, order: Order, workers: int) -> None:
        self._plan = plan(loads(order.document))
        self._waiting: deque[Attempt] = deque()
        self._told: deque[Event | Outcome] = deque()
        self.ran: list[str] = []

    def start(self) -> Ready:
        return Ready(steps=self._plan.step_ids, outputs=dict(self._plan.output_kinds))

    def submit(self, attempt: Attempt) -> None:
        self._waiting.append(attempt)

    def receive(self, timeout: float) -> Event | Outcome | None:
        if not self._waiting:
            return None
        attempt = self._waiting.popleft()
        self.ran.append(attempt.item.name)
        inputs = {name: record_input(given) for name, given in attempt.item.inputs.items()}
        try:
            done = ItemDone(outputs=process(self._plan, attempt.item), seconds=0.1)
        except Exception as error:
            return Outcome(number=attempt.number, error=record_error(error), inputs=inputs)
        return Outcome(number=attempt.number, done=done, inputs=inputs)

    def drop_waiting(self) -> list[int]:
        dropped = [attempt.number for attempt in self._waiting]
        self._waiting.clear()
        return dropped

    def close(self, *, now: bool = False) -> None:
        pass


def _images(folder: Path) -> Path:
    folder.mkdir()
    for number in range(_ITEMS):
        np.save(folder / f"{number}.npy", np.arange(40, dtype=np.int16).reshape(5, 8) + number)
    return folder


def _run(images: Path, out: Path, **options: Any) -> list[str]:
    """Run; returns the items that were executed."""
    engines: list[_InThisProcess] = []

    def make(order: Order, workers: int) -> _InThisProcess:
        engines.append(_InThisProcess(order, workers))
        return engines[0]

    run_files(_DOCUMENT, [images], out, RunOptions(workers=1, **options), make_engine=make)
    return engines[0].ran


def _outputs(out: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(out)): path.read_bytes()
        for path in sorted(out.rglob("*"))
        if path.is_file() and path.parent != out
    }


def _check_nothing_is_torn(out: Path, expected: dict[str, bytes]) -> None:
    """What lies in its place is whole, and what the journal calls done is there."""
    outputs = _outputs(out)
    for name, found in outputs.items():
        assert name.startswith(".pipeline-partial-") or found == expected[name], name
    # A folder of Zarr that is in its place has all of its files.
    for folder in out.glob("[0-9]*/*.zarr"):
        inside = f"{folder.relative_to(out)}/"
        assert {name for name in outputs if name.startswith(inside)} == {
            name for name in expected if name.startswith(inside)
        }
    if not journal_path(out).exists():
        return
    with reading(journal_path(out)) as journal:
        for entry in journal.entries():
            if entry.state == "done":
                assert entry.record is not None
                for output in entry.record.outputs:
                    assert sha256_of(out / entry.name / output.file)[0] == output.sha256


class _Fault:
    """Counts operations, and fails at the n-th."""

    def __init__(self, at: int, act: Callable[[], None]) -> None:
        self.at = at
        self.count = 0
        self._act = act

    def __call__(self) -> None:
        self.count += 1
        if self.count == self.at:
            self._act()


def _meet(kind: str, out: Path, fault: _Fault, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the fault asked at each operation of a kind below the output folder."""

    def is_ours(path: Any) -> bool:
        return not isinstance(path, int) and Path(os.fspath(path)).is_relative_to(out)

    if kind == "write":

        class Raw(io.FileIO):
            def write(self, data: Any) -> int:
                # Half of it is there when the disk is full.
                view = memoryview(data).cast("B")
                before = fault.count
                half = super().write(view[: len(view) // 2])
                fault()
                assert fault.count == before + 1
                return half + super().write(view[half:])

        real = io.open

        def opened(file: Any, mode: str = "r", *args: Any, **more: Any) -> Any:
            if isinstance(file, str | Path) and is_ours(file) and set(mode) & set("wxa+"):
                raw = Raw(file, mode.replace("b", "").replace("t", ""))
                buffered = io.BufferedRandom(raw) if "+" in mode else io.BufferedWriter(raw)
                return buffered if "b" in mode else io.TextIOWrapper(buffered, encoding="utf-8", newline="")
            return real(file, mode, *args, **more)

        monkeypatch.setattr(builtins, "open", opened)
        monkeypatch.setattr(io, "open", opened)
    elif kind == "commit":
        commit = Journal._commit

        def committed(journal: Journal) -> None:
            try:
                fault()
                commit(journal)
                # The point at which it is committed, and nothing moved.
                fault()
            except OSError as error:
                raise sqlite3.OperationalError("database or disk is full") from error

        monkeypatch.setattr(Journal, "_commit", committed)
    else:
        for name in {"rename": ["rename", "replace"], "flush": ["fsync"], "make": ["mkdir"]}[kind]:
            function = getattr(os, name)

            def wrapped(path: Any, *args: Any, function: Any = function, **more: Any) -> Any:
                if kind == "flush" or is_ours(path):
                    fault()
                return function(path, *args, **more)

            monkeypatch.setattr(os, name, wrapped)


def _count(kind: str, tmp_path: Path, again: bool, **options: Any) -> int:
    """How many operations of a kind a run has."""
    out = tmp_path / "counted"
    if again:
        _run(tmp_path / "in", out, **options)
    fault = _Fault(0, lambda: None)
    with pytest.MonkeyPatch.context() as patching:
        _meet(kind, out, fault, patching)
        _run(tmp_path / "in", out, durable=kind == "flush", **options)
    return fault.count


@pytest.mark.parametrize(
    ("kind", "code", "again", "form"),
    [
        ("write", errno.ENOSPC, False, "tif"),
        ("write", errno.ENOSPC, False, "npy"),
        ("write", errno.EIO, True, "tif"),
        ("flush", errno.EIO, False, "tif"),
        ("rename", errno.EIO, False, "tif"),
        ("rename", errno.ENOSPC, True, "tif"),
        ("rename", errno.ENOSPC, True, "zarr"),
        ("make", errno.ENOSPC, False, "tif"),
        ("make", errno.ENOSPC, True, "zarr"),
        ("commit", errno.ENOSPC, False, "tif"),
        ("commit", errno.EIO, True, "tif"),
    ],
)
def test_whatever_fails_nothing_is_torn_and_resuming_completes(
    tmp_path: Path, kind: str, code: int, again: bool, form: str
) -> None:
    """The n-th operation fails, for every n: whole or absent, not done unless there, and --resume does the rest."""
    images, reference = _images(tmp_path / "in"), tmp_path / "reference"
    _run(images, reference, array_format=form)
    expected = _outputs(reference)
    count = _count(kind, tmp_path, again, array_format=form)
    assert count >= (1 if kind == "make" else _ITEMS)

    def fail() -> None:
        raise OSError(code, os.strerror(code))

    for at in range(1, count + 1):
        out = tmp_path / f"out{at}"
        if again:
            _run(images, out, array_format=form)
        with pytest.MonkeyPatch.context() as patching:
            _meet(kind, out, _Fault(at, fail), patching)
            # Whatever it comes to is told as an error of ours, and never as one of the system or of SQLite.
            with suppress(PipelineError):
                _run(images, out, array_format=form, durable=kind == "flush")
        _check_nothing_is_torn(out, expected)
        _run(images, out, array_format=form, resume=True)
        assert _outputs(out) == expected, at
        record = json.loads((out / "run.json").read_text())
        assert [item["state"] for item in record["items"]] == ["done"] * _ITEMS


@pytest.mark.parametrize(
    ("kind", "again", "form"),
    [
        ("write", False, "tif"),
        ("flush", False, "tif"),
        ("rename", False, "tif"),
        ("rename", True, "tif"),
        ("rename", True, "zarr"),
        ("commit", False, "tif"),
        ("commit", True, "tif"),
        ("commit", True, "zarr"),
    ],
)
def test_wherever_it_is_killed_nothing_is_torn_and_resuming_completes(
    tmp_path: Path, kind: str, again: bool, form: str
) -> None:
    """Killed at the n-th operation, for every n; what is done is not executed a second time."""
    images, reference = _images(tmp_path / "in"), tmp_path / "reference"
    _run(images, reference, array_format=form)
    expected = _outputs(reference)
    for at in range(1, _count(kind, tmp_path, again, array_format=form) + 1):
        out = tmp_path / f"out{at}"
        if again:
            _run(images, out, array_format=form)
        pid = os.fork()
        if not pid:
            with pytest.MonkeyPatch.context() as patching:
                _meet(kind, out, _Fault(at, lambda: os.kill(os.getpid(), signal.SIGKILL)), patching)
                try:
                    _run(images, out, array_format=form, durable=kind == "flush")
                finally:
                    os._exit(0)
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == -signal.SIGKILL
        _check_nothing_is_torn(out, expected)
        done = _done(out)
        ran = _run(images, out, array_format=form, resume=True)
        assert not done & set(ran)
        assert _outputs(out) == expected, at


def _done(out: Path) -> set[str]:
    if not journal_path(out).exists():
        return set()
    with reading(journal_path(out)) as journal:
        return {entry.name for entry in journal.entries() if entry.state == "done"}
