"""Builtin functions on images."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from array_api_compat import array_namespace

from registry.scaling import change_dtype

__all__ = ["composite", "convert", "crop", "getitem", "percentile_normalize", "points_to_mask", "project"]

_METHODS = ("max", "mean", "median", "min", "std", "sum")
_COLORS = {
    "red": (1.0, 0.0, 0.0),
    "green": (0.0, 1.0, 0.0),
    "blue": (0.0, 0.0, 1.0),
    "cyan": (0.0, 1.0, 1.0),
    "magenta": (1.0, 0.0, 1.0),
    "yellow": (1.0, 1.0, 0.0),
    "gray": (1.0, 1.0, 1.0),
}


def getitem(array: Any, index: Any) -> Any:
    """Take a part of an array: an element, a slice, or what a mask marks.

    Parameters
    ----------
    array : array
        Any shape and dtype.
    index : int, slice, ellipsis, none, array, or a tuple of these
        As in ``array[index]``.

    Returns
    -------
    part : array or scalar
        A view or copy, as NumPy makes it.

    Raises
    ------
    IndexError
        If the index is outside of the array.
    """
    return array[index]


def points_to_mask(points: Any, shape_of: Any) -> Any:
    """Mark points in an empty image.

    Parameters
    ----------
    points : array, shape (N, D)
        Coordinates in pixels, in the order of the image's axes; rounded half to even.
    shape_of : array, D axes
        An image of the wanted shape; its values are not read.

    Returns
    -------
    mask : array of bool, shape of `shape_of`
        True at each point.

    Raises
    ------
    ValueError
        If the points have another number of coordinates than the image has axes, or a point lies outside of it.
    """
    xp = array_namespace(points, shape_of)
    mask = xp.zeros(shape_of.shape, dtype=bool)
    if points.shape[0] == 0:
        return mask
    if points.ndim != 2 or points.shape[1] != shape_of.ndim:
        raise ValueError(
            f"points have shape {tuple(points.shape)}; for an image of {shape_of.ndim} axes it is (N, {shape_of.ndim})"
        )
    places = xp.round(points)
    outside = ~((places >= 0) & (places < xp.asarray(shape_of.shape))).all(axis=1)
    if outside.any():
        raise ValueError(
            f"{int(outside.sum())} of {points.shape[0]} points lie outside of an image of shape {tuple(shape_of.shape)}"
        )
    mask[tuple(places.astype(int).T)] = True
    return mask


def percentile_normalize(image: Any, low: float = 1.0, high: float = 99.0) -> Any:
    """Bring an image to the range from 0 to 1 between two of its percentiles.

    Parameters
    ----------
    image : array, any shape, real
        Finite.
    low, high : float
        Percentiles, 0 <= low < high <= 100. What they are in the image becomes 0 and 1; values beyond are clipped.

    Returns
    -------
    normalized : array of float32, or of float64 for an image of float64
        Zeros where the two percentiles are the same value.

    Raises
    ------
    ValueError
        If the percentiles are not in order.
    """
    if not 0 <= low < high <= 100:
        raise ValueError(f"percentiles are low={low} and high={high}; they need 0 <= low < high <= 100")
    xp = array_namespace(image)
    dtype = xp.float64 if image.dtype == xp.float64 else xp.float32
    bottom, top = xp.percentile(image.astype(xp.float64), xp.asarray([low, high]))
    if top == bottom:
        return xp.zeros(image.shape, dtype=dtype)
    return xp.clip((image.astype(xp.float64) - bottom) / (top - bottom), 0.0, 1.0).astype(dtype)


def project(stack: Any, method: str = "max", axis: int = 0) -> Any:
    """Project a stack along an axis.

    Parameters
    ----------
    stack : array
        Any shape.
    method : {'max', 'mean', 'median', 'min', 'std', 'sum'}
        What becomes of the values along the axis.
    axis : int
        Which axis goes.

    Returns
    -------
    projection : array, one axis less
        Of the stack's dtype for ``max`` and ``min``, of NumPy's for the others.

    Raises
    ------
    ValueError
        If there is no such method.
    """
    if method not in _METHODS:
        raise ValueError(f"method is {method!r}; it is one of {', '.join(_METHODS)}")
    return getattr(array_namespace(stack), method)(stack, axis=axis)


def convert(image: Any, dtype: Any, scale: str = "cast") -> Any:
    """Change the dtype of an image, saturating and never wrapping around.

    Parameters
    ----------
    image : array
        Any shape, real.
    dtype : dtype
        The target, for example ``uint8``.
    scale : {'auto', 'cast', 'rescale', 'stretch'}
        ``cast`` rounds half to even and saturates; ``rescale`` maps the full range of one dtype to that of the other
        (of floats: 0 to 1); ``stretch`` maps the image's minimum and maximum; ``auto`` is ``cast`` where the values'
        meaning is known.

    Returns
    -------
    converted : array of `dtype`

    Raises
    ------
    ArgumentError
        If NaN or infinity would go into an integer dtype, or there is no such dtype or scale.
    """
    xp = array_namespace(image)
    return change_dtype(image, xp.dtype(dtype).name, scale, key="builtin:convert")


def crop(image: Any, start: Sequence[int], stop: Sequence[int]) -> Any:
    """Cut a box out of an image.

    Parameters
    ----------
    image : array
        Any shape.
    start, stop : sequence of int
        First pixel and the pixel after the last, for the last ``len(start)`` axes; other axes stay whole. Negative
        numbers count from the end.

    Returns
    -------
    cropped : array
        A view.

    Raises
    ------
    ValueError
        If the box has another number of axes, is empty, or lies outside of the image.
    """
    first, last = (tuple(place) if isinstance(place, Sequence) else (place,) for place in (start, stop))
    if len(first) != len(last) or len(first) > image.ndim:
        raise ValueError(f"start={start} and stop={stop} need one number for each of at most {image.ndim} axes")
    box = []
    for size, begin, end in zip(image.shape[image.ndim - len(first) :], first, last, strict=True):
        begin, end = (place + size if place < 0 else place for place in (begin, end))
        if not 0 <= begin < end <= size:
            raise ValueError(f"box {start} to {stop} is empty or outside of an image of shape {tuple(image.shape)}")
        box.append(slice(begin, end))
    return image[(..., *box)]


def composite(images: Any, colors: Sequence[str | Sequence[float]], stretch: bool = True) -> Any:
    """Lay grey images over each other in colours.

    Parameters
    ----------
    images : array, shape (C, ...), or list of arrays of one shape
        One for each channel.
    colors : sequence of str or of (red, green, blue)
        One for each channel: ``red``, ``green``, ``blue``, ``cyan``, ``magenta``, ``yellow``, ``gray``, or numbers from
        0 to 1.
    stretch : bool
        Whether each channel is brought to the range from 0 to 1 by its minimum and maximum; otherwise values are taken
        as they are.

    Returns
    -------
    rgb : array of float32, shape (..., 3)
        The sum of the channels, clipped to the range from 0 to 1.

    Raises
    ------
    ValueError
        If there are not as many colours as channels, a colour is not known, or the shapes differ.
    """
    channels = list(images)
    if not channels or len(channels) != len(colors):
        raise ValueError(f"there are {len(channels)} channels and {len(colors)} colours; each channel needs one")
    shapes = {tuple(channel.shape) for channel in channels}
    if len(shapes) > 1:
        raise ValueError(f"channels have different shapes: {', '.join(map(str, sorted(shapes)))}")
    xp = array_namespace(*channels)
    rgb = xp.zeros((*channels[0].shape, 3), dtype=xp.float32)
    for channel, color in zip(channels, colors, strict=True):
        values = channel.astype(xp.float32)
        if stretch:
            low, high = values.min(), values.max()
            values = (values - low) / (high - low) if high > low else xp.zeros_like(values)
        rgb += values[..., None] * xp.asarray(_rgb(color), dtype=xp.float32)
    return xp.clip(rgb, 0.0, 1.0)


def _rgb(color: str | Sequence[float]) -> tuple[float, ...]:
    if not isinstance(color, str):
        if len(color) != 3:
            raise ValueError(f"colour {color} needs three numbers: red, green, blue")
        return tuple(color)
    if color not in _COLORS:
        raise ValueError(f"colour is {color!r}; it is one of {', '.join(_COLORS)}, or three numbers from 0 to 1")
    return _COLORS[color]
