"""A run on a Dask cluster: scheduler and workers are processes of their own, which talk over TCP and may die."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import psutil
import pytest

from pipeline_schema.errors import RunError, UsageError
from pipeline_schema.events import Event
from pipeline_schema.run.batch.record import RunRecord
from pipeline_schema.run.batch.run import run_batch
from registry.errors import CatalogMismatchError
from registry.local import load_functions

pytest.importorskip("distributed", reason="needs Dask: pip install 'pipeline-schema[dask]'")

_GROW = b"""{"format": "pipeline-schema/1", "inputs": {"image": {}},
 "steps": [{"id": "smooth", "function": "skimage:filters.gaussian", "params": {"sigma": 2.0}},
           {"id": "grown", "function": "skimage:morphology.dilation"}]}"""
_TABLE = b"""{"format": "pipeline-schema/1", "inputs": {"image": {}},
 "steps": [{"id": "smooth", "function": "skimage:filters.gaussian", "params": {"sigma": 40.0}},
           {"id": "mask", "function": "numpy:greater", "inputs": {"x1": "smooth"}, "params": {"x2": 0.0001}},
           {"id": "labels", "function": "skimage:measure.label"},
           {"id": "table", "function": "skimage:measure.regionprops_table", "inputs": {"label_image": "labels"}}],
 "outputs": {"labels": "labels", "table": "table"}}"""
_BEHAVE = b"""{"format": "pipeline-schema/1", "inputs": {"image": {}},
 "steps": [{"id": "step", "function": "local:cluster.behave"}]}"""
_FUNCTIONS = '''
import os, time
import numpy as np

def behave(image: np.ndarray) -> np.ndarray:
    """Do what the first pixel says."""
    what = int(image.flat[0])
    if what == 1:
        os._exit(3)
    if what == 2:
        raise ValueError("no")
    time.sleep(what / 1000)
    return np.array([[os.getpid(), os.getppid()]])
'''
FINE, CRASHES, RAISES, SLOW = 0, 1, 2, 500


class Cluster:
    """A scheduler and its workers."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._processes: list[subprocess.Popen[bytes]] = []
        self._logs: list[Path] = []
        log = self._start("dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-dashboard")
        self.scheduler = self._processes[0]
        self.address = _wait_for(log, r"Scheduler at:\s+(tcp://\S+)")

    def add_worker(self, path: Path | None = None) -> subprocess.Popen[bytes]:
        """Start a worker, `path` before all else in its Python's path."""
        log = self._start("dask_worker", self.address, "--nthreads", "1", "--no-nanny", "--no-dashboard", path=path)
        _wait_for(log, r"Registered to:\s+tcp")
        return self._processes[-1]

    def _start(self, module: str, *arguments: str, path: Path | None = None) -> Path:
        log = self._folder / f"{len(self._processes)}-{module}.log"
        environment = dict(os.environ) if path is None else {**os.environ, "PYTHONPATH": str(path)}
        with log.open("wb") as file:
            words = [sys.executable, "-P", "-m", f"distributed.cli.{module}", *arguments]
            process = subprocess.Popen(words, stdout=file, stderr=file, cwd=self._folder, env=environment)
        self._processes.append(process)
        return log

    def close(self) -> None:
        for process in reversed(self._processes):
            process.kill()
            process.wait()


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    """A scheduler, still without workers."""
    made = Cluster(tmp_path)
    yield made
    made.close()


@pytest.fixture
def functions(tmp_path: Path) -> None:
    path = tmp_path / "cluster.py"
    path.write_text(_FUNCTIONS)
    load_functions(path)


def _images(folder: Path, *behaviours: int) -> Path:
    folder.mkdir()
    for number, behaviour in enumerate(behaviours):
        np.save(folder / f"{number}.npy", np.full((4, 4), behaviour, np.int16))
    return folder


def _older(folder: Path) -> Path:
    """Where a Python finds an older scikit-image, as far as a handshake sees it: what tells versions is metadata."""
    metadata = folder / "older" / "scikit_image-0.25.2.dist-info"
    metadata.mkdir(parents=True)
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: scikit-image\nVersion: 0.25.2\n")
    return metadata.parent


def _run(document: bytes, images: Path, out: Path, **options: Any) -> RunRecord:
    return run_batch(document, [images], out, array_format="npy", engine="dask", **options)


