"""Measure runs over many images: what an item costs beside its work, and a batch beside plain loops and its peers.

python -m benchmarks.batch [batch|small|overhead|all] [--items N] [--rounds N] [--engine nothing|pool|dask]
"""

from __future__ import annotations

import argparse
import contextlib
import importlib.util
import io
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections import deque
from pathlib import Path
from typing import Literal

import numpy as np
import tifffile
from skimage.filters import gaussian

from pipeline_schema.codec import loads
from pipeline_schema.events import Event
from pipeline_schema.plan import plan
from pipeline_schema.run.batch.options import RunOptions
from pipeline_schema.run.batch.run import run_files
from pipeline_schema.run.channel.messages import ItemDone, Ready
from pipeline_schema.run.engines.engine import Attempt, Order, Outcome

NEGATIVE = b"""{"format": "pipeline-schema/1", "inputs": {"image": {}},
 "steps": [{"id": "negative", "function": "numpy:negative"}]}"""
FIVE = b"""{"format": "pipeline-schema/1", "name": "five", "inputs": {"image": {"axes": "YX"}},
 "steps": [
  {"id": "smooth", "function": "skimage:filters.gaussian", "params": {"sigma": 2.0}},
  {"id": "level", "function": "skimage:filters.threshold_otsu"},
  {"id": "mask", "function": "numpy:greater", "inputs": {"x1": "smooth", "x2": "level"}},
  {"id": "labels", "function": "skimage:measure.label"},
  {"id": "table", "function": "skimage:measure.regionprops_table", "inputs": {"label_image": "labels"},
   "params": {"properties": ["label", "area"]}}],
 "outputs": {"labels": "labels", "table": "table"}}"""
# What people write without this project: the five functions in a loop, over the images that it is given.
LOOP = """
import csv, sys
from pathlib import Path
import tifffile
from skimage.filters import gaussian, threshold_otsu
from skimage.measure import label, regionprops_table

def one(path, out):
    image = tifffile.imread(path)
    smooth = gaussian(image, sigma=2.0)
    labels = label(smooth > threshold_otsu(smooth))
    table = regionprops_table(labels, properties=["label", "area"])
    folder = Path(out) / Path(path).stem
    folder.mkdir(parents=True)
    tifffile.imwrite(folder / "labels.tif", labels.astype("uint16"), compression="zlib")
    with (folder / "table.csv").open("w", newline="") as file:
        csv.writer(file).writerows([table, *zip(*table.values())])
"""
PLAIN = """
from shared import one
import sys
for path in sys.argv[2:]:
    one(path, sys.argv[1])
"""
JOBLIB = """
from joblib import Parallel, delayed
from shared import one
import sys
Parallel(n_jobs=2)(delayed(one)(path, sys.argv[1]) for path in sys.argv[2:])
"""
DASK = """
from distributed import Client, LocalCluster
from shared import one
import sys
if __name__ == "__main__":
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster, Client(cluster) as client:
        client.gather(client.map(one, sys.argv[2:], out=sys.argv[1], pure=False))
"""


class Nothing:
    """An engine that does nothing to an item but make the folder that is moved."""

    capacity = 6

    def __init__(self, order: Order, workers: int) -> None:
        self._plan = plan(loads(order.document))
        self._waiting: deque[Attempt] = deque()

    def start(self) -> Ready:
        return Ready(steps=self._plan.step_ids, outputs=dict(self._plan.output_kinds))

    def submit(self, attempt: Attempt) -> None:
        self._waiting.append(attempt)

    def receive(self, timeout: float) -> Outcome | None:
        if not self._waiting:
            return None
        attempt = self._waiting.popleft()
        Path(attempt.item.scratch).mkdir()
        return Outcome(number=attempt.number, done=ItemDone(outputs=(), seconds=0.0))

    def drop_waiting(self) -> list[int]:
        return []

    def close(self, *, now: bool = False) -> None:
        pass


def one_overhead(count: int, kind: str) -> None:
    """Run over so many tiny items; print seconds, of the clock and of this process, and its peak memory, as JSON."""
    with tempfile.TemporaryDirectory() as folder:
        images = Path(folder) / "in"
        images.mkdir()
        buffer = io.BytesIO()
        np.save(buffer, np.zeros((2, 2), np.uint8))
        for number in range(count):
            (images / f"{number:06}.npy").write_bytes(buffer.getvalue())
        engine: Literal["process", "dask"] = "dask" if kind == "dask" else "process"
        options = RunOptions(each_step=False, workers=2, array_format="npy", engine=engine)
        started: list[tuple[float, float]] = []

        def tell(event: Event) -> None:
            if event.kind == "item-started" and not started:
                started.append((time.perf_counter(), time.process_time()))

        make = Nothing if kind == "nothing" else None
        began = time.perf_counter(), time.process_time()
        run_files(NEGATIVE, [images], Path(folder) / "out", options, make_engine=make, on_event=tell)
        # Without what workers take to start, however many items there are.
        clock, cpu = started[0] if started else began
        took, used = time.perf_counter() - clock, time.process_time() - cpu
        # Before the folder is removed, which lists all that is in it.
        peak = _peak()
    print(json.dumps({"count": count, "seconds": took, "cpu": used, "peak": peak}))


