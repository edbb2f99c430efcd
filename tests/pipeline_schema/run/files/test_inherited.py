"""What results inherit: axes, pixel size and names of channels, told by lengths or not at all."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile

from pipeline_schema.run.files.axes import UNKNOWN
from pipeline_schema.run.files.image import Image
from pipeline_schema.run.files.inherited import Inherited, inherit
from pipeline_schema.run.files.writers import write_output

_SIZES = {"Z": (2.0, "µm"), "Y": (0.5, "µm"), "X": (0.25, "µm")}


def _image(axes: str, *shape: int) -> Image:
    channels = ("DAPI", "GFP") if "C" in axes else ()
    return Image(np.zeros(shape, np.uint16), axes, _SIZES, channels=channels)


@pytest.mark.parametrize(
    ("axes", "shape", "result", "expected"),
    [
        ("YX", (20, 30), (20, 30), "YX"),
        ("YX", (20, 30), (10, 15), "YX"),
        ("ZYX", (4, 20, 30), (8, 10, 15), "ZYX"),
        ("TYX", (5, 20, 30), (4, 20, 30), "TYX"),
        ("CYX", (3, 20, 30), (2, 20, 30), "CYX"),
        ("ZCYX", (4, 2, 20, 30), (4, 20, 30), "ZYX"),
        # An overlay is a colour picture, of a plane as of a projection.
        ("YX", (20, 30), (20, 30, 3), "YXS"),
        ("YX", (20, 30), (20, 30, 4), "YXS"),
        ("ZYX", (4, 20, 30), (20, 30, 3), "YXS"),
        ("ZYX", (4, 20, 30), (4, 20, 30, 3), "ZYXS"),
        ("YXS", (20, 30, 4), (20, 30, 3), "YXS"),
        # Axes that were moved are no longer where they were, and nobody knows what else has become of them.
        ("ZCYX", (4, 2, 20, 30), (4, 20, 30, 2), None),
        ("ZYX", (4, 20, 30), (30, 20, 4), None),
        ("YXC", (20, 30, 2), (2, 20, 30), None),
        ("CYX", (2, 20, 30), (20, 30, 9), None),
        ("CZYX", (2, 4, 20, 30), (2, 4, 20, 30, 3), None),
        ("YX", (20, 30), (20, 30, 5), None),
        # Rows and columns that changed places are rows and columns.
        ("YX", (20, 30), (30, 20), "YX"),
    ],
)
def test_axes_are_told_by_lengths(
    axes: str, shape: tuple[int, ...], result: tuple[int, ...], expected: str | None
) -> None:
    """Kept, lost, resampled or in colour; None wherever it could be otherwise."""
    assert inherit(np.zeros(result), _image(axes, *shape)).axes == expected


def test_pixel_size_is_that_of_axes_of_the_same_length() -> None:
    """A colour picture of a stack's projection has the size of its pixels, and a resampled axis none."""
    assert inherit(np.zeros((20, 30, 3)), _image("ZYX", 4, 20, 30)).pixel_size.keys() == {"Y", "X"}
    assert inherit(np.zeros((4, 20, 15)), _image("ZYX", 4, 20, 30)).pixel_size.keys() == {"Z", "Y"}


def test_channels_keep_their_names_where_there_are_as_many() -> None:
    """One that was left out can't be told from the others."""
    assert inherit(np.zeros((2, 10, 15)), _image("CYX", 2, 10, 15)).channels == ("DAPI", "GFP")
    assert inherit(np.zeros((1, 10, 15)), _image("CYX", 2, 10, 15)).channels == ()


@pytest.mark.parametrize("value", [3.0, (1, 2), {"a": np.zeros(3)}, np.float64(2), np.zeros(20), np.zeros(())])
def test_what_is_no_image_inherits_nothing(value: object) -> None:
    """Numbers, tables and rows have no axes."""
    assert inherit(value, _image("YX", 20, 30)) == Inherited()


def test_axes_that_nobody_named_are_not_inherited() -> None:
    """Of an npy file, and of an item without an image."""
    assert inherit(np.zeros((20, 30)), Image(np.zeros((20, 30)), UNKNOWN * 2)) == Inherited()
    assert inherit(np.zeros((20, 30)), None) == Inherited()


def test_what_was_moved_is_on_disk_as_in_memory(tmp_path: Path) -> None:
    """Channels last, as regionprops wants them: OME-TIFF would have them first, and Z where rows were."""
    stack = np.arange(4 * 2 * 20 * 30, dtype=np.uint16).reshape(4, 2, 20, 30)
    moved = np.moveaxis(stack, 1, -1)
    image = Image(stack, "ZCYX", _SIZES)
    write_output(tmp_path, "a", "a", moved, "image", **inherit(moved, image)._asdict())
    np.testing.assert_array_equal(tifffile.imread(tmp_path / "a.tif"), moved)
