"""Reading images: exact pixels, named axes, and a typed error that names the file."""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
import tifffile
from PIL import Image as PillowImage

from pipeline_schema.errors import ImageError
from pipeline_schema.run.files.readers import read_image

_RAMP = np.arange(20 * 30, dtype=np.uint16).reshape(20, 30) * 100


def _tiff(path: Path, array: np.ndarray, **options: object) -> Path:
    with warnings.catch_warnings():
        # tifffile warns that it will not guess colour for ever; that guess is what some tests are about.
        warnings.simplefilter("ignore")
        tifffile.imwrite(path, array, **options)
    return path


@pytest.mark.parametrize("dtype", ["uint8", "uint16", "uint32", "int16", "float32", "float64", "bool"])
@pytest.mark.parametrize("compression", [None, "zlib", "lzw", "zstd", "packbits"])
def test_tiff_pixels_are_exact(tmp_path: Path, dtype: str, compression: str | None) -> None:
    """Whatever the type and the compression, the pixels that were written are read."""
    array = (_RAMP % 200).astype(dtype)
    image = read_image(_tiff(tmp_path / "a.tif", array, compression=compression))
    np.testing.assert_array_equal(image.array, array)
    assert (image.array.dtype, image.axes) == (array.dtype, "YX")


@pytest.mark.parametrize("order", ["<", ">"])
def test_byte_order_of_the_file_does_not_show(tmp_path: Path, order: str) -> None:
    """A big-endian file gives the same native array as a little-endian one."""
    tiff = read_image(_tiff(tmp_path / "a.tif", _RAMP, byteorder=order)).array
    np.save(tmp_path / "a.npy", _RAMP.astype(f"{order}u2"))
    npy = read_image(tmp_path / "a.npy").array
    for array in (tiff, npy):
        assert array.dtype == np.uint16
        assert array.dtype.isnative
        np.testing.assert_array_equal(array, _RAMP)


def test_ome_and_imagej_name_their_axes(tmp_path: Path) -> None:
    """Axes written into a file's metadata are the axes that are read."""
    stack = np.zeros((2, 3, 20, 30), np.uint16)
    ome = _tiff(tmp_path / "a.ome.tif", stack, ome=True, metadata={"axes": "CZYX"}, photometric="minisblack")
    imagej = _tiff(tmp_path / "b.tif", stack, imagej=True, metadata={"axes": "TZYX"})
    assert (read_image(ome).axes, read_image(imagej).axes) == ("CZYX", "TZYX")


@pytest.mark.parametrize("planes", [3, 4, 10])
def test_a_plain_stack_has_no_name_for_its_planes(tmp_path: Path, planes: int) -> None:
    """Three planes, which read back as colour, are as unknown as ten."""
    image = read_image(_tiff(tmp_path / "a.tif", np.zeros((planes, 20, 30), np.uint8)))
    assert (image.axes, image.array.shape) == ("?YX", (planes, 20, 30))


def test_interleaved_colour_is_colour(tmp_path: Path) -> None:
    """RGB with its samples side by side is YXS."""
    assert read_image(_tiff(tmp_path / "a.tif", np.zeros((20, 30, 3), np.uint8), photometric="rgb")).axes == "YXS"


def test_pixel_size_is_read_from_ome_imagej_and_tags(tmp_path: Path) -> None:
    """The three ways in which a TIFF says how large a pixel is give one answer."""
    metadata = {"axes": "YX", "PhysicalSizeX": 0.5, "PhysicalSizeXUnit": "µm", "PhysicalSizeY": 0.25}
    ome = _tiff(tmp_path / "a.tif", _RAMP, ome=True, metadata=metadata)
    imagej = _tiff(
        tmp_path / "b.tif",
        np.zeros((3, 20, 30), np.uint16),
        imagej=True,
        resolution=(2, 4),
        metadata={"axes": "ZYX", "unit": "um", "spacing": 3.0},
    )
    tags = _tiff(tmp_path / "c.tif", _RAMP, resolution=(100, 200), resolutionunit="CENTIMETER", metadata=None)
    plain = _tiff(tmp_path / "d.tif", _RAMP)
    assert read_image(ome).pixel_size == {"X": (0.5, "µm"), "Y": (0.25, "µm")}
    assert read_image(imagej).pixel_size == {"X": (0.5, "µm"), "Y": (0.25, "µm"), "Z": (3.0, "µm")}
    assert read_image(tags).pixel_size == {"X": (0.01, "cm"), "Y": (0.005, "cm")}
    assert read_image(plain).pixel_size == {}


