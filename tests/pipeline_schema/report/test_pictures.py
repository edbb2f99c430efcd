"""Pictures show what is in the files: pixels in their place, outlines on objects, and why where there is none."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import imagecodecs
import msgspec
import numpy as np
import pytest

from pipeline_schema.report.pictures import Picture, _flatten, picture_of
from pipeline_schema.run.batch.record import InputRecord, ItemRecord
from pipeline_schema.run.channel.messages import OutputRecord
from pipeline_schema.run.files.writers import sha256_of, write_output

_YELLOW = (255, 214, 10)


def _pixels(picture: Picture) -> np.ndarray[Any, Any]:
    pixels = imagecodecs.png_decode(base64.b64decode(picture.png.removeprefix("data:image/png;base64,")))
    assert pixels.shape == (picture.height, picture.width, 3)
    return pixels


def _item(folder: Path, image: np.ndarray[Any, Any], *outputs: OutputRecord) -> ItemRecord:
    path = folder / "image.npy"
    np.save(path, image)
    digest, size = sha256_of(path)
    given = {"image": InputRecord(path=str(path), sha256=digest, size=size)}
    return ItemRecord(name="i", state="done", inputs=given, seconds=1, outputs=outputs)


def _labels(folder: Path, side: int = 60) -> OutputRecord:
    labels = np.zeros((side, side), np.int32)
    labels[10:20, 10:20] = 1
    labels[30:50, 30:50] = 2
    return write_output(folder, "labels", "labels", labels, "labels", axes="YX")


def test_objects_are_outlined_on_the_image(tmp_path: Path) -> None:
    """The outline lies on the objects' own pixels, and everything else keeps its grey."""
    image = np.tile(np.arange(60, dtype=np.uint16) * 100, (60, 1))
    picture = picture_of(_item(tmp_path, image, _labels(tmp_path)), tmp_path)
    pixels = _pixels(picture)
    yellow = (pixels == _YELLOW).all(axis=-1)
    assert yellow.sum() == 4 * 9 + 4 * 19
    assert yellow[10, 10:20].all()
    assert not yellow[11:19, 11:19].any()
    grey = pixels[0, :, 0].astype(int)
    assert (np.diff(grey) >= 0).all()
    assert (grey[0], grey[-1]) == (0, 255)
    assert "2 objects" in picture.caption


def test_large_images_are_made_small(tmp_path: Path) -> None:
    """A picture has at most 480 pixels a side, and an object is where it was."""
    image = np.zeros((1000, 2000), np.float32)
    image[400:600, 1000:1400] = 1
    pixels = _pixels(picture_of(_item(tmp_path, image), tmp_path))
    assert pixels.shape == (200, 400, 3)
    assert pixels[100, 240, 0] == 255
    assert pixels[100, 150, 0] == 0


@pytest.mark.parametrize(
    ("shape", "axes", "project", "expected", "said"),
    [
        ((5, 8, 9), "ZYX", True, (8, 9), "brightest along Z"),
        ((5, 8, 9), "ZYX", False, (8, 9), "Z 2 of 5"),
        ((3, 5, 8, 9), "TZYX", True, (8, 9), "T 0 of 3"),
        ((2, 8, 9), "CYX", True, (8, 9, 3), ""),
        ((5, 8, 9), "CYX", True, (8, 9, 3), "the first 3 of 5 channels"),
        ((1, 8, 9), "CYX", True, (8, 9), ""),
        ((8, 9, 3), "YXS", True, (8, 9, 3), ""),
        ((8, 9, 4), "YXS", True, (8, 9, 3), ""),
        ((4, 2, 8, 9), "ZCYX", True, (8, 9, 3), "brightest along Z"),
        ((9, 8), "XY", True, (8, 9), ""),
        ((7, 8, 9), "???", False, (8, 9), "Z 3 of 7"),
        ((8, 9, 3), "???", True, (8, 9, 3), ""),
    ],
)
def test_any_axes_become_one_plane(
    shape: tuple[int, ...], axes: str, project: bool, expected: tuple[int, ...], said: str
) -> None:
    """Stacks, times, channels and colours each become rows and columns, and what was left out is said."""
    seen = _flatten(np.arange(np.prod(shape), dtype=np.uint16).reshape(shape), axes, project=project)
    assert seen.plane.shape == expected
    assert said in seen.said


@pytest.mark.parametrize(
    "image",
    [
        np.full((8, 8), 7, np.uint8),
        np.full((8, 8), np.nan),
        np.array([[np.inf, 0.0], [1.0, np.nan]]),
        np.eye(8, dtype=bool),
        np.eye(8) * 1j,
        np.zeros((1, 700), np.uint8),
        np.arange(5.0),
        np.full((4, 4), np.finfo(np.float64).max),
    ],
    ids=["constant", "nan", "inf", "bool", "complex", "line", "1d", "huge"],
)
def test_odd_images_are_shown(tmp_path: Path, image: np.ndarray[Any, Any]) -> None:
    """No image that can be read keeps a report from being made."""
    assert _pixels(picture_of(_item(tmp_path, image), tmp_path)).size


def test_what_was_changed_is_not_shown(tmp_path: Path) -> None:
    """An image that is no longer the one of the run is said, and so is one that is gone."""
    item = _item(tmp_path, np.eye(60), _labels(tmp_path))
    np.save(tmp_path / "image.npy", np.ones((60, 60)))
    picture = picture_of(item, tmp_path)
    assert "image.npy was changed since the run" in picture.caption
    assert (_pixels(picture)[0, 0] == 0).all()
    (tmp_path / "image.npy").unlink()
    (tmp_path / "labels.tif").unlink()
    picture = picture_of(item, tmp_path)
    assert picture.png == ""
    assert "labels.tif is not there any more" in picture.caption


def test_an_image_of_another_shape_is_not_outlined(tmp_path: Path) -> None:
    """Labels of a resized image are shown by themselves, not over what they do not fit."""
    picture = picture_of(_item(tmp_path, np.eye(30), _labels(tmp_path)), tmp_path)
    assert picture.caption == "labels, 2 objects"
    assert _pixels(picture).shape == (60, 60, 3)


def test_nothing_to_show_is_said() -> None:
    """An item without any image has a caption."""
    item = msgspec.structs.replace(ItemRecord(name="i", state="done", inputs={}, seconds=1.0))
    assert picture_of(item, Path("nowhere")).caption == "no image among its inputs and outputs"
