"""Catalogs that are part of this package: what is known of a library where it is not installed."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from registry.catalog.model import Catalog, decode

__all__ = ["FOLDER", "read_nearest", "read_shipped", "shipped_path", "shipped_versions"]

FOLDER = Path(__file__).parent.parent / "catalogs"


def shipped_path(library: str, version: str) -> Path:
    """Where the catalog of a library and version is shipped, whether or not it is there."""
    return FOLDER / f"{library}-{version}.json"


@cache
def shipped_versions(library: str) -> tuple[str, ...]:
    """The versions of a library of which a catalog is shipped, oldest first."""
    from packaging.version import Version

    versions = [path.stem.removeprefix(f"{library}-") for path in FOLDER.glob(f"{library}-*.json")]
    return tuple(sorted(versions, key=Version))


def read_shipped(library: str, version: str) -> Catalog | None:
    """The shipped catalog of exactly this version, or None."""
    try:
        return decode(shipped_path(library, version).read_bytes())
    except FileNotFoundError:
        return None


def read_nearest(library: str, version: str | None) -> Catalog | None:
    """The shipped catalog closest below a version, else the closest above, else None; the newest for None."""
    from packaging.version import InvalidVersion, Version

    versions = shipped_versions(library)
    if not versions:
        return None
    nearest = versions[-1]
    if version is not None:
        try:
            wanted = Version(version)
        except InvalidVersion:
            return read_shipped(library, nearest)
        nearest = max((v for v in versions if Version(v) <= wanted), key=Version, default=versions[0])
    return read_shipped(library, nearest)
