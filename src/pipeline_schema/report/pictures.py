"""Pictures of items: the image that went in, with outlines of what was found in it, small enough for a page."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from pipeline_schema.errors import PipelineError
from pipeline_schema.run.batch.record import ItemRecord
from pipeline_schema.run.channel.messages import OutputRecord
from pipeline_schema.run.files.axes import UNKNOWN
from pipeline_schema.run.files.readers import IMAGE_SUFFIXES, read_image
from pipeline_schema.run.files.writers import sha256_of

if TYPE_CHECKING:
    Pixels = Any  # an array

__all__ = ["Picture", "picture_of"]

_SIDE = 480
_MAX_FILE_BYTES = 512 * 2**20
# Of the pixels, so that a few hot or dead ones do not decide how all others are seen.
_DARKEST, _BRIGHTEST = 0.3, 99.7
_OUTLINE = (255, 214, 10)
# Of the first three channels, added up: told apart also by those who see no red or no green.
_CHANNELS = ((0, 255, 0), (255, 0, 255), (0, 160, 255))


class Picture(NamedTuple):
    """One picture.

    Attributes
    ----------
    png : str
        As a ``data:`` address; empty if there is nothing to be shown, and `caption` says why.
    width, height : int
        In pixels of the picture.
    caption : str
    """

    png: str
    width: int
    height: int
    caption: str


class _Seen(NamedTuple):
    """One plane of an image: shape (Y, X) of grey values or labels, or (Y, X, 3) of bytes."""

    plane: Pixels
    said: str


def picture_of(item: ItemRecord, folder: Path) -> Picture:
    """The picture of a done item: its first image, under the outlines of its first labels or mask.

    Where the image can't be read any more, or is not of the outlines' shape, the first output that is a picture.

    Parameters
    ----------
    item : ItemRecord
    folder : Path
        Of its outputs.
    """
    outlined = next(
        (output for output in item.outputs if output.kind in ("labels", "mask") and _is_image(output)), None
    )
    notes = []
    found: _Seen | None = None
    if outlined is not None:
        found, note = _output(outlined, folder)
        notes += [note] if note else []
    flat = found is not None and outlined is not None and len(outlined.shape or ()) == 2
    for name, given in item.inputs.items():
        if Path(given.path).suffix.lower() not in IMAGE_SUFFIXES:
            continue
        image, note = _same(Path(given.path), given.sha256, given.size, project=found is None or flat)
        if image is None:
            notes.append(note)
            continue
        if found is not None and outlined is not None:
            if found.plane.shape[:2] == image.plane.shape[:2]:
                said = f"{name}{image.said}, outlines of {outlined.name}"
                return _draw(image, found, said, notes)
            continue
        return _draw(image, None, f"{name}{image.said}", notes)
    if found is not None and outlined is not None:
        return _draw(None, found, f"{outlined.name}{found.said}", notes)
    for output in filter(_is_image, item.outputs):
        image, note = _output(output, folder)
        if image is not None:
            return _draw(image, None, f"{output.name}{image.said}", notes)
        notes.append(note)
    return Picture("", 0, 0, "; ".join(notes) or "no image among its inputs and outputs")


def _is_image(output: OutputRecord) -> bool:
    return Path(output.file).suffix.lower() in IMAGE_SUFFIXES


def _output(output: OutputRecord, folder: Path) -> tuple[_Seen | None, str]:
    path = folder / Path(output.file).name
    flat = output.kind not in ("labels", "mask")
    return _same(path, output.sha256, output.size, axes=output.axes, project=flat)


def _same(
    path: Path, digest: str | None, size: int | None, *, axes: str | None = None, project: bool
) -> tuple[_Seen | None, str]:
    """A file as it was in the run: another one would be shown as what it is not."""
    try:
        if path.stat().st_size > _MAX_FILE_BYTES:
            return None, f"{path.name} is too large to be looked at"
        if sha256_of(path) != (digest, size):
            return None, f"{path.name} was changed since the run"
    except OSError:
        return None, f"{path.name} is not there any more"
    return _read(path, axes, project=project)


def _read(path: Path, axes: str | None, *, project: bool) -> tuple[_Seen | None, str]:
    try:
        image = read_image(path)
    except (PipelineError, OSError, MemoryError) as error:
        return None, str(error)
    known = axes if axes is not None and len(axes) == image.array.ndim else image.axes
    return _flatten(image.array, known, project=project), ""


def _flatten(array: Pixels, axes: str, *, project: bool) -> _Seen:
    """One plane: of time the first, of depth the brightest pixels or the middle, of channels three in colours."""
    import numpy as np

    if array.ndim < 2:
        return _Seen(np.atleast_2d(array), "")
    if UNKNOWN in axes:
        axes = "S" if array.ndim > 2 and array.shape[-1] in (3, 4) else ""
        axes = "Z" * (array.ndim - 2 - len(axes)) + "YX" + axes
    said = []
    at = 0
    for letter in axes:
        if letter in "YXSC":
            at += 1
        elif letter == "Z" and project and array.shape[at] > 1:
            array = array.max(axis=at)
            said.append("brightest along Z")
        else:
            middle = array.shape[at] // 2 if letter == "Z" else 0
            if array.shape[at] > 1:
                said.append(f"{letter} {middle} of {array.shape[at]}")
            array = array.take(middle, axis=at)
    left = [letter for letter in axes if letter in "YXSC"]
    array = array.transpose([left.index(letter) for letter in sorted(left, key="SCYX".index)])
    if "S" in left:
        samples = array[:3, 0] if "C" in left else array[:3]
        grey = len(samples) < 3
        plane = samples[0] if grey else np.stack([_bytes(part, samples) for part in samples], axis=-1)
    elif "C" in left:
        parts = array[: len(_CHANNELS)]
        if array.shape[0] > len(parts):
            said.append(f"the first {len(parts)} of {array.shape[0]} channels")
        plane = parts[0] if len(parts) == 1 else _add_up(parts)
    else:
        plane = array
    return _Seen(plane, f" ({', '.join(said)})" if said else "")


def _add_up(parts: Pixels) -> Pixels:
    import numpy as np

    total = np.zeros((*parts.shape[1:], 3), np.float32)
    for part, colour in zip(parts, _CHANNELS, strict=False):
        total += _stretch(part)[..., None] * np.asarray(colour, np.float32)
    return total.clip(0, 255).astype(np.uint8)


def _bytes(part: Pixels, whole: Pixels) -> Pixels:
    """Colour samples as bytes: as they are, by their dtype's range, or by what is there."""
    import numpy as np

    if whole.dtype == np.uint8:
        return part
    if whole.dtype == np.uint16:
        return (part >> 8).astype(np.uint8)
    return (_stretch(part) * 255).astype(np.uint8)


