"""A run over many images: what is done is whole, what fails costs one item, and nothing is left behind."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import psutil
import pytest
import tifffile

from pipeline_schema.codec import digest, dumps, loads
from pipeline_schema.errors import DocumentError, PlanError, UsageError
from pipeline_schema.events import Event
from pipeline_schema.plan import plan
from pipeline_schema.run.batch.lock import LOCK_FILE, OutputLock
from pipeline_schema.run.batch.run import run_batch
from pipeline_schema.run.files.readers import read_image
from pipeline_schema.run.workers.process import Worker

_BLOBS = """{"format": "pipeline-schema/1", "name": "blobs",
 "inputs": {"image": {"axes": "YX"}, "sigma": {"default": 1.0}},
 "steps": [
  {"id": "smooth", "function": "skimage:filters.gaussian", "inputs": {"image": "image", "sigma": "sigma"}},
  {"id": "level", "function": "skimage:filters.threshold_otsu"},
  {"id": "mask", "function": "numpy:greater", "inputs": {"x1": "smooth", "x2": "level"}},
  {"id": "labels", "function": "skimage:measure.label"},
  {"id": "table", "function": "skimage:measure.regionprops_table",
   "inputs": {"label_image": "labels", "intensity_image": "image"},
   "params": {"properties": ["label", "mean_intensity"]}}],
 "outputs": {"labels": "labels", "table": "table", "level": "level"}}"""
# Fails on a constant image, in the library.
_PICKY = """{"format": "pipeline-schema/1", "inputs": {"image": {}},
 "steps": [{"id": "levels", "function": "skimage:filters.threshold_multiotsu"}]}"""
_LONG = """{"format": "pipeline-schema/1", "inputs": {"image": {}},
 "steps": [{"id": "slow", "function": "scipy:ndimage.median_filter", "params": {"size": 151}}]}"""
_RNG = np.random.default_rng(0)


def _image(path: Path, seed: int = 0) -> Path:
    image = np.random.default_rng(seed).integers(0, 255, (60, 80), dtype=np.uint8)
    path.parent.mkdir(parents=True, exist_ok=True)
    tifffile.imwrite(path, image)
    return path


def _left_over(out: Path) -> list[str]:
    return [path.name for path in out.iterdir() if path.name.startswith(".")]


def test_a_value_that_no_function_takes_is_refused(tmp_path: Path) -> None:
    """A value of --set is judged by the functions that it is bound to, before there is an output folder."""
    image, out = _image(tmp_path / "in.tif"), tmp_path / "out"
    with pytest.raises(UsageError, match=r'--set sigma: .*sigma is "wide"'):
        run_batch(_BLOBS.encode(), [image], out, settings={"sigma": "wide"})
    assert not out.exists()


def test_two_are_done_and_the_third_is_named(tmp_path: Path) -> None:
    """A text file renamed .tif fails with an error that names it; the other two are done, bit for bit."""
    good = [_image(tmp_path / "in" / f"{seed}.tif", seed) for seed in (1, 2)]
    bad = tmp_path / "in" / "bad.tif"
    bad.write_text("this is no image")
    out = tmp_path / "out"
    record = run_batch(_BLOBS.encode(), [*good, bad], out, settings={"sigma": 2.0})
    assert [(item.name, item.state) for item in record.items] == [("1", "done"), ("2", "done"), ("bad", "failed")]
    error = record.failed[0].error
    assert error is not None
    assert error.message == f"{bad} is not a TIFF file"
    assert sorted(path.name for path in out.iterdir()) == ["1", "2", "journal.sqlite", "run.json"]
    direct = plan(loads(_BLOBS))
    for path, item in zip(good, record.done, strict=True):
        expected = direct(image=read_image(path).array, sigma=2.0)
        np.testing.assert_array_equal(read_image(out / item.name / "labels.tif").array, expected["labels"])
        assert json.loads((out / item.name / "level.json").read_text()) == expected["level"]
        rows = (out / item.name / "table.csv").read_text().splitlines()
        assert rows[0] == "label,mean_intensity"
        assert [float(row.split(",")[1]) for row in rows[1:]] == list(expected["table"]["mean_intensity"])


_FAN = """{"format": "pipeline-schema/1", "inputs": {"image": {}},
 "steps": [{"id": "dark", "function": "numpy:negative"},
  {"id": "a", "function": "pyclesperanto:gaussian_blur", "params": {"sigma_x": 1}},
  {"id": "b", "function": "pyclesperanto:gaussian_blur", "inputs": {"@": "dark"}}],
 "outputs": {"a": "a", "b": "b"}}"""


def test_the_record_says_what_steps_brought_to_another_memory(opencl: None, tmp_path: Path) -> None:
    """run.json and the events of a run over files count it, and steps are counted as steps of the document."""
    events: list[Event] = []
    run_batch(_FAN.encode(), [_image(tmp_path / "in.tif")], tmp_path / "out", on_event=events.append)
    steps = json.loads((tmp_path / "out" / "run.json").read_text())["items"][0]["steps"]
    brought = {"numpy to pyclesperanto": 1}
    assert [(step["step"], step.get("conversions")) for step in steps] == [("dark", None), ("a", brought), ("b", None)]
    finished = [event for event in events if event.kind == "step-finished"]
    assert [(event.index, event.total, event.conversions) for event in finished] == [
        (0, 3, None), (1, 3, brought), (2, 3, None),
    ]  # fmt: skip
    assert [e.conversions for e in events if e.kind == "outputs-converted"] == [{"pyclesperanto to numpy": 2}]


def test_a_document_may_be_a_file_of_any_format(tmp_path: Path) -> None:
    """The suffix says the format, workers are sent what they read, and the record has the same digest."""
    image = _image(tmp_path / "in.tif")
    path = tmp_path / "blobs.pipeline.yaml"
    path.write_text(dumps(loads(_BLOBS), format="yaml"), encoding="utf-8")
    record = run_batch(path, [image], tmp_path / "out")
    assert (len(record.done), record.digest) == (1, digest(loads(_BLOBS)))
    path.write_text(_BLOBS.replace("threshold_otsu", "treshold_otsu"), encoding="utf-8")
    with pytest.raises(PlanError) as caught:
        run_batch(path, [image], tmp_path / "other")
    assert caught.value.problems[0].line == 5


def test_the_record_says_what_was_done(tmp_path: Path) -> None:
    """run.json has the document's digest, versions, fingerprints, and hashes of what went in and came out."""
    image = _image(tmp_path / "a.tif")
    run_batch(_BLOBS.encode(), [image], tmp_path / "out")
    record = json.loads((tmp_path / "out" / "run.json").read_text())
    assert (record["state"], record["digest"], record["name"]) == ("finished", digest(loads(_BLOBS)), "blobs")
    assert set(record["functions"]) == {step.function for step in loads(_BLOBS).steps}
    (item,) = record["items"]
    assert [step["step"] for step in item["steps"]] == ["smooth", "level", "mask", "labels", "table"]
    described = [*item["outputs"], item["inputs"]["image"]]
    paths = [tmp_path / "out" / "a" / output["file"] for output in item["outputs"]] + [image]
    for path, entry in zip(paths, described, strict=True):
        assert entry["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    labels = item["outputs"][0]
    assert (labels["kind"], labels["dtype_on_disk"], labels["axes"]) == ("labels", "uint8", "YX")


def test_colour_and_stacks_are_refused_by_their_axes(tmp_path: Path) -> None:
    """An RGB picture and a Z-stack given to a pipeline for planes fail with both spellings of the axes."""
    (tmp_path / "rgb.png").write_bytes(imagecodecs.png_encode(np.zeros((20, 30, 3), np.uint8)))
    tifffile.imwrite(tmp_path / "z.tif", np.zeros((4, 20, 30), np.uint8), ome=True, metadata={"axes": "ZYX"})
    record = run_batch(_BLOBS.encode(), [tmp_path / "rgb.png", tmp_path / "z.tif"], tmp_path / "out")
    said = [item.error.message for item in record.failed if item.error]
    assert "axes YXS (20, 30, 3)" in said[0]
    assert "axes ZYX (4, 20, 30)" in said[1]
    assert all("'image' declares YX" in text for text in said)
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"journal.sqlite", "run.json"}