def _peak() -> float:
    """The most memory that this process has had, in MiB: getrusage counts that of the one that started it too."""
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def overhead(counts: list[int], kind: str) -> None:
    """What an item costs the parent, and how its memory grows."""
    for count in counts:
        command = [sys.executable, "-m", "benchmarks.batch", "one-overhead", "--items", str(count), "--engine", kind]
        told = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        print(
            f"{kind:8} {count:8} items {told['seconds'] / count * 1e3:8.3f} ms each, "
            f"{told['cpu'] / count * 1e3:6.3f} ms of the parent's CPU   peak {told['peak']:6.1f} MiB"
        )


def batch(count: int, size: int, rounds: int) -> None:
    """So many square images through five steps: the command, two plain loops, one, and what is used for it."""
    print(f"{count} images of {size} x {size}, median of {rounds}, at a load of {os.getloadavg()[0]:.1f}")
    noise = np.random.default_rng(0)
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder)
        (place / "in").mkdir()
        (place / "five.pipeline.json").write_bytes(FIVE)
        for name, text in (("shared", LOOP), ("plain", PLAIN), ("joblib_", JOBLIB), ("dask_", DASK)):
            (place / f"{name}.py").write_text(text)
        for number in range(count):
            spots = gaussian(noise.random((size, size)), sigma=size / 85)
            scaled = (spots - spots.min()) / (spots.max() - spots.min()) * 65535
            tifffile.imwrite(place / "in" / f"{number:04}.tif", scaled.astype(np.uint16))
        images = [str(path) for path in sorted((place / "in").iterdir())]
        python = sys.executable
        ours = [python, "-P", "-m", "pipeline_schema", "run", "five.pipeline.json", "in", "--workers", "2", "-o"]
        contenders: dict[str, list[list[str]]] = {
            "two loops": [[python, "plain.py", "OUT", *half] for half in (images[::2], images[1::2])],
            "ours, 2 workers": [[*ours, "OUT"]],
            "one loop": [[python, "plain.py", "OUT", *images]],
        }
        for library in ("joblib", "distributed"):
            if importlib.util.find_spec(library) is not None:
                script = {"joblib": "joblib_.py", "distributed": "dask_.py"}[library]
                contenders[library] = [[python, script, "OUT", *images]]
        times: dict[str, list[tuple[float, float]]] = {name: [] for name in contenders}
        for turn in range(rounds):
            for name, commands in contenders.items():
                times[name].append(_together(commands, place, f"out-{name}-{turn}"))
    floor = [statistics.median(each) for each in zip(*times["two loops"], strict=True)]
    for name, took in times.items():
        wall, cpu = (statistics.median(each) for each in zip(*took, strict=True))
        print(
            f"{name:18} {wall:7.2f} s, {floor[0] / wall:5.2f} of the speed of two loops   "
            f"{cpu / count * 1e3:7.1f} ms of CPU an image, {cpu / floor[1]:5.2f} of two loops"
        )


def _together(commands: list[list[str]], place: Path, out: str) -> tuple[float, float]:
    """Seconds until all have ended, and seconds of CPU of them and theirs: a busy machine changes the first most."""
    single = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    began = time.perf_counter()
    running = [
        subprocess.Popen(
            [out if part == "OUT" else part for part in command],
            cwd=place,
            env={**os.environ, **single},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for command in commands
    ]
    cpu = 0.0
    for process in running:
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        cpu += used.ru_utime + used.ru_stime
        if process.returncode:
            raise RuntimeError(f"{commands[0][:4]} ended with {process.returncode}")
    return time.perf_counter() - began, cpu


def main() -> None:
    """Measure what was asked for; ``all`` prints the whole table."""
    parser = argparse.ArgumentParser()
    kinds = ["batch", "small", "overhead", "all", "one-overhead"]
    parser.add_argument("what", choices=kinds, nargs="?", default="batch")
    parser.add_argument("--items", type=int, default=0)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--engine", choices=["nothing", "pool", "dask"], default="nothing")
    arguments = parser.parse_args()
    if arguments.what == "one-overhead":
        with contextlib.redirect_stderr(io.StringIO()):
            one_overhead(arguments.items, arguments.engine)
    if arguments.what in ("batch", "all"):
        batch(arguments.items or 200, 512, arguments.rounds)
    if arguments.what in ("small", "all"):
        batch(arguments.items or 10_000, 32, arguments.rounds)
    if arguments.what in ("overhead", "all"):
        with_dask = ["dask"] if importlib.util.find_spec("distributed") else []
        for kind in [arguments.engine] if arguments.what == "overhead" else ["nothing", "pool", *with_dask]:
            overhead([arguments.items] if arguments.items else [100, 1_000, 10_000], kind)


if __name__ == "__main__":
    main()
