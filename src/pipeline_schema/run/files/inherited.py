"""What a result inherits of the image that it was made from: axes, pixel size, names of channels.

A function says nothing of axes, so they are told by lengths, and only where those leave no doubt: wrong axes would put
an array on disk in another order than it has, since formats have orders of their own.
"""

from __future__ import annotations

import itertools
from typing import Any, NamedTuple

from pipeline_schema.run.files.axes import UNKNOWN
from pipeline_schema.run.files.image import Image
from pipeline_schema.run.files.pixel_size import PixelSize

__all__ = ["Inherited", "inherit"]

# Red, green, blue, and how opaque.
_SAMPLES = (3, 4)


class Inherited(NamedTuple):
    """What is known of a result besides its values.

    Attributes
    ----------
    axes : str or None
        None where they can't be told.
    pixel_size : dict
        Along the axes that kept their length: a resampled axis has another one.
    channels : tuple of str
        Names along axis C, where the result has as many.
    """

    axes: str | None = None
    pixel_size: PixelSize = {}
    channels: tuple[str, ...] = ()


def inherit(value: Any, image: Image | None) -> Inherited:
    """What a result inherits.

    Parameters
    ----------
    value : any value
        A result; what is no array inherits nothing.
    image : Image or None
        The first image of the item, in the axes that its input declares.

    Returns
    -------
    Inherited
        An array of the image's shape has its axes. One with fewer has those that fit its shape in only one way, rows
        and columns among them. One with 3 or 4 values for each pixel is a colour picture. One with as many axes, but
        of other lengths, was resampled; unless they are the same lengths in another order, or channels have changed
        as well as rows and columns: then the axes are others.
    """
    shape = getattr(value, "shape", None)
    if image is None or shape is None or UNKNOWN in image.axes:
        return Inherited()
    lengths = dict(zip(image.axes, image.array.shape, strict=True))
    axes = _axes(tuple(shape), getattr(value, "dtype", None), lengths)
    if axes is None:
        return Inherited()
    same = {axis for axis, length in zip(axes, shape, strict=True) if lengths.get(axis) == length}
    pixel_size = {axis: size for axis, size in image.pixel_size.items() if axis in same}
    channels = image.channels if "C" in axes and len(image.channels) == shape[axes.index("C")] else ()
    return Inherited(axes, pixel_size, channels)


def _axes(shape: tuple[int, ...], dtype: Any, lengths: dict[str, int]) -> str | None:
    kept = _kept(shape, lengths)
    if kept is not None:
        return kept
    if len(shape) > 2 and shape[-1] in _SAMPLES and getattr(dtype, "kind", "") in ("u", "f"):
        pixels = _kept(shape[:-1], lengths)
        if pixels is not None and not {"C", "S"} & set(pixels):
            return f"{pixels}S"
    return "".join(lengths) if _is_resampled(shape, lengths) else None


def _kept(shape: tuple[int, ...], lengths: dict[str, int]) -> str | None:
    """The axes that have these lengths, in their order, if only one choice of them does.

    Rows and columns are not lost: what has neither is no image of the same place.
    """
    if shape == tuple(lengths.values()):
        return "".join(lengths)
    ways = {
        chosen
        for chosen in itertools.combinations(lengths, len(shape))
        if tuple(lengths[axis] for axis in chosen) == shape and {"Y", "X"} <= set(chosen)
    }
    return "".join(ways.pop()) if len(ways) == 1 else None


def _is_resampled(shape: tuple[int, ...], lengths: dict[str, int]) -> bool:
    if len(shape) != len(lengths):
        return False
    if len(lengths) == 2:
        # Nothing to mistake them for, and no other order on disk.
        return True
    changed = {axis for axis, length in zip(lengths, shape, strict=True) if lengths[axis] != length}
    is_reordered = sorted(shape) == sorted(lengths.values())
    return not is_reordered and not (changed & {"C", "S"} and changed & {"Y", "X"})