def test_an_exception_in_a_step_costs_one_item_and_one_attempt(tmp_path: Path) -> None:
    """What a library raises is recorded with its step and traceback, and is not tried again."""
    tifffile.imwrite(tmp_path / "flat.tif", np.full((20, 20), 7, np.uint8))
    record = run_batch(_PICKY.encode(), [tmp_path / "flat.tif", _image(tmp_path / "b.tif")], tmp_path / "out")
    flat, other = record.items
    assert (flat.state, flat.attempts, other.state) == ("failed", 1, "done")
    assert flat.error is not None
    assert (flat.error.step, flat.error.type) == ("levels", "ValueError")
    assert "Traceback" in flat.error.traceback


@pytest.mark.parametrize(("deaths", "states"), [(1, ["done", "done"]), (2, ["failed", "done"])])
def test_a_worker_that_dies_costs_its_item_an_attempt(tmp_path: Path, deaths: int, states: list[str]) -> None:
    """After a death the item is tried once more on a fresh worker, then given up, and the rest goes on."""
    images = [_image(tmp_path / name) for name in ("a.tif", "b.tif")]
    workers: list[Worker] = []
    killed: set[int] = set()

    def kill(event: Event) -> None:
        # Events that the dead worker had told already still come.
        if event.kind == "step-started" and len(workers) <= deaths and workers[-1].pid not in killed:
            killed.add(workers[-1].pid)
            psutil.Process(workers[-1].pid).kill()

    out = tmp_path / "out"
    record = run_batch(_BLOBS.encode(), images, out, workers=1, on_event=kill, on_worker=workers.append)
    assert [item.state for item in record.items] == states
    assert record.items[0].attempts == 2
    if deaths == 2:
        assert record.items[0].error is not None
        assert record.items[0].error.type == "WorkerDiedError"
    assert not _left_over(out)


