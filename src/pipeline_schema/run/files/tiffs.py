"""TIFF files: pages, OME-TIFF, ImageJ hyperstacks, BigTIFF, tiles, whatever compression.

What tifffile would fill in (planes that the metadata promises, the end of a truncated strip) is refused here.
"""

from __future__ import annotations

import logging
import operator
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from pipeline_schema.errors import ImageError
from pipeline_schema.run.files.axes import KNOWN_AXES, UNKNOWN
from pipeline_schema.run.files.image import Image, image_error, native
from pipeline_schema.run.files.ome_xml import channels_of, files_of
from pipeline_schema.run.files.pixel_size import pixel_size_of

if TYPE_CHECKING:
    import tifffile

__all__ = ["read_tiff"]


def read_tiff(path: Path, *, alone: bool = False) -> Image:
    """Read a TIFF file.

    Parameters
    ----------
    path : Path
        Begins as TIFF files do.
    alone : bool
        Whether only the pixels of this file are wanted. Its OME-XML may describe an image of many files, which all are
        read otherwise.

    Raises
    ------
    ImageError
        If it is damaged, lacks planes, or holds several images.
    """
    import tifffile

    with _complaints() as complaints:
        try:
            with tifffile.TiffFile(path) as file:
                text = file.ome_metadata
                files = files_of(text) if text else ()
                if alone and len(files) > 1:
                    # One plane of many is not what the XML describes: its pages are all there is to it.
                    file.is_ome = False
                series = _only_series(path, file)
                if not alone and len(files) > 1 and files[0].lower() != path.name.lower():
                    raise image_error(path, _part(files))
                array = series.asarray(out=None, maxworkers=1)
                axes, notes = _axes(series), _notes(series)
                sizes = pixel_size_of(file, text)
                channels = channels_of(text) if text and "C" in axes else ()
        except (OSError, MemoryError, ImageError):
            raise
        except Exception as error:
            # Decoders of the many compressions raise what they like (struct.error, zlib.error, RuntimeError ...).
            raise image_error(path, f"is a damaged TIFF file: {type(error).__name__}: {error}") from error
    if complaints.errors:
        raise image_error(path, f"is a damaged TIFF file: {complaints.errors[0]}")
    return Image(native(array), axes, sizes, (*notes, *complaints.warnings), channels)


def _part(files: tuple[str, ...]) -> str:
    # In a folder, each of them would be the whole image once more.
    return (
        f"is one of {len(files)} files of an image that begins in {files[0]}; give that one, or put planes together "
        "with --pattern and --stack"
    )


def _only_series(path: Path, file: tifffile.TiffFile) -> tifffile.TiffPageSeries:
    if not file.series:
        raise image_error(path, "is a TIFF file without an image")
    if len(file.series) > 1:
        listed = ", ".join(f"{series.name or at} {series.axes} {series.shape}" for at, series in enumerate(file.series))
        raise image_error(
            path, f"holds {len(file.series)} images ({listed}); save the one that you mean as its own file"
        )
    series = file.series[0]
    for page in series:
        if page is None:
            raise image_error(path, "lacks planes that its metadata promises")
        ends = map(operator.add, page.dataoffsets, page.databytecounts)
        # Some decoders fill what a truncated strip lacks.
        if max(ends, default=0) > page.parent.filehandle.size:
            raise image_error(path, "is a damaged TIFF file: its end is missing")
    return series


def _axes(series: tifffile.TiffPageSeries) -> str:
    axes = "".join(letter if letter in KNOWN_AXES else UNKNOWN for letter in series.axes)
    if series.kind not in ("ome", "imagej") and "S" in axes[:-1]:
        # A plain stack of three planes reads back as colour planes: tifffile's writer takes (3, Y, X) for that.
        axes = axes.replace("S", UNKNOWN)
    return axes


def _notes(series: tifffile.TiffPageSeries) -> Iterator[str]:
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
def _complaints() -> Iterator[_Complaints]:
    logger = logging.getLogger("tifffile")
    complaints = _Complaints()
    propagate, logger.propagate = logger.propagate, False
    logger.addHandler(complaints)
    try:
        yield complaints
    finally:
        logger.removeHandler(complaints)
        logger.propagate = propagate
