"""What is gathered is right and bounded, whatever passes by."""

from __future__ import annotations

import random
import statistics
from pathlib import Path

import msgspec
import numpy as np
import pytest

from pipeline_schema.errors import UsageError
from pipeline_schema.report.gathering import Sample, StepTimes, gather
from pipeline_schema.run.batch.record import ItemRecord, RunRecord, StepTiming
from pipeline_schema.run.batch.run import run_batch
from pipeline_schema.run.channel.messages import ErrorRecord


def _record(items: list[ItemRecord], **fields: object) -> bytes:
    head = RunRecord(
        folder="/o", digest="d", name=None, total=len(items), settings={}, axes=None, versions={}, functions={},
        functions_files=[], catalog_digest="c", platform="p", started="s", folders={}, items=items,
    )  # fmt: skip
    return msgspec.json.encode(msgspec.structs.replace(head, **fields))


def _done(name: str, seconds: float = 1.0) -> ItemRecord:
    steps = (StepTiming(step="blur", key="k", seconds=seconds, memory_type="numpy"),)
    return ItemRecord(name=name, state="done", inputs={}, seconds=seconds, steps=steps)


@pytest.mark.parametrize("count", [0, 1, 5, 24, 25, 49, 1000])
def test_a_sample_is_spread_and_bounded(count: int) -> None:
    """However many items there are, the sample has at most as many as asked for, in order, from both halves."""
    sample = Sample(24)
    for number in range(count):
        sample.add(_done(str(number)))
    names = [int(item.name) for item in sample.items]
    assert names == sorted(set(names))
    assert min(count, 12) <= len(names) <= 24
    if count > 24:
        assert names[0] == 0
        assert max(names) > count * 0.85
        assert 0.3 < sum(name < count / 2 for name in names) / len(names) < 0.7


def test_quantiles_are_within_five_percent() -> None:
    """Median and 95 % of times over five decades are those of the sorted list, within the bins' width."""
    drawn = [10 ** random.Random(seed).uniform(-4, 1) for seed in range(2000)]
    times = StepTimes("k")
    for seconds in drawn:
        times.add(seconds, None)
    assert times.quantile(0.5) == pytest.approx(statistics.median(drawn), rel=0.05)
    assert times.quantile(0.95) == pytest.approx(sorted(drawn)[1899], rel=0.05)
    assert times.quantile(1.0) == pytest.approx(max(drawn), rel=0.05)
    assert (times.least, times.most) == (min(drawn), max(drawn))


def test_failures_of_one_kind_are_told_once(tmp_path: Path) -> None:
    """Items that fail alike are one entry with their number; another message is another; kinds are bounded."""

    def failed(name: str, message: str) -> ItemRecord:
        error = ErrorRecord(type="ValueError", module="builtins", message=message, step="blur", key="k")
        return ItemRecord(name=name, state="failed", inputs={}, seconds=0.1, error=error)

    items = [failed(f"i{n}", f"/in/i{n}.tif is damaged") for n in range(40)] + [_done("good")]
    items += [failed(f"j{n}", f"message {'x' * n}") for n in range(30)]
    (tmp_path / "run.json").write_bytes(_record(items))
    gathered = gather(tmp_path, rows=10, pictures=5)
    first, *others = gathered.failures.values()
    assert (first.count, len(first.names), len(others)) == (40, 20, 19)
    assert gathered.failures_left_out == 11
    assert gathered.states == {"failed": 70, "done": 1}
    assert len(gathered.items) == 10


def test_shards_are_one_run(tmp_path: Path) -> None:
    """The journals of a job array add up, and the run is finished when all of them are."""
    for number in range(12):
        np.save(tmp_path / f"image{number}.npy", np.eye(4))
    document = b'{"format": "pipeline-schema/1", "inputs": {"image": {}}, "steps": [{"function": "numpy:negative"}]}'
    for shard in (1, 2):
        run_batch(document, [tmp_path], tmp_path / "out", shard=f"{shard}/2", workers=1)
        gathered = gather(tmp_path / "out", rows=100, pictures=5)
        assert (gathered.finished, gathered.is_running) == (shard == 2, False)
    assert (gathered.total, gathered.states["done"], len(gathered.heads)) == (12, 12, 2)
    assert gathered.steps["negative"].count == 12
    assert gathered.document == document
    moved = (tmp_path / "out").rename(tmp_path / "moved")
    assert gather(moved, rows=100, pictures=5).states == gathered.states


def test_a_name_that_leads_out_of_the_folder_is_refused(tmp_path: Path) -> None:
    """A record from somebody else does not make a report read files elsewhere."""
    (tmp_path / "run.json").write_bytes(_record([_done("../../etc")]))
    with pytest.raises(UsageError, match="etc"):
        gather(tmp_path, rows=1, pictures=1)
