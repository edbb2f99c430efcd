"""Planes of several files as one array."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pytest
import tifffile

from pipeline_schema.errors import ImageError
from pipeline_schema.run.files.stacks import read_input
from pipeline_schema.run.item import ItemInput

_PLANES = np.random.default_rng(0).integers(0, 999, (2, 3, 20, 30), dtype=np.uint16)


def _stack(folder: Path, *, channels: tuple[str, ...] = ("1", "2"), **options: Any) -> ItemInput:
    names = [f"w{c}_z{z}.tif" for c in range(2) for z in range(3)]
    for name, plane in zip(names, _PLANES.reshape(6, 20, 30), strict=True):
        tifffile.imwrite(folder / name, plane, **options)
    return ItemInput(path=str(folder), stacked={"C": channels, "Z": ("1", "2", "3")}, planes=tuple(names))


@pytest.mark.parametrize(
    "options",
    [{}, {"ome": True, "metadata": {"axes": "YX", "PhysicalSizeX": 0.5}}, {"imagej": True}, {"compression": "zlib"}],
)
def test_planes_are_put_in_their_place(tmp_path: Path, options: Any) -> None:
    """The stacked axes come first, in their order, whoever wrote the planes."""
    image = read_input(_stack(tmp_path, **options))
    np.testing.assert_array_equal(image.array, _PLANES)
    assert (image.axes, image.channels) == ("CZYX", ())
    assert image.pixel_size == ({"X": (0.5, "µm")} if "ome" in options else {})


def test_names_of_positions_name_the_channels(tmp_path: Path) -> None:
    """Where the pattern's C is a name, it is the channel's."""
    assert read_input(_stack(tmp_path, channels=("DAPI", "GFP"))).channels == ("DAPI", "GFP")


def test_planes_of_an_ome_set_are_themselves(tmp_path: Path) -> None:
    """Where each file's OME-XML speaks of all of them, a plane is still the pixels of its own file."""
    source = _stack(tmp_path, ome=True)
    parts = "".join(
        f'<TiffData FirstC="{c}" FirstZ="{z}" FirstT="0" IFD="0" PlaneCount="1">'
        f'<UUID FileName="w{c}_z{z}.tif">urn:uuid:{c}{z}</UUID></TiffData>'
        for c in range(2)
        for z in range(3)
    )
    for c in range(2):
        for z in range(3):
            text = (
                '<?xml version="1.0"?><OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06" '
                f'UUID="urn:uuid:{c}{z}"><Image ID="Image:0"><Pixels ID="Pixels:0" DimensionOrder="XYZCT" '
                'Type="uint16" SizeX="30" SizeY="20" SizeC="2" SizeZ="3" SizeT="1" PhysicalSizeX="0.5">'
                f'<Channel ID="Channel:0:0" Name="DAPI"/><Channel ID="Channel:0:1" Name="GFP"/>{parts}'
                "</Pixels></Image></OME>"
            )
            tifffile.tiffcomment(tmp_path / f"w{c}_z{z}.tif", text.encode())
    image = read_input(source)
    np.testing.assert_array_equal(image.array, _PLANES)
    assert (image.axes, image.pixel_size) == ("CZYX", {"X": (0.5, "µm")})
    # Given by itself, the first of them is the whole image, and the others are only its parts.
    whole = read_input(ItemInput(path=str(tmp_path / "w0_z0.tif")))
    np.testing.assert_array_equal(whole.array, _PLANES)
    assert (whole.axes, whole.channels) == ("CZYX", ("DAPI", "GFP"))
    with pytest.raises(ImageError, match=r"w1_z0\.tif is one of 6 files of an image that begins in w0_z0\.tif"):
        read_input(ItemInput(path=str(tmp_path / "w1_z0.tif")))
    (tmp_path / "w1_z2.tif").unlink()
    with pytest.raises(ImageError, match=r"w0_z0\.tif"):
        read_input(ItemInput(path=str(tmp_path / "w0_z0.tif")))


@pytest.mark.parametrize(
    ("plane", "options", "said"),
    [
        (np.zeros((20, 31), np.uint16), {}, r"shape \(20, 31\).*of \(20, 30\)"),
        (np.zeros((20, 30), np.uint8), {}, "type uint8.*of uint16"),
        (np.zeros((3, 20, 30), np.uint16), {"ome": True, "metadata": {"axes": "TYX"}}, r"shape \(3, 20, 30\)"),
    ],
)
def test_planes_that_differ_are_named(tmp_path: Path, plane: np.ndarray, options: Any, said: str) -> None:
    """A plane of another shape or type is refused, by its name and that of the first."""
    source = _stack(tmp_path)
    tifffile.imwrite(tmp_path / "w1_z1.tif", plane, **options)
    with pytest.raises(ImageError, match=rf"w1_z1\.tif is of {said}") as caught:
        read_input(source)
    assert "w0_z0.tif" in str(caught.value)


def test_a_plane_that_is_missing_by_now_is_named(tmp_path: Path) -> None:
    """What was there when the run began may be gone."""
    source = _stack(tmp_path)
    (tmp_path / "w1_z2.tif").unlink()
    with pytest.raises(ImageError, match=r"w1_z2\.tif does not exist"):
        read_input(source)


def test_planes_may_have_axes_of_their_own(tmp_path: Path) -> None:
    """Files that hold a stack each are stacked along another axis, never along their own."""
    for t in range(2):
        tifffile.imwrite(tmp_path / f"{t}.tif", _PLANES[t], ome=True, metadata={"axes": "ZYX"})
    source = {"path": str(tmp_path), "planes": ("0.tif", "1.tif")}
    image = read_input(ItemInput(stacked={"T": ("0", "1")}, **source))
    assert image.axes == "TZYX"
    np.testing.assert_array_equal(image.array, _PLANES)
    with pytest.raises(ImageError, match="can't be stacked along Z"):
        read_input(ItemInput(stacked={"Z": ("0", "1")}, **source))


def test_a_list_is_stacked_along_the_axis_that_its_files_lack(tmp_path: Path) -> None:
    """What a manifest lists for one input takes the declared axis that is left, or is refused."""
    for c in range(2):
        (tmp_path / f"{c}.png").write_bytes(imagecodecs.png_encode(_PLANES[c, 0]))
    source = ItemInput(path=str(tmp_path), stacked={"?": ("0.png", "1.png")}, planes=("0.png", "1.png"))
    image = read_input(source, "CYX")
    assert image.axes == "CYX"
    np.testing.assert_array_equal(image.array, _PLANES[:, 0])
    for declared, said in (("YX", "declares YX"), ("CZYX", "declares CZYX"), (None, "declares no axes")):
        with pytest.raises(ImageError, match=said):
            read_input(source, declared)
