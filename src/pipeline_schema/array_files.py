"""Arrays in files beside a document (``$file``): found inside its folder, verified, and read within bounds.

A document and its files come from anyone. So a path is followed only within the folder, what was opened is asked again
where it is, nothing but a regular file is read, and no size that a header claims is believed.
"""

from __future__ import annotations

import hashlib
import io
import math
import os
import re
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from pipeline_schema.limits import MAX_FILE_BYTES
from pipeline_schema.problems import Code
from pipeline_schema.values.records import DTYPES, MAX_DIMENSIONS, File

if TYPE_CHECKING:
    from tifffile import TiffFile

__all__ = ["ArrayFileError", "read_array"]

_CHUNK: Final = 1 << 20
# What every writer of the format writes, in this order. NumPy's own reader evaluates the header as a Python literal.
_HEADER: Final = re.compile(
    rb"\{\s*'descr':\s*'([<>|=]?[a-z][0-9]+)',\s*'fortran_order':\s*(False|True),"
    rb"\s*'shape':\s*\(((?:[0-9]{1,19},\s*)*(?:[0-9]{1,19})?)\),?\s*\}\s*"
)
_MAGIC: Final = b"\x93NUMPY"
# Of TIFF: those whose decoder is told how many bytes may come out.
_COMPRESSIONS: Final = ("NONE", "LZW", "DEFLATE", "ADOBE_DEFLATE", "PACKBITS", "LZMA", "ZSTD")
_MAX_PAGES: Final = 1_000


class ArrayFileError(Exception):
    """A file can't be read as the array that was meant: the code of the problem, and what it says."""

    def __init__(self, code: Code, message: str) -> None:
        super().__init__(message)
        self.code = code


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
    ArrayFileError
        With `path-error`, `payload-error` or `limit-exceeded`.
    """
    data = _read(file, folder)
    try:
        array = _from_npy(data) if file.path.lower().endswith(".npy") else _from_tiff(data)
    except ArrayFileError as error:
        raise ArrayFileError(error.code, f"{file.path} can't be read as an array: {error}") from error
    except Exception as error:  # a reader of files meets whatever a file holds
        raise ArrayFileError("payload-error", f"{file.path} can't be read as an array: {error}") from error
    return array.astype(array.dtype.newbyteorder("="), copy=False)


def _read(file: File, folder: Path) -> bytes:
    """The bytes of the file, which has the size and the hash that it may and should have."""
    root = Path(os.path.realpath(folder))
    try:
        path = _inside(root, Path(os.path.realpath(root / file.path)), file)
        # Opening a device can do things: it is not opened. And a pipe that took its place is not waited for.
        _require_regular(path.stat(), file)
        descriptor = os.open(path, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_BINARY", 0))
        with open(descriptor, "rb") as stream:  # noqa: PTH123 - a descriptor, not a path
            status = os.fstat(descriptor)
            _require_regular(status, file)
            _inside(root, _place_of(descriptor, path, status), file)
            data, found = _read_within_limit(stream, status.st_size, file)
    except OSError as error:
        raise ArrayFileError("path-error", f"{file.path} can't be read: {error.strerror or error}") from error
    if found != file.sha256:
        raise ArrayFileError("payload-error", f"{file.path} is not the file that was meant: its sha256 is {found}")
    return data


def _inside(root: Path, path: Path, file: File) -> Path:
    if not path.is_relative_to(root):
        raise ArrayFileError("path-error", f"{file.path} leads out of the document's folder")
    return path


def _require_regular(status: os.stat_result, file: File) -> None:
    if not stat.S_ISREG(status.st_mode):
        raise ArrayFileError("path-error", f"{file.path} is not a regular file")


def _place_of(descriptor: int, path: Path, status: os.stat_result) -> Path:
    """Where what was opened really is, whoever changed links meanwhile."""
    link = Path(f"/proc/self/fd/{descriptor}")
    if os.path.lexists(link):
        return link.readlink()
    again = Path(os.path.realpath(path))
    # Elsewhere the path is followed once more, and must lead to the very same file.
    return again if os.path.samestat(again.stat(), status) else Path(os.devnull)


def _read_within_limit(stream: io.BufferedReader, size: int, file: File) -> tuple[bytes, str]:
    digest, data = hashlib.sha256(), bytearray()
    while size <= MAX_FILE_BYTES and len(data) <= MAX_FILE_BYTES and (more := stream.read(_CHUNK)):
        digest.update(more)
        data += more
    if max(size, len(data)) > MAX_FILE_BYTES:
        raise ArrayFileError("limit-exceeded", f"{file.path} has more than the {MAX_FILE_BYTES} bytes that are read")
    return bytes(data), digest.hexdigest()


def _from_npy(data: bytes) -> np.ndarray[Any, Any]:
    if data[:6] != _MAGIC or data[6:8] not in (b"\1\0", b"\2\0", b"\3\0"):
        raise ArrayFileError("payload-error", "it does not start as a .npy file does")
    start = 10 if data[6] == 1 else 12
    end = start + int.from_bytes(data[8:start], "little")
    header = _HEADER.fullmatch(data, start, min(end, len(data)))
    if header is None:
        raise ArrayFileError("payload-error", "its header is not that of an array of numbers (objects are never read)")
    shape = tuple(int(length) for length in header[3].split(b",") if length.strip())
    dtype = np.dtype(header[1].decode())
    _require_sound(dtype, shape)
    if len(data) - end != math.prod(shape) * dtype.itemsize:
        raise ArrayFileError("payload-error", f"{dtype} of shape {list(shape)} does not take {len(data) - end} bytes")
    return np.ndarray(shape, dtype, data, end, order="F" if header[2] == b"True" else "C")


def _from_tiff(data: bytes) -> np.ndarray[Any, Any]:
    import tifffile

    with tifffile.TiffFile(io.BytesIO(data)) as tiff:
        _require_few_pages(tiff)
        series = tiff.series[0]
        if any(page is not None and page.compression.name not in _COMPRESSIONS for page in series.pages):
            raise ArrayFileError("payload-error", f"its compression is none of {', '.join(_COMPRESSIONS)}")
        _require_sound(series.dtype, series.shape)
        return np.asarray(series.asarray())


def _require_few_pages(tiff: TiffFile) -> None:
    # One after the other: the length of the list would be that of a chain which may go on for millions.
    for index, _ in enumerate(tiff.pages):
        if index >= _MAX_PAGES:
            raise ArrayFileError("limit-exceeded", f"it has more than {_MAX_PAGES} pages")


def _require_sound(dtype: np.dtype[Any] | None, shape: tuple[int, ...]) -> None:
    if dtype is None or dtype.name not in DTYPES:
        raise ArrayFileError("payload-error", f"its dtype {dtype} is none of {', '.join(DTYPES)}")
    if len(shape) > MAX_DIMENSIONS or math.prod(max(length, 1) for length in shape) * dtype.itemsize > MAX_FILE_BYTES:
        raise ArrayFileError(
            "payload-error", f"{dtype} of shape {list(shape)} is more than the {MAX_FILE_BYTES} bytes that are read"
        )