def test_a_timeout_costs_one_item(tmp_path: Path) -> None:
    """An item that takes too long is ended and not tried again; the next one runs on a fresh worker."""
    np.save(tmp_path / "big.npy", _RNG.random((1500, 1500)))
    np.save(tmp_path / "small.npy", _RNG.random((3, 3)))
    record = run_batch(
        _LONG.encode(), [tmp_path / "big.npy", tmp_path / "small.npy"], tmp_path / "out", workers=1, timeout=3
    )
    big, small = record.items
    assert (big.state, big.attempts, small.state) == ("failed", 1, "done")
    assert big.error is not None
    assert big.error.type == "RunTimeoutError"


def test_an_interrupted_run_records_what_was_done(tmp_path: Path) -> None:
    """Ctrl-C leaves what is done, says so in run.json, and no worker, lock or scratch."""
    images = [_image(tmp_path / name) for name in ("a.tif", "b.tif")]
    workers: list[Worker] = []

    def interrupt(event: Event) -> None:
        if event.item == "b" and event.kind == "step-started":
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_batch(_BLOBS.encode(), images, tmp_path / "out", workers=1, on_event=interrupt, on_worker=workers.append)
    record = json.loads((tmp_path / "out" / "run.json").read_text())
    assert (record["state"], record["total"]) == ("interrupted", 2)
    assert [item["name"] for item in record["items"]] == ["a"]
    assert not workers[0].alive
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["a", "journal.sqlite", "run.json"]


_PARENT = """
import sys
from pipeline_schema.run.batch.run import run_batch
def say(event):
    print(event.kind, flush=True)
def meet(worker):
    print("worker", worker.pid, flush=True)
run_batch(sys.argv[1].encode(), [sys.argv[2]], sys.argv[3], on_event=say, on_worker=meet)
"""


def _wait_for(condition: Callable[[], object], seconds: float) -> bool:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if condition():
            return True
        time.sleep(0.01)
    return False


