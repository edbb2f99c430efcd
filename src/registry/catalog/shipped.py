"""Catalogs that are part of this package: what is known of a library where it is not installed."""

from __future__ import annotations

import re
from functools import cache, lru_cache
from pathlib import Path

from registry.catalog.model import Catalog, decode

__all__ = ["FOLDER", "file_name", "read_nearest", "read_shipped", "shipped_path", "shipped_versions", "versions_with"]

FOLDER = Path(__file__).parent.parent / "catalogs"

_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9.+!_-]")
_LONGEST = 100
_RELEASE = re.compile(r"[0-9]{1,9}(\.[0-9]{1,9})*", re.ASCII)

Order = tuple[tuple[int, ...], int]


def file_name(library: str, version: str, *more: str) -> str:
    """The name of a catalog's file; a version that somebody typed leads to no other folder."""
    return "-".join(_NOT_IN_NAMES.sub("_", part)[:_LONGEST] for part in (library, version, *more) if part) + ".json"


def shipped_path(library: str, version: str) -> Path:
    """Where the catalog of a library and version is shipped, whether or not it is there."""
    return FOLDER / file_name(library, version)


@cache
def shipped_versions(library: str) -> tuple[str, ...]:
    """The versions of a library of which a catalog is shipped, oldest first."""
    versions = [path.stem.removeprefix(f"{library}-") for path in FOLDER.glob(f"{library}-*.json")]
    return tuple(sorted(versions, key=lambda version: _order(version) or ((), 0)))


def read_shipped(library: str, version: str) -> Catalog | None:
    """The shipped catalog of exactly this version, or None."""
    try:
        return decode(shipped_path(library, version).read_bytes())
    except FileNotFoundError:
        return None


def read_nearest(library: str, version: str | None) -> Catalog | None:
    """The shipped catalog closest below a version, else the closest above, else None; the newest for None."""
    versions = shipped_versions(library)
    if not versions:
        return None
    wanted = None if version is None else _order(version)
    if wanted is None:
        return read_shipped(library, versions[-1])
    below = [known for known in versions if (_order(known) or wanted) <= wanted]
    return read_shipped(library, below[-1] if below else versions[0])


def versions_with(key: str) -> tuple[str, ...]:
    """The shipped versions of a library that have a function under this key or alias, oldest first."""
    library = key.partition(":")[0]
    return tuple(version for version in shipped_versions(library) if key in _names(library, version))


@lru_cache(maxsize=64)
def _names(library: str, version: str) -> frozenset[str]:
    catalog = read_shipped(library, version)
    return frozenset() if catalog is None else frozenset((*catalog.keys(), *catalog.aliases))


def _order(version: str) -> Order | None:
    """What versions are sorted by; None if it is not spelled like one."""
    if _RELEASE.fullmatch(version):
        return _trimmed(tuple(map(int, version.split(".")))), 1
    # Importing this takes 6 ms, and what is shipped are releases.
    from packaging.version import InvalidVersion, Version

    try:
        parsed = Version(version)
    except InvalidVersion:
        return None
    return _trimmed(parsed.release), 0 if parsed.is_prerelease else 2


def _trimmed(release: tuple[int, ...]) -> tuple[int, ...]:
    while release and release[-1] == 0:
        release = release[:-1]
    return release
