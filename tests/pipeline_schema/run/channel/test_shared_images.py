"""Images between a parent and its worker: their own bits, nobody else's, and no memory left when either is killed."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from pipeline_schema.errors import WorkerDiedError
from pipeline_schema.run.channel.link import Link
from pipeline_schema.run.workers.process import Worker

_NEGATIVE = b"""{"format": "pipeline-schema/1", "inputs": {"image": {}}, "steps": [{"function": "numpy:negative"}]}"""
_SAME = b"""{"format": "pipeline-schema/1", "inputs": {"image": {}}, "outputs": {"same": "image"},
 "steps": [{"function": "numpy:negative", "options": {"enabled": false}}]}"""
# Takes seconds, so that what is killed when it starts has not ended.
_SLOW = b"""{"format": "pipeline-schema/1", "inputs": {"image": {}},
 "steps": [{"function": "scipy:ndimage.median_filter", "params": {"size": 51}}]}"""
_IMAGE = np.random.default_rng(0).random((1024, 1024))


def _held() -> tuple[int, int]:
    """How many segments this process has mapped, and files open."""
    maps = Path("/proc/self/maps").read_text().count("pipeline-segment")
    return maps, sum(1 for _ in Path("/proc/self/fd").iterdir())


@pytest.mark.parametrize("linked", [True, False], ids=["shared memory", "pipe"])
def test_results_stay_what_they_were(linked: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """Results of many requests are all right, stay so, can be written to, and outlive the worker."""
    if not linked:
        monkeypatch.delattr("socket.send_fds", raising=False)
        assert Link().end is None
    with Worker() as worker:
        worker.load(_NEGATIVE)
        results = [worker.run_values({"image": _IMAGE + k})["negative"] for k in range(6)]
        results[2] += 1
        worker.load(_SAME)
        same = worker.run_values({"image": _IMAGE})["same"]
    results[2] -= 1
    for k, result in enumerate(results):
        np.testing.assert_array_equal(result, -(_IMAGE + k))
    np.testing.assert_array_equal(same, _IMAGE)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_dropped_results_leave_no_memory_and_no_file() -> None:
    """A warm worker's requests take a constant number of segments, and none is left when all is dropped."""
    before = _held()
    with Worker() as worker:
        worker.load(_NEGATIVE)
        counts = set()
        for _ in range(12):
            result = worker.run_values({"image": _IMAGE})["negative"]
            counts.add(_held()[0] - before[0])
        assert 0 < max(counts) <= 4
    np.testing.assert_array_equal(result, -_IMAGE)
    del result
    assert _held() == before


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_a_worker_that_is_killed_takes_its_segments_with_it() -> None:
    """A worker killed over an image leaves what had arrived as it was, and no mapping after that."""
    before = _held()
    with Worker() as worker:
        worker.load(_NEGATIVE)
        result = worker.run_values({"image": _IMAGE})["negative"]
        worker.load(_SLOW)
        with pytest.raises(WorkerDiedError):
            worker.run_values({"image": _IMAGE}, on_event=lambda event: os.kill(worker.pid, signal.SIGKILL))
    np.testing.assert_array_equal(result, -_IMAGE)
    del result
    assert _held() == before


_PARENT = f"""
import numpy as np
from pipeline_schema.run.workers.process import Worker
image, kept = np.ones((2048, 2048)), []
with Worker() as worker:
    worker.load({_NEGATIVE!r})
    print(worker.pid, worker._guard.pid, flush=True)
    while True:
        kept = kept[-3:] + [worker.run_values({{"image": image}})]
"""


def _named() -> set[str]:
    """What shared memory leaves behind, where it leaves something."""
    folders = [Path(folder) for folder in ("/dev/shm", tempfile.gettempdir()) if Path(folder).is_dir()]
    return {str(path) for folder in folders for path in folder.iterdir() if path.stat().st_size >= _IMAGE.nbytes}


def _wait_until_gone(pids: list[int]) -> None:
    deadline = time.monotonic() + 10
    while any(map(psutil.pid_exists, pids)) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not any(map(psutil.pid_exists, pids))


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
@pytest.mark.parametrize("victims", ["parent", "worker", "both"])
def test_a_kill_at_any_moment_leaves_no_segment(victims: str) -> None:
    """Parent, worker or both are killed amid images that come and go: no process and no named memory is left."""
    before, moments = _named(), random.Random(victims)
    for _ in range(int(os.environ.get("PIPELINE_KILLS", "2"))):
        parent = subprocess.Popen(
            [sys.executable, "-c", _PARENT], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )
        assert parent.stdout is not None
        with parent, parent.stdout:
            worker, guard = map(int, parent.stdout.readline().split())
            time.sleep(moments.random() * 0.3)
            for pid in {"parent": [parent.pid], "worker": [worker], "both": [parent.pid, worker]}[victims]:
                os.kill(pid, signal.SIGKILL)
            _wait_until_gone([worker, guard])
    assert _named() <= before


def test_inputs_may_be_of_any_layout_and_number() -> None:
    """Large and small, contiguous and not, more arrays than there are segments: all arrive bit for bit."""
    big: list[Any] = [_IMAGE[::2, ::2] + k for k in range(40)]
    given = [_IMAGE.T, _IMAGE[::3], np.zeros((0, 4)), *big]
    with Worker() as worker:
        worker.load(_SAME)
        for _ in range(2):
            arrived = worker.run_values({"image": given})["same"]
            for one, other in zip(given, arrived, strict=True):
                np.testing.assert_array_equal(one, other, strict=True)
