"""Measure runs over many images: what an item costs beside its work, and a batch beside plain loops and its peers.

python -m benchmarks.batch [overhead|batch] [--items N]
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections import deque
from pathlib import Path

import numpy as np

from pipeline_schema.codec import loads
from pipeline_schema.plan import plan
from pipeline_schema.run.batch import RunOptions, run_files
from pipeline_schema.run.engine import Attempt, Order, Outcome
from pipeline_schema.run.messages import ItemDone, Ready

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
_RELAY = "shared.py"


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

    def release(self, attempt: Attempt) -> None:
        pass

    def drop_waiting(self) -> list[int]:
        return []

    def close(self, *, now: bool = False) -> None:
        pass


def one_overhead(count: int, kind: str) -> None:
    """Run over so many tiny items and print seconds an item and the peak memory, as JSON; in a process of its own."""
    with tempfile.TemporaryDirectory() as folder:
        images = Path(folder) / "in"
        images.mkdir()
        buffer = io.BytesIO()
        np.save(buffer, np.zeros((2, 2), np.uint8))
        for number in range(count):
            (images / f"{number:06}.npy").write_bytes(buffer.getvalue())
        began = time.perf_counter()
        options = RunOptions(each_step=False, workers=2, array_format="npy")
        make = Nothing if kind == "nothing" else None
        run_files(NEGATIVE, [images], Path(folder) / "out", options, make_engine=make)
        took = time.perf_counter() - began
        # Before the folder is removed, which lists all that is in it.
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"count": count, "seconds": took, "peak": peak}))


def overhead(counts: list[int], kind: str) -> None:
    """What an item costs the parent, and how its memory grows."""
    for count in counts:
        command = [sys.executable, "-m", "benchmarks.batch", "one-overhead", "--items", str(count), "--engine", kind]
        told = json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
        print(f"{kind:8} {count:8} items {told['seconds'] / count * 1e3:8.3f} ms each   peak {told['peak']:6.1f} MiB")


def main() -> None:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser()
    parser.add_argument("what", choices=["overhead", "batch", "one-overhead"], nargs="?", default="batch")
    parser.add_argument("--items", type=int, default=0)
    parser.add_argument("--engine", choices=["nothing", "pool"], default="nothing")
    arguments = parser.parse_args()
    if arguments.what == "one-overhead":
        with contextlib.redirect_stderr(io.StringIO()):
            one_overhead(arguments.items, arguments.engine)
    elif arguments.what == "overhead":
        overhead([arguments.items] if arguments.items else [100, 1_000, 10_000], arguments.engine)


if __name__ == "__main__":
    main()
