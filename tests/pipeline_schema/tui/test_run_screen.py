"""The button Run: a real subprocess on a real image."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Collection
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
import psutil  # type: ignore[import-untyped]
import pytest
import skimage
import tifffile

from pipeline_schema.run.files.readers import read_image

Drive = Callable[..., None]

STEPS: list[dict[str, Any]] = [
    {"id": "smooth", "function": "skimage:filters.gaussian", "params": {"sigma": 2.0}},
    {"id": "level", "function": "skimage:filters.threshold_otsu"},
    {"id": "mask", "function": "numpy:greater", "inputs": {"x1": "smooth", "x2": "level"}},
    {"id": "labels", "function": "skimage:measure.label"},
]


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """The coins picture that comes with scikit-image."""
    return Path(shutil.copy(str(files("skimage") / "data" / "coins.png"), tmp_path / "coins.png"))


def _document(folder: Path, steps: list[dict[str, Any]]) -> Path:
    path = folder / "document.pipeline.json"
    path.write_text(json.dumps({"format": "pipeline-schema/1", "inputs": {"image": {"axes": "YX"}}, "steps": steps}))
    return path


async def _start(person: Any, image: Path, out: Path) -> None:
    await person.press("r")
    await person.settle()
    person.app.screen.query_one(".image").value = str(image)
    person.app.screen.query_one("#out").value = str(out)
    await person.press("enter")


def _finished(person: Any) -> Callable[[], bool]:
    return lambda: not person.app.screen.query_one("#start").disabled


def _workers(others: Collection[psutil.Process] = ()) -> list[psutil.Process]:
    """Processes that were started since; `others` are those that were there before."""
    return [
        process
        for process in psutil.Process().children(recursive=True)
        if process not in others and process.status() != psutil.STATUS_ZOMBIE
    ]


def test_run_shows_progress_and_writes_results(drive: Drive, tmp_path: Path, image: Path) -> None:
    """Every step is told as it finishes, and the labels are where the screen says, as direct calls make them."""

    async def script(person: Any) -> None:
        await _start(person, image, tmp_path / "out")
        await person.until(_finished(person))
        screen = person.screen("RichLog")
        for step in STEPS:
            assert f"✓ {step['id']}" in screen
        assert "labels labels 303 x 384" in screen
        assert "/out/coins/labels.tif" in screen.replace(" ", "")
        bar = person.app.screen.query_one("ProgressBar")
        assert bar.percentage == 1.0

    drive(script, _document(tmp_path, STEPS))
    smooth = skimage.filters.gaussian(read_image(image).array, sigma=2.0)
    labels = skimage.measure.label(smooth > skimage.filters.threshold_otsu(smooth))
    assert np.array_equal(tifffile.imread(tmp_path / "out/coins/labels.tif"), labels)


def test_a_step_that_raises_is_named(drive: Drive, tmp_path: Path, image: Path) -> None:
    """The library's own words are shown with the step; the interface goes on, and can run again."""
    steps = [{"id": "broken", "function": "numpy:reshape", "params": {"shape": [7, 7]}}]

    async def script(person: Any) -> None:
        for _ in range(2):
            await _start(person, image, tmp_path / "out")
            await person.until(_finished(person))
            screen = person.screen("RichLog")
            assert "step 'broken' (numpy:reshape) failed: ValueError" in screen
            assert "cannot reshape array" in screen
            await person.press("escape")
            await person.settle()

    drive(script, _document(tmp_path, steps))


@pytest.mark.parametrize(
    ("given", "said"), [("missing.png", "does not exist"), ("text.tif", "is not a TIFF"), ("", "type the path")]
)
def test_an_image_that_cannot_be_read_is_told(drive: Drive, tmp_path: Path, given: str, said: str) -> None:
    """A missing file, a text with an image's suffix and no path at all are told in words."""
    (tmp_path / "text.tif").write_text("no image")

    async def script(person: Any) -> None:
        await _start(person, tmp_path / given if given else Path(), tmp_path / "out")
        if not given:
            person.app.screen.query_one(".image").value = ""
            await person.until(_finished(person))
            await person.press("enter")
        await person.until(_finished(person))
        assert said in person.screen("RichLog")

    drive(script, _document(tmp_path, STEPS))


def test_a_document_with_problems_is_refused_in_words(drive: Drive, tmp_path: Path, image: Path) -> None:
    """What check finds keeps a document from running, and is said."""

    async def script(person: Any) -> None:
        await _start(person, image, tmp_path / "out")
        await person.until(_finished(person))
        assert "unknown-function" in person.screen("RichLog")
        assert not (tmp_path / "out" / "coins").exists()

    drive(script, _document(tmp_path, [{"function": "skimage:filters.gausian"}]))


# Minutes of work in C, so that only ending the process can stop it.
SLOW = [
    {
        "id": "slow",
        "function": "skimage:restoration.denoise_nl_means",
        "params": {"patch_size": 21, "patch_distance": 60, "fast_mode": False},
    }
]


@pytest.mark.parametrize("key", ["escape", "ctrl+q"])
def test_stop_and_quit_end_the_worker(drive: Drive, tmp_path: Path, image: Path, key: str) -> None:
    """Whoever stops a run, or leaves while it goes on, leaves no process and no output behind."""

    async def script(person: Any) -> None:
        await _start(person, image, tmp_path / "out")
        await person.until(lambda: "worker ready" in person.screen())
        assert _workers(others)
        await person.press(key)
        await person.until(lambda: not _workers(others), seconds=5)
        if key == "escape":
            await person.until(_finished(person), seconds=5)
            assert "stopped" in person.screen()

    others = _workers()
    drive(script, _document(tmp_path, SLOW))
    assert not _workers(others)
    assert {path.name for path in (tmp_path / "out").iterdir()} <= {"journal.sqlite", "run.json", "coins"}
    assert not list((tmp_path / "out").glob("coins/*"))


def test_several_images_are_counted(drive: Drive, tmp_path: Path, image: Path) -> None:
    """A folder of images goes through the pool; the bar counts images, and each is named when it ends."""
    folder = tmp_path / "images"
    folder.mkdir()
    for name in "abc":
        shutil.copy(image, folder / f"{name}.png")
    (folder / "d.tif").write_text("no image")

    async def script(person: Any) -> None:
        await _start(person, folder, tmp_path / "out")
        await person.until(_finished(person))
        lines = [strip.text.strip() for strip in person.app.screen.query_one("RichLog").lines]
        for name in "abc":
            assert sum(line.startswith(f"✓ {name}") for line in lines) == 1
        assert any(line.startswith("✗ d") for line in lines)
        assert not any(line.startswith("✓ smooth") for line in lines)

    drive(script, _document(tmp_path, STEPS))
    for name in "abc":
        assert (tmp_path / "out" / name / "labels.tif").exists()
