"""Arrays on disk: types that image programs read, and no value changed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import tifffile

from pipeline_schema.errors import OutputError
from pipeline_schema.run.files import rasters
from pipeline_schema.run.files.rasters import on_disk, write_npy, write_tiff
from pipeline_schema.run.files.readers import read_image


@pytest.mark.parametrize(
    ("low", "high", "dtype", "stored"),
    [
        (0, 255, "int32", "uint8"),
        (0, 256, "int64", "uint16"),
        (0, 65535, "uint32", "uint16"),
        (0, 65536, "int32", "uint32"),
        (0, 2**32 - 1, "int64", "uint32"),
        (0, 0, "int64", "uint8"),
        (-1, 100, "int64", "int8"),
        (-1, 200, "int64", "int16"),
    ],
)
def test_labels_get_the_smallest_type_that_holds_them(low: int, high: int, dtype: str, stored: str) -> None:
    """Labels are stored as small as they go, and stay what they are."""
    labels = np.array([[low, high]], dtype)
    written = on_disk(labels, "labels", name="labels")
    assert written.dtype == stored
    np.testing.assert_array_equal(written, labels)


@pytest.mark.parametrize("kind", ["labels", "image", "unknown"])
def test_integers_beyond_32_bits_are_refused(kind: str) -> None:
    """What no TIFF integer holds is an error that says how to get it exactly."""
    with pytest.raises(OutputError, match="--array-format npy"):
        on_disk(np.array([[0, 2**32]]), kind, name="labels")


@pytest.mark.parametrize(
    "mask", [np.eye(4, dtype=bool), np.eye(4, dtype=np.uint8), np.eye(4, dtype=np.uint8) * np.uint8(255)]
)
def test_masks_are_0_and_255(mask: np.ndarray) -> None:
    """A mask is stored as uint8 0 and 255, however it came."""
    written = on_disk(mask, "mask", name="mask")
    assert written.dtype == np.uint8
    np.testing.assert_array_equal(written, np.eye(4) * 255)


@pytest.mark.parametrize(
    ("dtype", "stored"),
    [
        ("uint8", "uint8"),
        ("int16", "int16"),
        ("float32", "float32"),
        ("float64", "float64"),
        ("complex128", "complex128"),
        ("float16", "float32"),
        ("int64", "int32"),
        ("uint64", "int32"),
    ],
)
def test_images_keep_their_type_or_an_exact_one(tmp_path: Path, dtype: str, stored: str) -> None:
    """An image comes back from its file with its values, in its type where OME has that."""
    image = np.arange(12).reshape(3, 4).astype(dtype)
    write_tiff(tmp_path / "a.tif", on_disk(image, "image", name="a"), "YX", {})
    read = read_image(tmp_path / "a.tif").array
    assert read.dtype == stored
    np.testing.assert_array_equal(read, image)


def test_a_type_that_tiff_lacks_is_refused() -> None:
    """An extended float is not silently shortened."""
    with pytest.raises(OutputError, match="TIFF can't hold"):
        on_disk(np.array([["a"]]), "image", name="a")


@pytest.mark.parametrize("axes", ["YX", "ZYX", "TCZYX", "YXS", "CYXS", "ZYXS"])
def test_ome_tiff_keeps_axes_pixels_and_pixel_size(tmp_path: Path, axes: str) -> None:
    """What is written with axes and a pixel size is read with them."""
    shape = [{"S": 3}.get(axis, 4 + at) for at, axis in enumerate(axes)]
    array = np.random.default_rng(0).integers(0, 255, shape, dtype=np.uint8)
    sizes = {"X": (0.25, "µm"), "Y": (0.5, "µm")}
    write_tiff(tmp_path / "a.tif", array, axes, sizes)
    image = read_image(tmp_path / "a.tif")
    with tifffile.TiffFile(tmp_path / "a.tif") as file:
        assert file.is_ome
    assert (image.axes, image.pixel_size) == (axes, sizes)
    np.testing.assert_array_equal(image.array, array)


def test_what_a_classic_tiff_can_not_reach_is_a_bigtiff(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beyond 4 GB (here: 4 kB) a file has offsets of 64 bits, and is read as any."""
    monkeypatch.setattr(rasters, "_CLASSIC_BYTES", 4_000)
    for side, big in ((50, False), (70, True)):
        array = np.arange(side * side, dtype=np.uint8).reshape(side, side)
        write_tiff(tmp_path / f"{side}.tif", array, "YX", {})
        with tifffile.TiffFile(tmp_path / f"{side}.tif") as file:
            assert file.is_bigtiff == big
        np.testing.assert_array_equal(read_image(tmp_path / f"{side}.tif").array, array)


def test_channels_are_named(tmp_path: Path) -> None:
    """Names of channels are in the OME-XML, where there is one for each, whatever they are."""
    array = np.zeros((2, 8, 9), np.uint8)
    for names, read in ((("DAPI", 'a"<&>µ'), ("DAPI", 'a"<&>µ')), (("one",), ())):
        write_tiff(tmp_path / f"{len(names)}.tif", array, "CYX", {}, names)
        assert read_image(tmp_path / f"{len(names)}.tif").channels == read


def test_axes_in_another_order_are_written_in_the_order_of_ome(tmp_path: Path) -> None:
    """OME's last axes are rows and columns: others are moved, and named."""
    array = np.arange(24, dtype=np.uint8).reshape(2, 3, 4)
    write_tiff(tmp_path / "a.tif", array, "YXC", {})
    image = read_image(tmp_path / "a.tif")
    assert image.axes == "CYX"
    np.testing.assert_array_equal(image.array, np.moveaxis(array, 2, 0))


@pytest.mark.parametrize("shape", [(3, 20, 30), (20, 30, 3), (20, 30), (2, 3, 4, 5)])
def test_without_axes_nothing_is_claimed(tmp_path: Path, shape: tuple[int, ...]) -> None:
    """An array whose axes are not known is a plain TIFF: not OME, not colour."""
    array = np.random.default_rng(0).random(shape).astype(np.float32)
    write_tiff(tmp_path / "a.tif", array, None, {"X": (1.0, "µm")})
    image = read_image(tmp_path / "a.tif")
    np.testing.assert_array_equal(image.array, array)
    assert "S" not in image.axes
    assert image.pixel_size == {}


def test_equal_arrays_are_equal_files(tmp_path: Path) -> None:
    """Nothing of the time or the machine is in a file, so its hash says something."""
    for name in ("a.tif", "b.tif"):
        write_tiff(tmp_path / name, np.eye(9, dtype=np.uint8), "YX", {})
    assert (tmp_path / "a.tif").read_bytes() == (tmp_path / "b.tif").read_bytes()


def test_npy_is_exact_and_never_a_pickle(tmp_path: Path) -> None:
    """Any numbers come back as they were; Python objects are refused."""
    array = np.array([[2**63 - 1, -(2**63)]])
    write_npy(tmp_path / "a.npy", array)
    np.testing.assert_array_equal(np.load(tmp_path / "a.npy"), array)
    with pytest.raises(OutputError, match="objects"):
        write_npy(tmp_path / "b.npy", np.array([[None]], dtype=object))
    assert not (tmp_path / "b.npy").exists()