def _stretch(plane: Pixels) -> Pixels:
    """Grey values from 0 to 1, by percentiles of those that are finite."""
    import numpy as np

    if plane.dtype.kind == "c":
        plane = np.abs(plane)
    values = plane.astype(np.float64)
    finite = values[np.isfinite(values)]
    if not finite.size:
        return np.zeros(values.shape)
    low, high = np.percentile(finite[:: max(1, finite.size // 1_000_000)], (_DARKEST, _BRIGHTEST))
    if high <= low:
        low, high = float(finite.min()), float(finite.max())
    if high <= low:
        return np.full(values.shape, 0.5)
    with np.errstate(invalid="ignore", over="ignore"):
        return np.nan_to_num(((values - low) / (high - low)).clip(0, 1), nan=0.0)


def _draw(image: _Seen | None, found: _Seen | None, said: str, notes: list[str]) -> Picture:
    import imagecodecs
    import numpy as np

    shown = image if image is not None else found
    assert shown is not None
    height, width = shown.plane.shape[:2]
    step = max(1, -(-max(height, width) // _SIDE))
    if image is not None:
        grey = image.plane if image.plane.ndim == 3 else (_stretch(image.plane) * 255).astype(np.uint8)
        picture = _shrink(grey, step)
        picture = np.repeat(picture[..., None], 3, axis=-1) if picture.ndim == 2 else picture.copy()
        if found is not None:
            picture[_outlines(found.plane[: picture.shape[0] * step : step, : picture.shape[1] * step : step])] = (
                _OUTLINE
            )
    else:
        assert found is not None
        picture = _coloured(found.plane[::step, ::step])
    if found is not None:
        kinds = int(np.count_nonzero(np.bincount(found.plane.ravel().astype(np.int64).clip(0, 2**22))[1:]))
        if found.plane.dtype != bool and kinds > 1:
            said += f", {kinds:,} objects"
    data = base64.b64encode(imagecodecs.png_encode(np.ascontiguousarray(picture), level=6)).decode()
    caption = "; ".join([said, *notes])
    return Picture(f"data:image/png;base64,{data}", picture.shape[1], picture.shape[0], caption)


def _shrink(plane: Pixels, step: int) -> Pixels:
    """The mean of each block of `step` by `step`; an edge that fills no block is cut."""
    if step == 1:
        return plane
    height, width = (max(1, length // step) for length in plane.shape[:2])
    if min(plane.shape[:2]) < step:
        return plane[::step, ::step]
    blocks = plane[: height * step, : width * step].reshape(height, step, width, step, *plane.shape[2:])
    return blocks.mean(axis=(1, 3)).astype(plane.dtype)


def _outlines(labels: Pixels) -> Pixels:
    """Where an object's pixel has another object or nothing beside it."""
    import numpy as np

    edge = np.zeros(labels.shape, bool)
    for one, other in (
        (np.s_[1:], np.s_[:-1]),
        (np.s_[:-1], np.s_[1:]),
        (np.s_[:, 1:], np.s_[:, :-1]),
        (np.s_[:, :-1], np.s_[:, 1:]),
    ):
        edge[one] |= labels[one] != labels[other]
    return edge & (labels != 0)


def _coloured(labels: Pixels) -> Pixels:
    """Each label in a colour of its own, on black; a neighbour's number gives another hue."""
    import numpy as np

    hues = (labels.astype(np.float64) * 0.618033988749895) % 1.0
    wave = np.stack([np.cos(2 * np.pi * (hues + shift)) for shift in (0, 1 / 3, 2 / 3)], axis=-1)
    return ((wave * 0.4 + 0.6) * 255 * (labels != 0)[..., None]).astype(np.uint8)
