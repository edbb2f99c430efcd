"""Catalogs that were discovered on this machine, kept in the user's cache folder.

A file is written whole under another name and then renamed, so that programs that start at the same moment read all of
it or none. Where the folder can't be written, the catalog lives as long as the process. What can't be read back,
belongs to something else or is empty counts as absent: a cache must never be the reason that nothing works.
"""

from __future__ import annotations

import contextlib
import os
import sys
import tempfile
from pathlib import Path

import msgspec

from registry.catalog.model import DISCOVERY, Catalog, decode, encode
from registry.libraries import find_library

__all__ = ["CACHE_VARIABLE", "cache_folder", "cache_path", "read_cached", "write_cached"]

CACHE_VARIABLE = "PIPELINE_SCHEMA_CACHE"

_unwritten: dict[Path, Catalog] = {}


def cache_folder() -> Path:
    """Where discovered catalogs are kept: ``$PIPELINE_SCHEMA_CACHE``, else the user's cache folder on this platform."""
    chosen = os.environ.get(CACHE_VARIABLE)
    if chosen:
        return Path(chosen) / "catalogs"
    from platformdirs import user_cache_path

    return user_cache_path("pipeline-schema", appauthor=False) / "catalogs"


def cache_path(library: str, version: str) -> Path:
    """The file of a library and version, as this Python and this discovery see it."""
    python = f"py{sys.version_info.major}.{sys.version_info.minor}"
    return cache_folder() / f"{library}-{version}-{python}-d{DISCOVERY}.json"


def read_cached(library: str, version: str) -> Catalog | None:
    """The catalog of exactly this version that was discovered here before, or None."""
    path = cache_path(library, version)
    try:
        catalog = decode(path.read_bytes())
    except (OSError, msgspec.DecodeError):
        return _unwritten.get(path)
    return catalog if _is_sound(catalog, library, version) else None


def write_cached(catalog: Catalog) -> Path | None:
    """Keep a catalog for the next start.

    Parameters
    ----------
    catalog : Catalog
        With at least one entry.

    Returns
    -------
    Path or None
        Where it is; None if the folder can't be written and it is kept in memory.

    Raises
    ------
    ValueError
        If the catalog is empty: a library without a function is a failed discovery, not a result.
    """
    if not catalog.entries:
        raise ValueError(f"the catalog of {catalog.library} {catalog.version} is empty, which is a failed discovery")
    path = cache_path(catalog.library, catalog.version)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _write_whole(path, encode(catalog))
    except OSError:
        _unwritten[path] = catalog
        return None
    return path


def _write_whole(path: Path, content: bytes) -> None:
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=path.stem, suffix=".tmp")
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        temporary.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            temporary.unlink()
        raise


def _is_sound(catalog: Catalog, library: str, version: str) -> bool:
    """Whether a file holds what its name says, and names nothing outside its library to be imported."""
    root = find_library(library).root
    return (
        (catalog.library, catalog.version, catalog.discovery) == (library, version, DISCOVERY)
        and bool(catalog.entries)
        and all(entry.import_path.startswith((f"{root}.", f"{root}:")) for entry in catalog.entries)
        and all(entry.library == library for entry in catalog.entries)
    )