def _running(pid: int) -> bool:
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


@pytest.mark.parametrize("when", ["computing", "writing"])
def test_a_killed_parent_leaves_no_worker_and_no_partial_output(tmp_path: Path, when: str) -> None:
    """kill -9 in the middle of a step or of a file: 5 s later nothing runs and nothing half-written is there."""
    # Noise takes seconds to compress, so the kill falls into the writing.
    np.save(tmp_path / "big.npy", _RNG.random((2000, 4000)))
    quick = _LONG.replace("scipy:ndimage.median_filter", "numpy:negative").replace(', "params": {"size": 151}', "")
    document = _LONG if when == "computing" else quick
    out = tmp_path / "out"
    arguments = [document, str(tmp_path / "big.npy"), str(out)]
    with subprocess.Popen([sys.executable, "-c", _PARENT, *arguments], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        worker = int(parent.stdout.readline().split()[1])
        while parent.stdout.readline().strip() != "step-started":
            pass
        if when == "writing":
            assert _wait_for(lambda: list(out.glob(".pipeline-partial-*/*.tif")), 60)
        parent.send_signal(signal.SIGKILL if os.name == "posix" else signal.SIGTERM)
    assert _wait_for(lambda: not _running(worker), 5)
    left = {LOCK_FILE, "journal.sqlite", "run.json"}
    assert _wait_for(lambda: {path.name for path in out.iterdir()} <= left, 5), list(out.iterdir())
    record = json.loads((out / "run.json").read_text())
    assert (record["state"], record["items"]) == ("interrupted", [])
    # The dead run's lock is no obstacle.
    with OutputLock(out):
        pass


def test_running_again_replaces_outputs_and_keeps_names(tmp_path: Path) -> None:
    """A second run with an input more, of the same stem, leaves the first one's folder to it."""
    first = _image(tmp_path / "in" / "b" / "x.tif", 1)
    out = tmp_path / "out"
    run_batch(_BLOBS.encode(), [first], out)
    before = (out / "x" / "labels.tif").read_bytes()
    other = _image(tmp_path / "in" / "a" / "x.tif", 2)
    record = run_batch(_BLOBS.encode(), [str(tmp_path / "in" / "*" / "x.tif")], out)
    assert [(item.name, item.inputs["image"].path) for item in record.items] == [("x-a", str(other)), ("x", str(first))]
    assert (out / "x" / "labels.tif").read_bytes() == before


def test_a_live_run_holds_its_folder(tmp_path: Path) -> None:
    """A second run into the same folder is refused, and touches nothing."""
    image = _image(tmp_path / "a.tif")
    (tmp_path / "out").mkdir()
    with OutputLock(tmp_path / "out"), pytest.raises(UsageError, match="in use by another run"):
        run_batch(_BLOBS.encode(), [image], tmp_path / "out")
    assert not list((tmp_path / "out").iterdir())


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights on Windows")
def test_a_link_in_the_way_costs_its_item(tmp_path: Path) -> None:
    """An output that is a link is refused before the item runs, its target untouched; the others are done."""
    images = [_image(tmp_path / name) for name in ("a.tif", "b.tif")]
    precious = tmp_path / "precious.tif"
    precious.write_text("mine")
    (tmp_path / "out" / "a").mkdir(parents=True)
    (tmp_path / "out" / "a" / "labels.tif").symlink_to(precious)
    record = run_batch(_BLOBS.encode(), images, tmp_path / "out")
    assert [item.state for item in record.items] == ["failed", "done"]
    assert [path.name for path in (tmp_path / "out" / "a").iterdir()] == ["labels.tif"]
    assert precious.read_text() == "mine"


@pytest.mark.parametrize(
    ("document", "error"),
    [
        ("{", DocumentError),
        (_PICKY.replace("threshold_multiotsu", "threshold_multiotso"), PlanError),
        (_LONG.replace('"image": {}', ""), PlanError),
    ],
)
def test_a_bad_document_is_refused_before_anything_runs(tmp_path: Path, document: str, error: type[Exception]) -> None:
    """All problems come before the output folder exists."""
    with pytest.raises(error):
        run_batch(document.encode(), [_image(tmp_path / "a.tif")], tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_file_is_no_output_folder(tmp_path: Path) -> None:
    """Output into a file, or below one, is wrong usage."""
    image = _image(tmp_path / "a.tif")
    for out in (image, image / "out"):
        with pytest.raises(UsageError, match="can't be the output folder"):
            run_batch(_PICKY.encode(), [image], out)


def test_a_document_that_is_not_there_is_wrong_usage(tmp_path: Path) -> None:
    """The path of a document that can't be read is named."""
    with pytest.raises(UsageError, match=r"x\.pipeline\.json can't be read"):
        run_batch(tmp_path / "x.pipeline.json", [_image(tmp_path / "a.tif")], tmp_path / "out")


@pytest.mark.skipif(sys.platform != "linux", reason="elsewhere every name is text")
def test_a_name_that_is_no_text_is_refused_before_anything_runs(tmp_path: Path) -> None:
    """A file name that JSON can't hold is said up front, where later it would cost the run its record."""
    strange = _image(tmp_path / os.fsdecode(b"\xff.tif"))
    with pytest.raises(UsageError, match="not UTF-8"):
        run_batch(_BLOBS.encode(), [strange], tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_link_to_itself_costs_one_item(tmp_path: Path) -> None:
    """A link in a circle fails by name, and the rest is done."""
    (tmp_path / "loop.tif").symlink_to("loop.tif")
    record = run_batch(_BLOBS.encode(), [tmp_path / "loop.tif", _image(tmp_path / "a.tif")], tmp_path / "out")
    assert [item.state for item in record.items] == ["failed", "done"]


def test_a_record_is_there_while_the_run_goes_on(tmp_path: Path) -> None:
    """Whatever kills a run, no record of an earlier one is left to speak for outputs that it did not make."""
    out, image = tmp_path / "out", _image(tmp_path / "a.tif")
    run_batch(_BLOBS.encode(), [image], out)
    seen = []

    def look(event: Event) -> None:
        if event.kind == "item-started":
            seen.append(json.loads((out / "run.json").read_bytes()))

    run_batch(_BLOBS.encode(), [image], out, settings={"sigma": 3.0}, on_event=look)
    assert [(record["state"], record["items"], record["settings"]) for record in seen] == [
        ("interrupted", [], {"sigma": 3.0})
    ]
    assert list(seen[0]["folders"]) == ["a"]


@pytest.mark.parametrize("timeout", [0.0, -1.0, float("nan")])
def test_a_timeout_that_no_item_can_keep_is_wrong_usage(tmp_path: Path, timeout: float) -> None:
    """Zero seconds, fewer, and what is no number at all are refused."""
    with pytest.raises(UsageError, match="timeout"):
        run_batch(_BLOBS.encode(), [_image(tmp_path / "a.tif")], tmp_path / "out", timeout=timeout)


@pytest.mark.filterwarnings("error")
def test_a_timeout_beyond_the_clock_is_none(tmp_path: Path) -> None:
    """An infinite timeout is a timer that the system takes, and no traceback of a thread."""
    record = run_batch(_BLOBS.encode(), [_image(tmp_path / "a.tif")], tmp_path / "out", timeout=float("inf"))
    assert len(record.done) == 1


@pytest.mark.parametrize("seed", [-1, 2**63, True, 1.5])
def test_what_is_no_seed_is_wrong_usage(tmp_path: Path, seed: Any) -> None:
    """Before there is a folder."""
    document = b"""{"format": "pipeline-schema/1", "inputs": {"image": {}},
                   "steps": [{"function": "skimage:util.random_noise"}]}"""
    np.save(tmp_path / "a.npy", np.ones((3, 3)))
    with pytest.raises(UsageError, match="--seed is"):
        run_batch(document, [tmp_path / "a.npy"], tmp_path / "out", seed=seed)
    assert not (tmp_path / "out").exists()
