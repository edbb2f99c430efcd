"""P8: parts of one run at the same time, and runs that must not meet."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from pipeline_schema.errors import UsageError
from pipeline_schema.run.batch.lock import OutputLock
from pipeline_schema.run.batch.run import run_batch
from pipeline_schema.run.batch.shards import Shard, find_shard, parse_shard
from pipeline_schema.run.batch.status import read_status

_DOCUMENT = """{"format": "pipeline-schema/1", "inputs": {"image": {}},
 "steps": [{"id": "smooth", "function": "scipy:ndimage.median_filter", "params": {"size": 15}}]}"""
_ITEMS = 12


@pytest.mark.parametrize("text", ["0/3", "4/3", "1", "a/b", "1/0", "1/3/5", ""])
def test_a_shard_is_one_of_several(text: str) -> None:
    """Anything but I/N with I from 1 to N is wrong usage."""
    with pytest.raises(UsageError, match="I/N"):
        parse_shard(text)


def test_shards_share_all_items() -> None:
    """Each name is in one shard of an array, and no shard has most of them."""
    names = [f"image {number}" for number in range(600)]
    shards = [[name for name in names if Shard(index, 3).has(name)] for index in (1, 2, 3)]
    assert sorted(name for shard in shards for name in shard) == sorted(names)
    assert all(len(shard) > 150 for shard in shards)


@pytest.mark.parametrize(
    ("environment", "shard"),
    [
        ({}, None),
        ({"SLURM_ARRAY_TASK_ID": "0", "SLURM_ARRAY_TASK_MIN": "0", "SLURM_ARRAY_TASK_MAX": "9"}, "1/10"),
        (
            {
                "SLURM_ARRAY_TASK_ID": "7",
                "SLURM_ARRAY_TASK_MIN": "1",
                "SLURM_ARRAY_TASK_MAX": "10",
                "SLURM_ARRAY_TASK_STEP": "3",
                "SLURM_ARRAY_TASK_COUNT": "4",
            },
            "3/4",
        ),
        ({"SGE_TASK_ID": "undefined"}, None),
        ({"SGE_TASK_ID": "4", "SGE_TASK_FIRST": "2", "SGE_TASK_LAST": "6", "SGE_TASK_STEPSIZE": "2"}, "2/3"),
        ({"LSB_JOBINDEX": "0", "LSB_JOBINDEX_END": "0"}, None),
        ({"LSB_JOBINDEX": "5", "LSB_JOBINDEX_END": "8"}, "5/8"),
        ({"SLURM_ARRAY_TASK_ID": "3", "SLURM_ARRAY_TASK_MIN": "3", "SLURM_ARRAY_TASK_MAX": "3"}, None),
    ],
)
def test_a_task_of_a_job_array_knows_its_shard(environment: dict[str, str], shard: str | None) -> None:
    """SLURM, Grid Engine and LSF tell a task its number and how many there are."""
    found = find_shard(environment)
    assert (None if found is None else str(found)) == shard


@pytest.mark.parametrize(
    "environment",
    [
        # --array=1,5,6
        {
            "SLURM_ARRAY_TASK_ID": "5",
            "SLURM_ARRAY_TASK_MIN": "1",
            "SLURM_ARRAY_TASK_MAX": "6",
            "SLURM_ARRAY_TASK_COUNT": "3",
        },
        {"SLURM_ARRAY_TASK_ID": "5"},
        {"PBS_ARRAY_INDEX": "2"},
    ],
)
def test_a_task_that_can_not_know_its_shard_asks(environment: dict[str, str]) -> None:
    """Where the numbers have gaps, or the count is not told, nothing is guessed."""
    with pytest.raises(UsageError, match="--shard"):
        find_shard(environment)


def _begin(images: Path, out: Path, shard: str) -> subprocess.Popen[bytes]:
    document = images.parent / "d.pipeline.json"
    document.write_text(_DOCUMENT)
    command = [sys.executable, "-P", "-m", "pipeline_schema", "run", str(document), str(images), "-o", str(out)]
    return subprocess.Popen(
        [*command, "--shard", shard, "--workers", "1", "--resume"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )


def test_three_shards_at_once_of_which_one_is_killed(tmp_path: Path) -> None:
    """Two end as they would, the third is told of as interrupted, and resumed it completes what is one run."""
    images, out = tmp_path / "in", tmp_path / "out"
    images.mkdir()
    for number in range(_ITEMS):
        np.save(images / f"{number}.npy", np.random.default_rng(number).integers(0, 99, (120, 120), dtype=np.uint8))
    shards = {shard: _begin(images, out, shard) for shard in ("1/3", "2/3", "3/3")}
    deadline = time.monotonic() + 60
    while not _done(out, "2/3") and time.monotonic() < deadline:
        time.sleep(0.02)
    shards["2/3"].kill()
    for run in shards.values():
        run.wait(120)
    between = read_status(out)
    states = {part.shard: part.state for part in between.shards}
    assert states == {"1/3": "finished", "2/3": "interrupted", "3/3": "finished"}
    assert between.state == "interrupted"
    assert _begin(images, out, "2/3").wait(120) == 0
    after = read_status(out)
    assert (after.state, after.total, after.done) == ("finished", _ITEMS, _ITEMS)
    record = json.loads((out / "run.json").read_text())
    assert (record["state"], record["total"]) == ("finished", _ITEMS)
    assert {item["name"] for item in record["items"]} == {str(number) for number in range(_ITEMS)}
    # The bytes are those of a run in one piece.
    whole = run_batch(_DOCUMENT.encode(), [images], tmp_path / "whole")
    told = {item["name"]: item["outputs"][0]["sha256"] for item in record["items"]}
    assert told == {item.name: item.outputs[0].sha256 for item in whole.items}


def _done(out: Path, shard: str) -> int:
    try:
        return sum(part.done for part in read_status(out).shards if part.shard == shard)
    except UsageError:
        return 0  # not begun


def test_only_shards_of_one_array_run_side_by_side(tmp_path: Path) -> None:
    """Beside a shard of three, neither a run over everything, nor one of four, nor the same shard may begin."""
    with OutputLock(tmp_path, "1/3"):
        with OutputLock(tmp_path, "2/3"):
            pass
        for shard in (None, "1/4", "1/3"):
            with pytest.raises(UsageError, match="in use by another run"):
                OutputLock(tmp_path, shard).__enter__()
    with OutputLock(tmp_path), pytest.raises(UsageError, match="in use by another run"):
        OutputLock(tmp_path, "1/3").__enter__()
    assert not list(tmp_path.iterdir())


def test_a_run_is_resumed_as_it_was_dealt_out(tmp_path: Path) -> None:
    """Resuming one of three shards as a run over everything would do all again, and is refused."""
    np.save(tmp_path / "a.npy", np.zeros((4, 4)))
    run_batch(_DOCUMENT.encode(), [tmp_path / "a.npy"], tmp_path / "out", shard="1/3")
    with pytest.raises(UsageError, match="dealt out otherwise"):
        run_batch(_DOCUMENT.encode(), [tmp_path / "a.npy"], tmp_path / "out", resume=True)