def test_png_keeps_its_depth(tmp_path: Path) -> None:
    """16-bit grey and 16-bit colour stay uint16, 8 bit stays uint8."""
    colour = np.arange(20 * 30 * 3, dtype=np.uint16).reshape(20, 30, 3) * 30
    cases = {"g16": (_RAMP, "YX"), "c16": (colour, "YXS"), "g8": ((_RAMP // 300).astype(np.uint8), "YX")}
    for name, (array, axes) in cases.items():
        path = tmp_path / f"{name}.png"
        path.write_bytes(imagecodecs.png_encode(array))
        image = read_image(path)
        np.testing.assert_array_equal(image.array, array)
        assert (image.array.dtype, image.axes) == (array.dtype, axes)


@pytest.mark.parametrize("suffix", ["png", "tif"])
def test_one_bit_is_a_mask(tmp_path: Path, suffix: str) -> None:
    """Of whatever format: bool, as Pillow, imageio and scikit-image read it."""
    bits = np.eye(9, dtype=bool)
    PillowImage.fromarray(bits).save(tmp_path / f"bit.{suffix}")
    np.testing.assert_array_equal(read_image(tmp_path / f"bit.{suffix}").array, bits, strict=True)


def test_png_with_a_palette_is_what_one_sees(tmp_path: Path) -> None:
    """A palette is its colours, also one of two."""
    colours = np.zeros((8, 8, 3), np.uint8)
    colours[2:] = (10, 200, 30)
    PillowImage.fromarray(colours).convert("P", palette=PillowImage.Palette.ADAPTIVE).save(tmp_path / "palette.png")
    np.testing.assert_array_equal(read_image(tmp_path / "palette.png").array, colours)


def test_jpeg_is_decoded_as_pillow_does(tmp_path: Path) -> None:
    """Grey and colour JPEG give the pixels of the common decoder."""
    noise = np.random.default_rng(0).integers(0, 255, (40, 50, 3), dtype=np.uint8)
    for name, array, axes in (("c.jpg", noise, "YXS"), ("g.jpeg", noise[..., 0], "YX")):
        PillowImage.fromarray(array).save(tmp_path / name)
        image = read_image(tmp_path / name)
        np.testing.assert_array_equal(image.array, np.asarray(PillowImage.open(tmp_path / name)))
        assert image.axes == axes


def test_a_jpeg_of_inks_is_told(tmp_path: Path) -> None:
    """CMYK looks like colours with a fourth sample, and programs differ in whether they invert it: a note says so."""
    noise = np.random.default_rng(0).integers(0, 255, (40, 50, 3), dtype=np.uint8)
    picture = PillowImage.fromarray(noise)
    picture.convert("CMYK").save(tmp_path / "inks.jpg")
    picture.save(tmp_path / "colours.jpg")
    assert "CMYK" in read_image(tmp_path / "inks.jpg").notes[0]
    assert read_image(tmp_path / "colours.jpg").notes == ()


def test_npy_keeps_type_order_and_has_no_axes(tmp_path: Path) -> None:
    """An array comes as NumPy wrote it; nothing in it names its axes."""
    array = np.asfortranarray(np.random.default_rng(0).random((3, 4, 5)))
    np.save(tmp_path / "a.npy", array)
    image = read_image(tmp_path / "a.npy")
    np.testing.assert_array_equal(image.array, array)
    assert image.array.flags.f_contiguous
    assert image.array.flags.writeable
    assert image.axes == "???"


def _text(path: Path) -> None:
    path.write_text("this is no image")


def _empty(path: Path) -> None:
    path.touch()


def _half(whole: Callable[[Path], object]) -> Callable[[Path], None]:
    def make(path: Path) -> None:
        whole(path)
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])

    return make


def _objects(path: Path) -> None:
    np.save(path, np.array([{}, []], dtype=object), allow_pickle=True)


def _two_images(path: Path) -> None:
    with tifffile.TiffWriter(path) as file:
        file.write(np.zeros((8, 9), np.uint8))
        file.write(np.zeros((5, 5), np.uint16))


_NOISE = np.random.default_rng(1).integers(0, 255, (64, 64), dtype=np.uint8)


@pytest.mark.parametrize(
    ("name", "make", "said"),
    [
        ("a.tif", _text, "is not a TIFF file"),
        ("a.png", _text, "is not a PNG file"),
        ("a.jpg", _text, "is not a JPEG file"),
        ("a.npy", _text, "is not an npy file"),
        ("a.txt", _text, "suffix .txt"),
        ("a", _text, "suffix (none)"),
        ("a.tif", _empty, "is empty"),
        ("a.tif", Path.mkdir, "is a folder"),
        ("a.zarr", Path.mkdir, "is no OME-Zarr"),
        ("missing.zarr", lambda path: None, "does not exist"),
        ("a.zarr", _text, "suffix .zarr"),
        ("a.tif", lambda path: path.write_bytes(imagecodecs.png_encode(_NOISE)), "it is a PNG file"),
        ("a.tif", _half(lambda path: _tiff(path, _NOISE)), "damaged TIFF"),
        ("a.tif", _half(lambda path: _tiff(path, _NOISE, compression="zlib")), "damaged TIFF"),
        ("a.tif", lambda path: path.write_bytes(b"II*\0" + b"\xff" * 40), "TIFF"),
        ("a.tif", _two_images, "holds 2 images"),
        ("a.png", _half(lambda path: path.write_bytes(imagecodecs.png_encode(_NOISE))), "damaged PNG"),
        ("a.jpg", _half(lambda path: PillowImage.fromarray(_NOISE).save(path)), "its end is missing"),
        ("a.npy", _half(lambda path: np.save(path, _NOISE)), "its end is missing"),
        ("a.npy", _objects, "holds Python objects"),
        ("a.npy", lambda path: np.save(path, np.zeros((0, 5))), "no pixels"),
        ("a.npy", lambda path: np.save(path, np.zeros(3, "i4,f4")), "not numbers"),
        ("a.npy", lambda path: np.save(path, np.array(["a", "b"])), "not numbers"),
        ("missing.tif", lambda path: None, "does not exist"),
    ],
)
def test_what_is_no_image_is_refused_by_name(
    tmp_path: Path, name: str, make: Callable[[Path], object], said: str
) -> None:
    """Every way in which a file can be wrong is an ImageError with its path and what is wrong."""
    path = tmp_path / name
    make(path)
    with pytest.raises(ImageError) as caught:
        read_image(path)
    assert str(caught.value).startswith(str(path))
    assert said in str(caught.value)
    assert caught.value.path == str(path)


@pytest.mark.parametrize("compression", ["lzw", "zlib", "packbits", None])
def test_a_truncated_tiff_never_gives_other_pixels(tmp_path: Path, compression: str | None) -> None:
    """Wherever a file was cut off, it is refused, also where a decoder would fill in what is missing."""
    path = _tiff(tmp_path / "a.tif", _NOISE, compression=compression, tile=(16, 16))
    whole = path.read_bytes()
    for length in (*range(0, len(whole), 97), len(whole) - 1):
        path.write_bytes(whole[:length])
        with pytest.raises(ImageError):
            read_image(path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="named pipes are files on POSIX only")
def test_a_pipe_is_refused_and_not_waited_for(tmp_path: Path) -> None:
    """A named pipe, which would block for ever, is no image."""
    os.mkfifo(tmp_path / "a.tif")
    with pytest.raises(ImageError, match="regular file"):
        read_image(tmp_path / "a.tif")


def test_an_ome_file_that_lacks_planes_is_refused(tmp_path: Path) -> None:
    """Planes that the metadata promises and the file lacks are not filled with zeros."""
    path = _tiff(tmp_path / "a.tif", np.ones((4, 20, 30), np.uint8), ome=True, metadata={"axes": "ZYX"})
    description = tifffile.tiffcomment(path).replace('SizeZ="4"', 'SizeZ="8"').replace('PlaneCount="4"', "")
    tifffile.tiffcomment(path, description.encode())
    with pytest.raises(ImageError, match=r"a\.tif"):
        read_image(path)


def test_inverted_pixels_are_noted(tmp_path: Path) -> None:
    """MINISWHITE pixels come as stored, and a note says so."""
    image = read_image(_tiff(tmp_path / "a.tif", _NOISE, photometric="miniswhite"))
    np.testing.assert_array_equal(image.array, _NOISE)
    assert "MINISWHITE" in image.notes[0]