def test_two_workers_give_what_a_pool_gives(tmp_path: Path, cluster: Cluster) -> None:
    """Bit for bit; resuming then finds that nothing is left to do."""
    cluster.add_worker()
    cluster.add_worker()
    images, out = _images(tmp_path / "in", *range(0, 4000, 500)), tmp_path / "out"
    record = _run(_GROW, images, out, scheduler=cluster.address)
    expected = run_batch(_GROW, [images], tmp_path / "pool", array_format="npy")
    assert [item.state for item in record.items] == ["done"] * 8
    assert [item.outputs for item in record.items] == [item.outputs for item in expected.items]
    kept: list[Event] = []
    again = _run(_GROW, images, out, scheduler=cluster.address, resume=True, on_event=kept.append)
    assert [item.outputs for item in again.items] == [item.outputs for item in expected.items]
    assert sum(event.kind == "item-kept" for event in kept) == 8


def test_all_formats_and_the_cache_are_those_of_a_pool(tmp_path: Path, cluster: Cluster) -> None:
    """Folders of Zarr, Parquet, merged tables; a second run finds in the cache what the first one made."""
    cluster.add_worker()
    images = tmp_path / "in"
    images.mkdir()
    for number in range(3):
        # So large that smoothing takes longer than the cache does.
        image = np.zeros((400, 400), np.uint8)
        image[100 * number :: 160, ::190] = 255
        np.save(images / f"{number}.npy", image)
    options: dict[str, Any] = {"table_format": "parquet", "merge": True}
    made = {}
    on_dask = {"engine": "dask", "scheduler": cluster.address, "cache": tmp_path / "cache"}
    for name, more in {"pool": {}, "dask": on_dask, "again": on_dask}.items():
        told: list[Event] = []
        record = run_batch(
            _TABLE, [images], tmp_path / name, array_format="zarr", on_event=told.append, **options, **more
        )
        assert [item.state for item in record.items] == ["done"] * 3
        cached = sum(event.message == "cached" for event in told)
        made[name] = [item.outputs for item in record.items], (tmp_path / name / "table.parquet").read_bytes(), cached
    assert made["pool"] == (*made["dask"][:2], 0)
    assert made["again"][:2] == made["pool"][:2]
    assert made["again"][2] > made["dask"][2] == 0


@pytest.mark.usefixtures("functions")
def test_a_worker_that_is_killed_costs_its_items_an_attempt(tmp_path: Path, cluster: Cluster) -> None:
    """The other one does them again, and the processes of the dead one are gone."""
    doomed = cluster.add_worker()
    cluster.add_worker()
    started: list[int] = []
    orphans: list[psutil.Process] = []

    def observe(event: Event) -> None:
        started.append(event.kind == "item-started")
        if sum(started) == 4 and not orphans:
            orphans.extend(psutil.Process(doomed.pid).children(recursive=True))
            doomed.kill()

    images = _images(tmp_path / "in", *[SLOW] * 10)
    record = _run(_BEHAVE, images, tmp_path / "out", scheduler=cluster.address, on_event=observe)
    assert [item.state for item in record.items] == ["done"] * 10
    assert sum(item.attempts > 1 for item in record.items) >= 1
    assert orphans
    assert psutil.wait_procs(orphans, timeout=5)[1] == []


@pytest.mark.usefixtures("functions")
def test_a_scheduler_that_is_killed_ends_the_run(tmp_path: Path, cluster: Cluster) -> None:
    """What is done is recorded, and another cluster goes on with the rest."""
    cluster.add_worker()
    images, out = _images(tmp_path / "in", *[SLOW] * 6), tmp_path / "out"
    finished: list[str | None] = []

    def observe(event: Event) -> None:
        if event.kind == "item-finished":
            finished.append(event.item)
            cluster.scheduler.kill()

    with pytest.raises(RunError, match="the scheduler was lost"):
        _run(_BEHAVE, images, out, scheduler=cluster.address, on_event=observe)
    assert 0 < len(finished) < 6
    record = run_batch(_BEHAVE, [images], out, array_format="npy", workers=1, resume=True)
    assert [item.state for item in record.items] == ["done"] * 6


@pytest.mark.usefixtures("functions")
def test_what_crashes_or_raises_costs_one_item(tmp_path: Path, cluster: Cluster) -> None:
    """A crash is tried again, an exception is not, and Dask's worker lives through both."""
    worker = cluster.add_worker()
    images = _images(tmp_path / "in", FINE, CRASHES, RAISES, FINE)
    record = _run(_BEHAVE, images, tmp_path / "out", scheduler=cluster.address)
    assert [(item.state, item.attempts) for item in record.items] == [
        ("done", 1),
        ("failed", 2),
        ("failed", 1),
        ("done", 1),
    ]
    assert [item.error.type for item in record.failed if item.error] == ["WorkerDiedError", "ValueError"]
    assert worker.poll() is None
    assert {int(np.load(path)[0, 1]) for path in (tmp_path / "out").glob("*/step.npy")} == {worker.pid}


