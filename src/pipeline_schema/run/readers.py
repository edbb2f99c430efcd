"""Images from files: exact pixels, named axes, and an error that names the file.

TIFF is read by tifffile, PNG and JPEG by imagecodecs (which keeps 16-bit colour, where Pillow reduces it to 8 bit), and
``.npy`` without pickles. What a reader would silently fill in or leave out (missing planes, a second series, the end of
a truncated file) is refused.
"""

from __future__ import annotations

import logging
import operator
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline_schema.errors import ImageError
from pipeline_schema.run.axes import KNOWN_AXES, UNKNOWN
from pipeline_schema.run.pixel_size import PixelSize, pixel_size_of

if TYPE_CHECKING:
    import numpy as np
    import tifffile

__all__ = ["IMAGE_SUFFIXES", "Image", "read_image"]


@dataclass(frozen=True, slots=True)
class Image:
    """An image as its file holds it.

    Attributes
    ----------
    array : array
        In native byte order.
    axes : str
        One letter an axis, of T C Z Y X S; ``?`` where the file does not name it.
    pixel_size : dict
        Length and unit by axis, where the file says so.
    notes : tuple of str
        What a person should know about how it was read.
    """

    array: np.ndarray[Any, Any]
    axes: str
    pixel_size: PixelSize = field(default_factory=dict)
    notes: tuple[str, ...] = ()


def read_image(path: Path) -> Image:
    """Read an image from a file.

    Parameters
    ----------
    path : Path
        Of a TIFF, PNG, JPEG or ``.npy`` file, told apart by the suffix.

    Returns
    -------
    Image
        Pixels as stored: palettes of PNG are expanded, EXIF rotation and colour profiles are not applied.

    Raises
    ------
    ImageError
        If it is missing, empty, no file, not of the format that its suffix says, damaged, or holds several images.
    """
    suffix = path.suffix.lower()
    if suffix == ".zarr":
        raise _error(path, "is OME-Zarr, which is not read yet; export it as OME-TIFF")
    reader = _READERS.get(suffix)
    if reader is None:
        known = " ".join(sorted(_READERS))
        raise _error(path, f"has the suffix {suffix or '(none)'}; what can be read: {known}")
    try:
        _refuse_what_is_no_file(path)
        image = reader(path)
    except OSError as error:
        raise _error(path, f"can't be read: {error.strerror or error}") from error
    except MemoryError as error:
        raise _error(path, "does not fit into memory") from error
    if image.array.dtype.kind not in "biufc":
        raise _error(path, f"holds {image.array.dtype}, not numbers")
    if image.array.size == 0:
        raise _error(path, f"holds no pixels: shape {image.array.shape}")
    return image


def _error(path: Path, what: str) -> ImageError:
    return ImageError(f"{path} {what}", path=str(path))


def _refuse_what_is_no_file(path: Path) -> None:
    try:
        status = path.stat()
    except FileNotFoundError:
        raise _error(path, "does not exist") from None
    if stat.S_ISDIR(status.st_mode):
        raise _error(path, "is a folder, not an image")
    if not stat.S_ISREG(status.st_mode):
        # Opening a named pipe would wait for ever.
        raise _error(path, "is not a regular file")
    if status.st_size == 0:
        raise _error(path, "is empty")


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


def _check_magic(path: Path, expected: str) -> None:
    with path.open("rb") as file:
        start = file.read(8)
    found = next((name for magic, name in _MAGIC.items() if start.startswith(magic)), None)
    if found != expected:
        hint = f"; it is a {found} file: give it the suffix of one" if found else ""
        raise _error(path, f"is not {'an' if expected == 'npy' else 'a'} {expected} file{hint}")


def _read_tiff(path: Path) -> Image:
    import tifffile

    _check_magic(path, "TIFF")
    with _tifffile_complaints() as complaints:
        try:
            with tifffile.TiffFile(path) as file:
                series = _only_series(path, file)
                array = series.asarray(out=None, maxworkers=1)
                axes, notes = _tiff_axes(series), _tiff_notes(series)
                sizes = pixel_size_of(file)
        except (OSError, MemoryError, ImageError):
            raise
        except Exception as error:
            # Decoders of the many compressions raise what they like (struct.error, zlib.error, RuntimeError ...).
            raise _error(path, f"is a damaged TIFF file: {type(error).__name__}: {error}") from error
    if complaints.errors:
        raise _error(path, f"is a damaged TIFF file: {complaints.errors[0]}")
    return Image(_native(array), axes, sizes, (*notes, *complaints.warnings))


