"""From a key to its entry: exact, in a closed table, without importing the library."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from itertools import chain

from registry.catalog.model import Catalog
from registry.catalog.nearest import nearest
from registry.catalog.shelf import known_libraries, load_catalog
from registry.catalog.shipped import versions_with
from registry.entry import Exclusion, FunctionEntry
from registry.errors import SourceUnavailableError, UnknownKeyError
from registry.keys import Key, parse_key
from registry.libraries import find_library, missing, prefixes

__all__ = ["closest_keys", "entries", "exclusions", "keys", "lookup"]

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
# What a document can't say, and a function around it needs not.
_USED_BY_OWN = ("class", "needs-callback")


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
        If no function has this key; with the closest keys, the versions of the library that have it, and the reason
        if the function is excluded.
    SourceUnavailableError
        If nothing is known about the library, because it was never seen here.
    """
    parsed = parse_key(key)
    try:
        find_library(parsed.library)
    except KeyError:
        raise _unknown(parsed, f"no library {parsed.library!r}; known are {', '.join(prefixes())}") from None
    catalog = load_catalog(parsed.library)
    entry = catalog.get(key)
    if entry is not None:
        return entry
    excluded = catalog.excluded.get(key)
    if excluded is not None:
        why = excluded.note or _REASONS[excluded.reason]
        if excluded.reason in _USED_BY_OWN:
            why += "; a function of your own can use it, named by --functions FILE.py"
        raise UnknownKeyError(
            f"{key} is not offered ({excluded.reason}): {why}", key=key, suggestions=(), reason=excluded.reason
        )
    elsewhere = versions_with(key)
    has = f"; {' and '.join(elsewhere)} {'have' if len(elsewhere) > 1 else 'has'} it" if elsewhere else ""
    raise _unknown(parsed, f"no function {key} in {catalog.distribution} {catalog.version}{has}", elsewhere)


def keys(library: str | None = None) -> Iterator[str]:
    """The keys of a library, or of every library of which something is known, sorted; no entry is read for that."""
    for catalog in _catalogs(library):
        yield from catalog.keys()


def entries(library: str | None = None) -> Iterator[FunctionEntry]:
    """All entries of a library, or of every library of which something is known, sorted by key."""
    for catalog in _catalogs(library):
        yield from catalog.entries


def exclusions(library: str | None = None) -> Iterator[Exclusion]:
    """All exclusions of a library, or of every library of which something is known, sorted by key."""
    for catalog in _catalogs(library):
        yield from catalog.exclusions


def closest_keys(text: str) -> tuple[str, ...]:
    """The keys that are most like a text, as `nearest` finds them; what runs here, and on any machine, comes first."""

    def far(prefix: str) -> tuple[bool, bool]:
        return missing(prefix) is not None, find_library(prefix).memory_type != "numpy"

    here = sorted(known_libraries(), key=far)
    known = [catalog.keys() for prefix in here for catalog in _catalogs_of(prefix)]
    return nearest(text, chain.from_iterable(known))


def _catalogs(library: str | None) -> Iterator[Catalog]:
    if library is not None:
        yield load_catalog(library)
        return
    for prefix in known_libraries():
        yield from _catalogs_of(prefix)


def _catalogs_of(prefix: str) -> Iterator[Catalog]:
    """The catalog of a library, if there is one."""
    with suppress(SourceUnavailableError):
        yield load_catalog(prefix)


def _unknown(key: Key, what: str, versions: tuple[str, ...] = ()) -> UnknownKeyError:
    close = closest_keys(str(key))
    hint = f"; did you mean {' or '.join(close)}?" if close else ""
    return UnknownKeyError(what + hint, key=str(key), suggestions=close, reason=None, versions=versions)