def test_a_worker_with_another_version_is_refused(tmp_path: Path, cluster: Cluster) -> None:
    """Before anything runs, with the functions that differ, since results would depend on who made them."""
    cluster.add_worker()
    cluster.add_worker(_older(tmp_path))
    with pytest.raises(CatalogMismatchError, match=r"skimage:morphology\.dilation has other parameters") as caught:
        _run(_GROW, _images(tmp_path / "in", FINE), tmp_path / "out", scheduler=cluster.address)
    (difference,) = caught.value.differences
    assert difference.startswith("tcp://127.0.0.1:")
    assert not (tmp_path / "out").exists()


def test_a_worker_with_another_version_that_comes_late_is_left_out(tmp_path: Path, cluster: Cluster) -> None:
    """What it was given, another does; the run says so and goes on."""
    cluster.add_worker()
    told: list[Event] = []
    late: list[subprocess.Popen[bytes]] = []

    def observe(event: Event) -> None:
        told.append(event)
        if event.kind == "item-finished" and not late:
            late.append(cluster.add_worker(_older(tmp_path)))

    images = _images(tmp_path / "in", *range(400))
    record = _run(_GROW, images, tmp_path / "out", scheduler=cluster.address, on_event=observe)
    assert {(item.state, item.attempts) for item in record.items} == {("done", 1)}
    notes = [event.message or "" for event in told if event.kind == "note"]
    assert any(re.search(r"the worker tcp://\S+ is not used: .*dilation", note, re.DOTALL) for note in notes)


def test_a_worker_has_to_see_the_output_folder(tmp_path: Path, cluster: Cluster) -> None:
    """A machine without the shared storage is told of before anything runs."""
    from pipeline_schema.run.engines.cluster import DaskEngine
    from pipeline_schema.run.engines.engine import Order

    cluster.add_worker()
    order = Order(document=_GROW, scratch=f"{tmp_path}/.pipeline-partial-a-")
    engine = DaskEngine(order, 1, out=tmp_path, proof="not-there", scheduler=cluster.address)
    with pytest.raises(UsageError, match="storage that all share"):
        engine.start()
    engine.close()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"engine": "process", "scheduler": "tcp://127.0.0.1:1"}, "--scheduler is for --engine dask"),
        ({"engine": "dask", "scheduler": "tcp://127.0.0.1:1", "workers": 2}, "--workers is for this machine"),
        ({"engine": "dask", "devices": ("0",)}, "--devices is for the processes of this machine"),
    ],
)
def test_options_that_contradict_are_wrong_usage(tmp_path: Path, options: dict[str, Any], message: str) -> None:
    """Nothing is started, and no folder made."""
    with pytest.raises(UsageError, match=message):
        run_batch(_GROW, [_images(tmp_path / "in", FINE)], tmp_path / "out", **options)
    assert not (tmp_path / "out").exists()


@pytest.mark.skipif(os.name != "posix", reason="ends a process as only POSIX can")
def test_a_cluster_on_this_machine_goes_with_its_parent(tmp_path: Path) -> None:
    """However the parent dies, no process is left five seconds later."""
    images = _images(tmp_path / "in", *[SLOW] * 20)
    (tmp_path / "cluster.py").write_text(_FUNCTIONS)
    (tmp_path / "behave.pipeline.json").write_bytes(_BEHAVE)
    words = [sys.executable, "-P", "-m", "pipeline_schema", "run", "behave.pipeline.json", str(images), "-o", "out"]
    parent = subprocess.Popen(
        [*words, "--engine", "dask", "--workers", "2", "--functions", "cluster.py"],
        cwd=tmp_path,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        deadline = time.monotonic() + 60
        while not (tmp_path / "out/0/step.tif").exists():
            assert time.monotonic() < deadline
            time.sleep(0.05)
        family = psutil.Process(parent.pid).children(recursive=True)
        assert len(family) >= 4
    finally:
        parent.send_signal(signal.SIGKILL)
        parent.wait()
    assert psutil.wait_procs(family, timeout=5)[1] == []


def _wait_for(log: Path, pattern: str) -> str:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        found = re.search(pattern, log.read_text(errors="replace"))
        if found is not None:
            return found[1] if found.groups() else found[0]
        time.sleep(0.05)
    raise AssertionError(log.read_text(errors="replace"))
