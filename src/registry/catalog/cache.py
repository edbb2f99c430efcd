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

from registry.catalog.model import DISCOVERY, Catalog, decode, encode
from registry.catalog.shipped import file_name
from registry.catalog.sound import fault_of, read_bounded
from registry.libraries import find_library

__all__ = ["CACHE_VARIABLE", "cache_folder", "cache_path", "read_cached", "write_cached"]

CACHE_VARIABLE = "PIPELINE_SCHEMA_CACHE"

# Of a plugin that is edited, each state of its files makes one catalog.
_MOST_STAMPS = 8

_unwritten: dict[Path, Catalog] = {}


def cache_folder() -> Path:
    """Where discovered catalogs are kept: ``$PIPELINE_SCHEMA_CACHE``, else the user's cache folder on this platform."""
    chosen = os.environ.get(CACHE_VARIABLE)
    if chosen:
        return Path(chosen) / "catalogs"
    from platformdirs import user_cache_path

    return user_cache_path("pipeline-schema", appauthor=False) / "catalogs"


def cache_path(library: str, version: str, stamp: str = "") -> Path:
    """The file of a library and version, as this Python and this discovery see it."""
    return cache_folder() / file_name(library, version, *_seen_by(), stamp)


def read_cached(library: str, version: str, stamp: str = "") -> Catalog | None:
    """The catalog of exactly this version that was discovered here before, or None.

    Parameters
    ----------
    library, version : str
        A row of the table of libraries or a plugin's prefix, and its version.
    stamp : str
        What tells apart states of its files that have one version; empty for what is released.
    """
    path = cache_path(library, version, stamp)
    try:
        catalog = decode(read_bounded(path))
        if (catalog.library, catalog.version) == (library, version) and not fault_of(
            catalog, root=find_library(library).root
        ):
            return catalog
    except (OSError, ValueError, RecursionError):
        # ValueError is also what msgspec says of text that is no catalog.
        pass
    return _unwritten.get(path)


def write_cached(catalog: Catalog, stamp: str = "") -> Path | None:
    """Keep a catalog for the next start.

    Parameters
    ----------
    catalog : Catalog
        With at least one entry.
    stamp : str
        As `read_cached` is asked with.

    Returns
    -------
    Path or None
        Where it is; None if the folder can't be written and it is kept in memory.

    Raises
    ------
    ValueError
        If the catalog is empty: a library without a function is a failed discovery, not a result.
    """
    if not len(catalog):
        raise ValueError(f"the catalog of {catalog.library} {catalog.version} is empty, which is a failed discovery")
    path = cache_path(catalog.library, catalog.version, stamp)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _write_whole(path, encode(catalog))
    except OSError:
        _unwritten[path] = catalog
        return None
    if stamp:
        _forget_old_stamps(catalog, path)
    return path


def _seen_by() -> tuple[str, str]:
    return f"py{sys.version_info.major}.{sys.version_info.minor}", f"d{DISCOVERY}"


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


def _forget_old_stamps(catalog: Catalog, kept: Path) -> None:
    unstamped = Path(file_name(catalog.library, catalog.version, *_seen_by()))
    with contextlib.suppress(OSError):
        stamped = sorted(
            kept.parent.glob(f"{unstamped.stem}-*.json"), key=lambda path: path.stat().st_mtime_ns, reverse=True
        )
        for path in [path for path in stamped if path != kept][_MOST_STAMPS - 1 :]:
            path.unlink()
