"""Arrays in files beside a document (``$file``), read within bounds: no size that a header claims is believed."""

from __future__ import annotations

import io
import math
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from pipeline_schema.limits import MAX_FILE_BYTES
from pipeline_schema.named_files import FileError, read_named
from pipeline_schema.values.records import DTYPES, MAX_DIMENSIONS, File

if TYPE_CHECKING:
    from tifffile import TiffFile

__all__ = ["read_array"]

# What every writer of the format writes, in this order. NumPy's own reader evaluates the header as a Python literal.
_HEADER: Final = re.compile(
    rb"\{\s*'descr':\s*'([<>|=]?[a-z][0-9]+)',\s*'fortran_order':\s*(False|True),"
    rb"\s*'shape':\s*\(((?:[0-9]{1,19},\s*)*(?:[0-9]{1,19})?)\),?\s*\}\s*"
)
_MAGIC: Final = b"\x93NUMPY"
# Of TIFF: those whose decoder is told how many bytes may come out.
_COMPRESSIONS: Final = ("NONE", "LZW", "DEFLATE", "ADOBE_DEFLATE", "PACKBITS", "LZMA", "ZSTD")
_MAX_PAGES: Final = 1_000


def read_array(file: File, folder: Path) -> np.ndarray[Any, Any]:
    """Read the array that a document names.

    Parameters
    ----------
    file : File
    folder : Path
        The document's: the file is inside it, also when every link is followed.

    Returns
    -------
    array
        In the byte order of this machine.

    Raises
    ------
    FileError
        With `path-error`, `payload-error` or `limit-exceeded`.
    """
    data = read_named(file.path, file.sha256, folder)
    try:
        array = _from_npy(data) if file.path.lower().endswith(".npy") else _from_tiff(data)
    except FileError as error:
        raise FileError(error.code, f"{file.path} can't be read as an array: {error}") from error
    except Exception as error:  # a reader of files meets whatever a file holds
        raise FileError("payload-error", f"{file.path} can't be read as an array: {error}") from error
    return array.astype(array.dtype.newbyteorder("="), copy=False)


def _from_npy(data: bytes) -> np.ndarray[Any, Any]:
    if data[:6] != _MAGIC or data[6:8] not in (b"\1\0", b"\2\0", b"\3\0"):
        raise FileError("payload-error", "it does not start as a .npy file does")
    start = 10 if data[6] == 1 else 12
    end = start + int.from_bytes(data[8:start], "little")
    header = _HEADER.fullmatch(data, start, min(end, len(data)))
    if header is None:
        raise FileError("payload-error", "its header is not that of an array of numbers (objects are never read)")
    shape = tuple(int(length) for length in header[3].split(b",") if length.strip())
    dtype = np.dtype(header[1].decode())
    _require_sound(dtype, shape)
    if len(data) - end != math.prod(shape) * dtype.itemsize:
        raise FileError("payload-error", f"{dtype} of shape {list(shape)} does not take {len(data) - end} bytes")
    return np.ndarray(shape, dtype, data, end, order="F" if header[2] == b"True" else "C")


def _from_tiff(data: bytes) -> np.ndarray[Any, Any]:
    import tifffile

    with tifffile.TiffFile(io.BytesIO(data)) as tiff:
        _require_few_pages(tiff)
        series = tiff.series[0]
        if any(page is not None and page.compression.name not in _COMPRESSIONS for page in series.pages):
            raise FileError("payload-error", f"its compression is none of {', '.join(_COMPRESSIONS)}")
        _require_sound(series.dtype, series.shape)
        return np.asarray(series.asarray())


def _require_few_pages(tiff: TiffFile) -> None:
    # One after the other: the length of the list would be that of a chain which may go on for millions.
    for index, _ in enumerate(tiff.pages):
        if index >= _MAX_PAGES:
            raise FileError("limit-exceeded", f"it has more than {_MAX_PAGES} pages")


def _require_sound(dtype: np.dtype[Any] | None, shape: tuple[int, ...]) -> None:
    if dtype is None or dtype.name not in DTYPES:
        raise FileError("payload-error", f"its dtype {dtype} is none of {', '.join(DTYPES)}")
    if len(shape) > MAX_DIMENSIONS or math.prod(max(length, 1) for length in shape) * dtype.itemsize > MAX_FILE_BYTES:
        raise FileError(
            "payload-error", f"{dtype} of shape {list(shape)} is more than the {MAX_FILE_BYTES} bytes that are read"
        )
