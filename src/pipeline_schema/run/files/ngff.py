"""What OME-Zarr (NGFF) metadata says: of an image, of a plate, of a folder of images. Read without the library zarr.

Versions 0.1 to 0.4 are attributes of Zarr 2 (``.zattrs``), 0.5 those of Zarr 3 (``zarr.json``, below ``ome``).
"""

from __future__ import annotations

import math
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, NamedTuple

import msgspec

from pipeline_schema.errors import ImageError
from pipeline_schema.run.files.axes import KNOWN_AXES, UNKNOWN
from pipeline_schema.run.files.pixel_size import PixelSize, unit_named

__all__ = ["Described", "Multiscale", "Node", "below", "describe", "is_zarr", "read_node"]

if TYPE_CHECKING:
    import numpy as np

_METADATA = ("zarr.json", ".zattrs", ".zgroup", ".zarray")


class _Axis(msgspec.Struct):
    name: str
    unit: str | None = None


class _Transformation(msgspec.Struct):
    type: str = ""
    scale: list[float] | None = None


class _Dataset(msgspec.Struct):
    path: str
    transformations: list[_Transformation] = msgspec.field(name="coordinateTransformations", default=[])


class Multiscale(msgspec.Struct):
    """An image, as arrays of falling resolution. The first of `datasets` is the full one."""

    datasets: list[_Dataset]
    # Names alone are version 0.3, none at all 0.1 and 0.2.
    axes: list[_Axis | str] | None = None
    transformations: list[_Transformation] = msgspec.field(name="coordinateTransformations", default=[])

    def letters(self, ndim: int) -> str:
        """One letter an axis, ``?`` for one that has another name."""
        if self.axes is None:
            return "TCZYX" if ndim == 5 else UNKNOWN * ndim
        names = (axis if isinstance(axis, str) else axis.name for axis in self.axes)
        return "".join(name.upper() if len(name) == 1 and name.upper() in KNOWN_AXES else UNKNOWN for name in names)

    def pixel_size(self) -> PixelSize:
        """Length and unit of a pixel of full resolution, along the axes of space that have both."""
        if self.axes is None or not self.datasets:
            return {}
        sizes: PixelSize = {}
        for at, axis in enumerate(self.axes):
            unit = unit_named(axis.unit or "") if isinstance(axis, _Axis) else ""
            size = 1.0
            for made in (*self.datasets[0].transformations, *self.transformations):
                if made.type == "scale" and made.scale is not None and at < len(made.scale):
                    size *= made.scale[at]
            if unit and isinstance(axis, _Axis) and axis.name.upper() in ("X", "Y", "Z") and 0 < size < math.inf:
                sizes[axis.name.upper()] = size, unit
        return sizes


class _Channel(msgspec.Struct):
    label: str | int | None = None


class _Omero(msgspec.Struct):
    channels: list[_Channel] = []


class _WellPath(msgspec.Struct):
    path: str


class _Plate(msgspec.Struct):
    wells: list[_WellPath]


class _FieldPath(msgspec.Struct):
    path: str
    acquisition: int | None = None


class _Well(msgspec.Struct):
    images: list[_FieldPath]


class Node(msgspec.Struct):
    """A group or an array of a store, and what it says of itself.

    Attributes
    ----------
    multiscales : list of Multiscale
        Of an image.
    plate, well
        Of a plate of wells, and of one of its wells.
    labels : list of str
        Names of label images below.
    layout : int or None
        3 where the groups below are images of one file, as bioformats2raw writes them.
    series : list of str
        The names of these.
    is_array : bool
        Whether it is an array, with nothing said of it.
    dimension_names : list of str, or None
        Of an array of Zarr 3.
    """

    multiscales: list[Multiscale] = []
    plate: _Plate | None = None
    well: _Well | None = None
    labels: list[str] = []
    layout: int | None = msgspec.field(name="bioformats2raw.layout", default=None)
    series: list[str] = []
    omero: _Omero | None = None
    is_array: bool = False
    dimension_names: list[str | None] | None = None

    @property
    def channels(self) -> tuple[str, ...]:
        """Names along axis C; empty where not every channel has one."""
        labels = [channel.label for channel in self.omero.channels] if self.omero else []
        return tuple(map(str, labels)) if all(label is not None for label in labels) else ()


def is_zarr(folder: Path) -> bool:
    """Whether a folder is a store of Zarr, or a group or array within one: by its suffix, or by what is in it."""
    return folder.suffix.lower() == ".zarr" or any((folder / name).is_file() for name in _METADATA)


