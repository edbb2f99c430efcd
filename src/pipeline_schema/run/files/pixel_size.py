"""The physical size of a pixel, as files say it: in OME-XML, OME-Zarr, ImageJ's description or resolution tags."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pipeline_schema.run.files.ome_xml import pixels_of

if TYPE_CHECKING:
    import tifffile

__all__ = ["PixelSize", "pixel_size_of", "unit_named"]

# By axis (X, Y or Z): a length and its unit, in OME's spelling.
PixelSize = dict[str, tuple[float, str]]

_UNITS = {
    "": "",
    "um": "µm",
    "µm": "µm",
    "\u03bcm": "µm",
    "\\u00b5m": "µm",
    "micron": "µm",
    "microns": "µm",
    "micrometer": "µm",
    "nm": "nm",
    "nanometer": "nm",
    "mm": "mm",
    "millimeter": "mm",
    "cm": "cm",
    "centimeter": "cm",
    "m": "m",
    "meter": "m",
    "inch": "in",
    "in": "in",
    "å": "Å",
    "angstrom": "Å",
    "pixel": "",
    "pixels": "",
}
_TAG_UNITS = {2: "in", 3: "cm"}


def unit_named(text: str) -> str:
    """The unit of length in OME's spelling; empty for what is no unit."""
    return _UNITS.get(text.strip().lower(), "")


def pixel_size_of(file: tifffile.TiffFile, ome: str | None) -> PixelSize:
    """What an open TIFF file, or its OME-XML, says about its pixels; empty if nothing (or nothing that can be read)."""
    return _from_tags(file) if ome is None else _from_ome(pixels_of(ome))


def _from_ome(pixels: Mapping[str, Any]) -> PixelSize:
    sizes: PixelSize = {}
    for axis in "XYZ":
        size = pixels.get(f"PhysicalSize{axis}")
        if isinstance(size, int | float) and size > 0:
            # OME's schema: a length without a unit is in micrometres.
            sizes[axis] = float(size), str(pixels.get(f"PhysicalSize{axis}Unit", "µm"))
    return sizes


def _from_tags(file: tifffile.TiffFile) -> PixelSize:
    tags = file.pages.first.tags
    imagej = file.imagej_metadata or {}
    unit = unit_named(str(imagej.get("unit", "")))
    if not unit:
        unit = _TAG_UNITS.get(int(tags["ResolutionUnit"].value) if "ResolutionUnit" in tags else 0, "")
    if not unit:
        return {}
    sizes: PixelSize = {}
    for axis in "XY":
        tag = tags.get(f"{axis}Resolution")
        # A rational, in pixels per unit; 0/0 and 1/1 are what writers put there who know nothing.
        if tag is not None and isinstance(tag.value, tuple) and all(tag.value) and tag.value[0] != tag.value[1]:
            sizes[axis] = tag.value[1] / tag.value[0], unit
    spacing = imagej.get("spacing")
    if sizes and isinstance(spacing, int | float) and spacing > 0:
        sizes["Z"] = float(spacing), unit
    return sizes
