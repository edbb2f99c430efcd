"""Images from files: exact pixels, named axes, and an error that names the file.

TIFF is read by tifffile, PNG and JPEG by imagecodecs (which keeps 16-bit colour, where Pillow reduces it to 8 bit),
``.npy`` without pickles, and OME-Zarr by zarr, where that is installed. What a reader would silently fill in or leave
out (missing planes, a second series, the end of a truncated file) is refused.
"""

from __future__ import annotations

import stat
from collections.abc import Callable
from functools import partial
from pathlib import Path

from pipeline_schema.run.files.axes import UNKNOWN
from pipeline_schema.run.files.image import Image, image_error, native
from pipeline_schema.run.files.ngff import is_zarr
from pipeline_schema.run.files.tiffs import read_tiff
from pipeline_schema.run.files.zarrs import read_zarr

__all__ = ["IMAGE_SUFFIXES", "Image", "read_image"]


def read_image(path: Path, *, alone: bool = False) -> Image:
    """Read an image from a file, or from a folder of OME-Zarr.

    Parameters
    ----------
    path : Path
        Of a TIFF, PNG, JPEG or ``.npy`` file, told apart by the suffix; or of an image or array in a Zarr store.
    alone : bool
        Whether only the pixels of this file are wanted, where its OME-XML speaks of others.

    Returns
    -------
    Image
        Pixels as stored, one bit as bool: palettes of PNG are expanded, EXIF rotation and colour profiles are not
        applied.

    Raises
    ------
    ImageError
        If it is missing, empty, no file, not of the format that its suffix says, damaged, or holds several images.
    """
    try:
        image = _reader(path, alone)(path)
    except OSError as error:
        raise image_error(path, f"can't be read: {error.strerror or error}") from error
    except MemoryError as error:
        raise image_error(path, "does not fit into memory") from error
    if image.array.dtype.kind not in "biufc":
        raise image_error(path, f"holds {image.array.dtype}, not numbers")
    if image.array.size == 0:
        raise image_error(path, f"holds no pixels: shape {image.array.shape}")
    return image


def _reader(path: Path, alone: bool) -> Callable[[Path], Image]:
    if is_zarr(path) and not path.is_file():
        return read_zarr
    suffix = path.suffix.lower()
    known = _READERS.get(suffix)
    if known is None:
        suffixes = " ".join(sorted(_READERS))
        raise image_error(path, f"has the suffix {suffix or '(none)'}; what can be read: {suffixes}, OME-Zarr")
    _refuse_what_is_no_file(path)
    kind, reader = known
    _check_magic(path, kind)
    return partial(read_tiff, alone=alone) if reader is read_tiff else reader


def _refuse_what_is_no_file(path: Path) -> None:
    try:
        status = path.stat()
    except FileNotFoundError:
        raise image_error(path, "does not exist") from None
    if stat.S_ISDIR(status.st_mode):
        raise image_error(path, "is a folder, not an image")
    if not stat.S_ISREG(status.st_mode):
        # Opening a named pipe would wait for ever.
        raise image_error(path, "is not a regular file")
    if status.st_size == 0:
        raise image_error(path, "is empty")


# What files begin with, to say what a file with the wrong suffix is.
_MAGIC = {
    b"II*\0": "TIFF",
    b"MM\0*": "TIFF",
    b"II+\0": "TIFF",
    b"MM\0+": "TIFF",
    b"\x89PNG": "PNG",
    b"\xff\xd8\xff": "JPEG",
    b"\x93NUMPY": "npy",
}


# Where a PNG file says how many bits a sample has.
_PNG_DEPTH = 24


def _check_magic(path: Path, expected: str) -> None:
    with path.open("rb") as file:
        start = file.read(8)
    found = next((name for magic, name in _MAGIC.items() if start.startswith(magic)), None)
    if found != expected:
        hint = f"; it is a {found} file: give it the suffix of one" if found else ""
        raise image_error(path, f"is not {'an' if expected == 'npy' else 'a'} {expected} file{hint}")


def _read_png(path: Path) -> Image:
    import imagecodecs

    data = path.read_bytes()
    try:
        array = imagecodecs.png_decode(data)
    except (ValueError, RuntimeError) as error:
        raise image_error(path, f"is a damaged PNG file: {error}") from error
    if array.ndim == 2 and data[_PNG_DEPTH] == 1:
        # Spread to 0 and 255 by the decoder; a mask that sums up to its area is what other readers make of it.
        array = array != 0
    return Image(array, "YX" if array.ndim == 2 else "YXS")


def _read_jpeg(path: Path) -> Image:
    import imagecodecs

    data = path.read_bytes()
    # libjpeg fills the missing end with grey and only warns: the end-of-image marker must follow the last scan.
    if data.rfind(b"\xff\xd9") <= data.rfind(b"\xff\xda"):
        raise image_error(path, "is a damaged JPEG file: its end is missing")
    try:
        array = imagecodecs.jpeg8_decode(data)
    except (ValueError, RuntimeError) as error:
        raise image_error(path, f"is a damaged JPEG file: {error}") from error
    inks = array.ndim == 3 and array.shape[2] == 4
    notes = ("the picture is of four inks (CMYK), not of colours; pixels are as stored, not inverted",) if inks else ()
    return Image(array, "YX" if array.ndim == 2 else "YXS", notes=notes)


# NumPy speaks of how the file was opened.
_NPY_FAULTS = {
    "greater than file size": "is a damaged npy file: its end is missing",
    "Python objects": "holds Python objects, not numbers",
}


def _read_npy(path: Path) -> Image:
    import numpy as np

    try:
        # Mapped first: a header that promises more than the file holds is found before memory is asked for.
        mapped = np.load(path, mmap_mode="r", allow_pickle=False)
    except ValueError as error:
        why = next((words for told, words in _NPY_FAULTS.items() if told in str(error)), None)
        raise image_error(path, why or f"can't be read as an npy file: {error}") from error
    return Image(native(np.array(mapped, order="K")), UNKNOWN * mapped.ndim)


_READERS: dict[str, tuple[str, Callable[[Path], Image]]] = {
    ".jpeg": ("JPEG", _read_jpeg),
    ".jpg": ("JPEG", _read_jpeg),
    ".npy": ("npy", _read_npy),
    ".png": ("PNG", _read_png),
    ".tif": ("TIFF", read_tiff),
    ".tiff": ("TIFF", read_tiff),
}
IMAGE_SUFFIXES = frozenset(_READERS)
