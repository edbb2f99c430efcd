"""What OME-XML says of an image besides its pixels: the names of its channels, the files that it is in."""

from __future__ import annotations

from typing import Any

__all__ = ["channels_of", "files_of", "pixels_of"]


def pixels_of(text: str) -> dict[str, Any]:
    """The element Pixels of the first image; empty if there is none."""
    from tifffile import xml2dict

    image: Any = xml2dict(text).get("OME", {}).get("Image", {})
    pixels = (image[0] if isinstance(image, list) else image).get("Pixels", {})
    return pixels if isinstance(pixels, dict) else {}


def channels_of(text: str) -> tuple[str, ...]:
    """Names along axis C; empty if not every channel has one."""
    names = [channel.get("Name") for channel in _listed(pixels_of(text).get("Channel"))]
    return tuple(map(str, names)) if all(name is not None for name in names) else ()


def files_of(text: str) -> tuple[str, ...]:
    """The names of the files that the planes are in, that of the first plane first; empty if none is named."""
    parts = [part for part in _listed(pixels_of(text).get("TiffData")) if isinstance(part.get("UUID"), dict)]
    parts.sort(key=lambda part: [int(part.get(f"First{axis}", 0)) for axis in "TZC"])
    names = (part["UUID"].get("FileName") for part in parts)
    return tuple(dict.fromkeys(str(name) for name in names if name is not None))


def _listed(element: Any) -> list[dict[str, Any]]:
    several = element if isinstance(element, list) else [element]
    return [each for each in several if isinstance(each, dict)]
