"""An image as it was read, and the error of one that could not be."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline_schema.errors import ImageError
from pipeline_schema.run.files.pixel_size import PixelSize

if TYPE_CHECKING:
    import numpy as np

__all__ = ["Image", "image_error", "native"]


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
    channels : tuple of str
        Names along axis C, where the file has one for each.
    """

    array: np.ndarray[Any, Any]
    axes: str
    pixel_size: PixelSize = field(default_factory=dict)
    notes: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()


def image_error(path: Path, what: str) -> ImageError:
    """The error that says what is wrong with a file."""
    return ImageError(f"{path} {what}", path=str(path))


def native(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The array in this machine's byte order."""
    return array if array.dtype.isnative else array.astype(array.dtype.newbyteorder("="))
