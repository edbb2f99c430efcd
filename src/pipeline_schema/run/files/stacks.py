"""What an input of an item is read from: one file, or planes of several files as one array."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from pipeline_schema.run.files.axes import UNKNOWN
from pipeline_schema.run.files.image import Image, image_error
from pipeline_schema.run.files.readers import read_image
from pipeline_schema.run.item import ItemInput

__all__ = ["read_input"]


def read_input(source: ItemInput, declared: str | None = None) -> Image:
    """Read an input of an item.

    Parameters
    ----------
    source : ItemInput
        Not a value.
    declared : str or None
        The axes that the pipeline's input declares: a list of files is stacked along the one that they lack.

    Returns
    -------
    Image
        Of a stack: its stacked axes first, pixel size and notes of the first plane; names of channels are those of the
        positions along C, where these are names.

    Raises
    ------
    ImageError
        If a file can't be read, or a plane has another shape, type or axes than the first: with the names of both.
    """
    if not source.planes:
        return read_image(Path(source.path))
    import numpy as np

    files = list(source.files())
    first = _plane(files[0])
    axes = _stacked_axes(source, first, files[0], declared)
    counts = tuple(map(len, source.stacked.values()))
    try:
        stack = np.empty(counts + first.array.shape, first.array.dtype)
    except MemoryError as error:
        raise image_error(Path(source.path), f"has {len(files)} planes, too many for memory") from error
    for at, (place, file) in enumerate(zip(np.ndindex(*counts), files, strict=True)):
        plane = _plane(file) if at else first
        for what, own, other in _differences(plane, first):
            raise image_error(file, f"is of {what} {own}, and the first of its stack, {files[0]}, of {other}")
        stack[place] = plane.array
    names = source.stacked.get("C", ())
    channels = () if all(name.isdigit() for name in names) else names
    return Image(stack, axes, first.pixel_size, first.notes, channels or first.channels)


def _plane(file: Path) -> Image:
    """One plane, without axes of length 1: whoever wrote it may have named them all."""
    image = read_image(file, alone=True)
    kept = [at for at, letter in enumerate(image.axes) if letter in "YX" or image.array.shape[at] != 1]
    if image.axes == UNKNOWN * image.array.ndim and len(kept) <= 2 <= image.array.ndim:
        # Two axes that nobody named are rows and columns, whatever their length.
        kept = list(range(image.array.ndim - 2, image.array.ndim))
    axes = "".join(image.axes[at] for at in kept)
    array = image.array.reshape([image.array.shape[at] for at in kept])
    return Image(array, "YX" if axes == UNKNOWN * 2 else axes, image.pixel_size, image.notes, image.channels)


def _stacked_axes(source: ItemInput, plane: Image, file: Path, declared: str | None) -> str:
    stacked = "".join(source.stacked)
    if stacked == UNKNOWN:
        lacking = [letter for letter in declared or "" if letter not in plane.axes]
        if len(lacking) != 1:
            said = f"declares {declared}" if declared else "declares no axes"
            raise image_error(
                file,
                f"has axes {plane.axes} and is one of a list of {len(source.planes)}, and the pipeline's input {said}: "
                "a list is stacked along the one declared axis that its files lack",
            )
        stacked = lacking[0]
    twice = [letter for letter in stacked if letter in plane.axes]
    if twice:
        raise image_error(file, f"has axes {plane.axes} itself, so it can't be stacked along {', '.join(twice)}")
    return stacked + plane.axes


def _differences(plane: Image, first: Image) -> Iterator[tuple[str, object, object]]:
    for what, own, other in (
        ("shape", plane.array.shape, first.array.shape),
        ("type", plane.array.dtype, first.array.dtype),
        ("axes", plane.axes, first.axes),
    ):
        if own != other:
            yield what, own, other