def _only_series(path: Path, file: tifffile.TiffFile) -> tifffile.TiffPageSeries:
    if not file.series:
        raise _error(path, "is a TIFF file without an image")
    if len(file.series) > 1:
        listed = ", ".join(f"{series.name or at} {series.axes} {series.shape}" for at, series in enumerate(file.series))
        raise _error(path, f"holds {len(file.series)} images ({listed}); save the one that you mean as its own file")
    series = file.series[0]
    for page in series:
        if page is None:
            raise _error(path, "lacks planes that its metadata promises")
        ends = map(operator.add, page.dataoffsets, page.databytecounts)
        # Some decoders fill what a truncated strip lacks.
        if max(ends, default=0) > page.parent.filehandle.size:
            raise _error(path, "is a damaged TIFF file: its end is missing")
    return series


def _tiff_axes(series: tifffile.TiffPageSeries) -> str:
    axes = "".join(letter if letter in KNOWN_AXES else UNKNOWN for letter in series.axes)
    if series.kind not in ("ome", "imagej") and "S" in axes[:-1]:
        # A plain stack of three planes reads back as colour planes: tifffile's writer takes (3, Y, X) for that.
        axes = axes.replace("S", UNKNOWN)
    return axes


def _tiff_notes(series: tifffile.TiffPageSeries) -> Iterator[str]:
    photometric = getattr(series.keyframe, "photometric", None)
    if photometric == 0:
        yield "0 is white in this file (MINISWHITE); pixels are as stored, not inverted"
    elif photometric == 3:
        yield "the file has a palette; pixels are indices into it, as stored"


class _Complaints(logging.Handler):
    """What tifffile logs while it reads: it goes on where a file is damaged, and says so nowhere else."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.errors: list[str] = []
        self.warnings: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        (self.errors if record.levelno >= logging.ERROR else self.warnings).append(record.getMessage())


@contextmanager
def _tifffile_complaints() -> Iterator[_Complaints]:
    logger = logging.getLogger("tifffile")
    complaints = _Complaints()
    propagate, logger.propagate = logger.propagate, False
    logger.addHandler(complaints)
    try:
        yield complaints
    finally:
        logger.removeHandler(complaints)
        logger.propagate = propagate


def _read_png(path: Path) -> Image:
    import imagecodecs

    _check_magic(path, "PNG")
    try:
        array = imagecodecs.png_decode(path.read_bytes())
    except (ValueError, RuntimeError) as error:
        raise _error(path, f"is a damaged PNG file: {error}") from error
    return Image(array, "YX" if array.ndim == 2 else "YXS")


def _read_jpeg(path: Path) -> Image:
    import imagecodecs

    _check_magic(path, "JPEG")
    data = path.read_bytes()
    # libjpeg fills the missing end with grey and only warns: the end-of-image marker must follow the last scan.
    if data.rfind(b"\xff\xd9") <= data.rfind(b"\xff\xda"):
        raise _error(path, "is a damaged JPEG file: its end is missing")
    try:
        array = imagecodecs.jpeg8_decode(data)
    except (ValueError, RuntimeError) as error:
        raise _error(path, f"is a damaged JPEG file: {error}") from error
    return Image(array, "YX" if array.ndim == 2 else "YXS")


def _read_npy(path: Path) -> Image:
    import numpy as np

    _check_magic(path, "npy")
    try:
        # Mapped first: a header that promises more than the file holds is found before memory is asked for.
        mapped = np.load(path, mmap_mode="r", allow_pickle=False)
    except ValueError as error:
        raise _error(path, f"can't be read as an npy file: {error}") from error
    return Image(_native(np.array(mapped, order="K")), UNKNOWN * mapped.ndim)


def _native(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    return array if array.dtype.isnative else array.astype(array.dtype.newbyteorder("="))


_READERS: dict[str, Callable[[Path], Image]] = {
    ".jpeg": _read_jpeg,
    ".jpg": _read_jpeg,
    ".npy": _read_npy,
    ".png": _read_png,
    ".tif": _read_tiff,
    ".tiff": _read_tiff,
}
IMAGE_SUFFIXES = frozenset(_READERS)
