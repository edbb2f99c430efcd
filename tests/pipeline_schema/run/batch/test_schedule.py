"""The schedule: what it asks of an engine, and what it keeps in memory."""

from __future__ import annotations

import gc
import tracemalloc
from pathlib import Path

import numpy as np

from benchmarks.batch import NEGATIVE, Nothing
from pipeline_schema.run.batch.options import RunOptions
from pipeline_schema.run.batch.run import run_files


def _least_peak(folder: Path, count: int) -> int:
    """Of three runs: what is read again since the machine has changed meanwhile (a catalog) is not of the items."""
    return min(_peak(folder / str(number), count) for number in range(3))


def _peak(folder: Path, count: int) -> int:
    folder.mkdir(exist_ok=True)
    images = folder / f"in{count}"
    images.mkdir()
    np.save(images / "0.npy", np.zeros((2, 2)))
    for number in range(1, count):
        (images / f"{number}.npy").hardlink_to(images / "0.npy")
    gc.collect()  # what other tests left is not to be counted where it happens to go
    tracemalloc.start()
    run_files(NEGATIVE, [images], folder / f"out{count}", RunOptions(workers=1), make_engine=Nothing)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return peak


def test_nothing_in_memory_grows_with_the_number_of_items(tmp_path: Path) -> None:
    """From where pages and transactions are full, a thousand items more take no more than 100 bytes each."""
    _peak(tmp_path, 10)  # what is loaded once, is
    few, many = _least_peak(tmp_path, 600), _least_peak(tmp_path, 1600)
    assert many - few < 1000 * 100
