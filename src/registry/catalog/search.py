"""From a key to its entry: exact, in a closed table, without importing the library."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

import msgspec

from registry import libraries
from registry.catalog.cache import CACHE_VARIABLE, read_cached, write_cached
from registry.catalog.model import Catalog
from registry.catalog.nearest import nearest
from registry.catalog.shipped import read_nearest, read_shipped
from registry.entry import Exclusion, FunctionEntry
from registry.errors import SourceUnavailableError, UnknownKeyError
from registry.keys import Key, parse_key
from registry.libraries import find_library, prefixes

__all__ = ["entries", "exclusions", "load_catalog", "lookup", "store_catalog"]

_REASONS = {
    "io": "it reads or writes files or shows windows",
    "network": "it downloads",
    "executes-code": "it runs program text",
    "device-management": "it manages devices, which belongs to the runner",
    "needs-callback": "it needs a function as an argument",
    "not-array": "it does not work on arrays",
    "class": "it is a class",
    "private-alias": "it is there by accident of the library's layout",
}


def load_catalog(library: str, version: str | None = None) -> Catalog:
    """What is known about the functions of a library.

    Looks for the shipped catalog of exactly this version, then for one that was discovered here, then for the shipped
    catalog of the nearest version (whose `exact` is false). Reads one file, and imports no library.

    Parameters
    ----------
    library : str
        The prefix of its keys.
    version : str or None
        None is what is installed, else the newest that is known.

    Returns
    -------
    Catalog

    Raises
    ------
    UnknownKeyError
        If there is no such library.
    SourceUnavailableError
        If nothing is known of any version of it.
    """
    if library not in prefixes():
        close = tuple(difflib.get_close_matches(library, prefixes(), n=3))
        known = ", ".join(prefixes())
        raise UnknownKeyError(f"no library {library!r}; known are {known}", key=library, suggestions=close, reason=None)
    return _load(library, version, os.environ.get(CACHE_VARIABLE))


@lru_cache(maxsize=64)
def _load(library: str, version: str | None, chosen_cache: str | None) -> Catalog:
    # Asking for the installed version takes half a millisecond, so that is remembered too.
    if version is None:
        found = libraries.installed(library)
        version = found[1] if found else None
    if version is not None:
        catalog = read_shipped(library, version) or read_cached(library, version)
        if catalog is not None:
            return catalog
    nearest = read_nearest(library, version)
    if nearest is None:
        lacking = libraries.missing(library)
        why = lacking.message if lacking else "it has not been discovered yet; pipeline doctor does that"
        raise SourceUnavailableError(
            f"no catalog of {library} is here: {why}", key=None, library=library, install=find_library(library).install
        )
    return nearest if nearest.version == version else msgspec.structs.replace(nearest, exact=False)


def store_catalog(catalog: Catalog) -> Path | None:
    """Keep a discovered catalog in the user's cache; from now on `load_catalog` finds it.

    Returns
    -------
    Path or None
        Where it is; None if the folder can't be written, and it lives as long as this process.

    Raises
    ------
    ValueError
        If the catalog is empty.
    """
    path = write_cached(catalog)
    _load.cache_clear()
    return path


def lookup(key: str) -> FunctionEntry:
    """Find the entry of a function.

    Parameters
    ----------
    key : str
        A key or an alias; then the entry's `key` is another.

    Returns
    -------
    FunctionEntry

    Raises
    ------
    InvalidKeyError
        If the text is not spelled like a key.
    UnknownKeyError
        If no function has this key; with the closest keys, and the reason if the function is excluded.
    SourceUnavailableError
        If nothing is known about the library, because it was never seen here.
    """
    parsed = parse_key(key)
    if parsed.library not in prefixes():
        raise _unknown(parsed, f"no library {parsed.library!r}; known are {', '.join(prefixes())}")
    catalog = load_catalog(parsed.library)
    entry = catalog.get(key)
    if entry is not None:
        return entry
    excluded = catalog.excluded.get(key)
    if excluded is not None:
        why = excluded.note or _REASONS[excluded.reason]
        raise UnknownKeyError(
            f"{key} is not offered ({excluded.reason}): {why}", key=key, suggestions=(), reason=excluded.reason
        )
    raise _unknown(parsed, f"no function {key} in {catalog.distribution} {catalog.version}")


def entries(library: str | None = None) -> Iterator[FunctionEntry]:
    """All entries of a library, or of every library of which something is known, sorted by key."""
    for catalog in _catalogs(library):
        yield from catalog.entries


def exclusions(library: str | None = None) -> Iterator[Exclusion]:
    """All exclusions of a library, or of every library of which something is known, sorted by key."""
    for catalog in _catalogs(library):
        yield from catalog.exclusions


def _catalogs(library: str | None) -> Iterator[Catalog]:
    if library is not None:
        yield load_catalog(library)
        return
    for prefix in prefixes():
        try:
            yield load_catalog(prefix)
        except SourceUnavailableError:
            continue


def _unknown(key: Key, what: str) -> UnknownKeyError:
    close = nearest(str(key), (entry.key for entry in entries()))
    hint = f"; did you mean {' or '.join(close)}?" if close else ""
    return UnknownKeyError(what + hint, key=str(key), suggestions=close, reason=None)