def read_node(folder: Path) -> Node:
    """What the metadata of a folder says.

    Raises
    ------
    ImageError
        If it has none, or it is not what the specification says.
    """
    try:
        plain = _read_json(folder / "zarr.json")
        if plain is not None:
            is_array, names = plain.get("node_type") == "array", plain.get("dimension_names")
            attributes: Any = plain.get("attributes") or {}
            said = attributes.get("ome") or {} if isinstance(attributes, dict) else attributes
        else:
            is_array, names = (folder / ".zarray").is_file(), None
            said = _read_json(folder / ".zattrs")
            if said is None and not is_array and not (folder / ".zgroup").is_file():
                raise ImageError(f"{folder} is no OME-Zarr: it has none of {', '.join(_METADATA)}", path=str(folder))
        if not isinstance(said, dict | None):
            raise msgspec.ValidationError("its attributes are no object")
        return msgspec.convert({**(said or {}), "is_array": is_array, "dimension_names": names}, Node)
    except (msgspec.DecodeError, RecursionError) as error:
        raise ImageError(f"{folder} has OME-Zarr metadata that can't be read: {error}", path=str(folder)) from error
    except OSError as error:
        raise ImageError(f"{folder} can't be read: {error.strerror or error}", path=str(folder)) from error


def below(folder: Path, path: str) -> Path:
    """A path of the metadata, which may not lead out of the folder."""
    parts = PurePosixPath(path)
    if not path or parts.is_absolute() or ".." in parts.parts or "\\" in path or "\0" in path:
        raise ImageError(f"{folder} names {path!a} as a part of it, which is none", path=str(folder))
    return folder / parts


def _read_json(path: Path) -> dict[str, Any] | None:
    # A named pipe would be waited for without end.
    if not path.is_file():
        return None
    return msgspec.json.decode(path.read_bytes(), type=dict[str, Any])


class Described(NamedTuple):
    """An array as OME-Zarr 0.5 says it: axes in the order that it wants, their names, and the group's attributes."""

    order: str
    names: list[str]
    attributes: dict[str, Any]


# Time, then channels, then space. Colour samples are channels to it.
_ORDER = "TCSZYX"
_KINDS = {"T": "time", "C": "channel", "S": "channel"}
_UNIT_NAMES = {
    "µm": "micrometer",
    "nm": "nanometer",
    "mm": "millimeter",
    "cm": "centimeter",
    "m": "meter",
    "in": "inch",
    "Å": "angstrom",
}
_COLOURS = {1: ["FFFFFF"], 3: ["FF0000", "00FF00", "0000FF"]}


def describe(
    axes: str, pixel_size: PixelSize, channels: tuple[str, ...], array: np.ndarray[Any, Any], *, labels: bool
) -> Described | None:
    """The metadata of an array, or None if OME-Zarr has no word for its axes."""
    if not {"Y", "X"} <= set(axes) or {"C", "S"} <= set(axes) or not set(axes) <= set(_ORDER):
        return None
    order = "".join(letter for letter in _ORDER if letter in axes)
    names = ["c" if letter == "S" else letter.lower() for letter in order]
    described, scale = [], []
    for letter, name in zip(order, names, strict=True):
        length, unit = pixel_size.get(letter, (1.0, ""))
        word = _UNIT_NAMES.get(unit)
        axis = {"name": name, "type": _KINDS.get(letter, "space")}
        described.append(axis | ({"unit": word} if word else {}))
        scale.append(length if word else 1.0)
    transformations = [{"type": "scale", "scale": scale}]
    multiscale = {"axes": described, "datasets": [{"path": "0", "coordinateTransformations": transformations}]}
    attributes: dict[str, Any] = {"version": "0.5", "multiscales": [multiscale]}
    if labels:
        attributes["image-label"] = {}
    elif "S" in axes or channels:
        attributes["omero"] = _omero(channels or ("red", "green", "blue", "alpha"), array, axes)
    return Described(order, names, attributes)


def _omero(channels: tuple[str, ...], array: np.ndarray[Any, Any], axes: str) -> dict[str, Any]:
    """How to show the channels: their names, and the range of their values, which a viewer must be given."""
    length = array.shape[axes.index("C" if "C" in axes else "S")]
    colours = _COLOURS.get(length, ["FFFFFF"] * length)
    kind = array.dtype.kind
    low, high = (float(array.min().real), float(array.max().real)) if kind in "biuf" and array.size else (0.0, 1.0)
    window = {"min": low, "max": high, "start": low, "end": high}
    return {
        "channels": [
            {"label": name, "color": colour, "window": window, "active": True}
            for name, colour in zip(channels, colours, strict=False)
        ]
    }
