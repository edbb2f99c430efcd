"""Which catalog answers for a library: one given to this process, a shipped one, or one that was discovered here."""

from __future__ import annotations

import difflib
import os
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from contextvars import ContextVar
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

from registry import libraries, plugins
from registry.catalog.cache import CACHE_VARIABLE, read_cached, write_cached
from registry.catalog.model import Catalog
from registry.catalog.shipped import read_nearest, read_shipped, shipped_versions
from registry.errors import DuplicateKeyError, SourceUnavailableError, UnknownKeyError
from registry.libraries import LIBRARIES, Library, find_library, prefixes

__all__ = [
    "add_catalog",
    "forget",
    "known_libraries",
    "load_catalog",
    "remove_catalog",
    "standing_in",
    "store_catalog",
    "tell_absence",
    "use_version",
    "using",
]

_added: dict[str, Catalog] = {}
_absent: dict[str, str] = {}
_chosen: ContextVar[Mapping[str, str]] = ContextVar("chosen versions", default=MappingProxyType({}))


def load_catalog(library: str, version: str | None = None) -> Catalog:
    """What is known about the functions of a library.

    A catalog that was added to this process comes first. Then the shipped catalog of exactly this version, one that was
    discovered here, and the shipped catalog of the nearest version (whose `exact` is false). Reads one file, of which
    entries are read when they are asked for, and imports no library.

    Parameters
    ----------
    library : str
        The prefix of its keys.
    version : str or None
        None is what `use_version` says, else what is installed, else the newest that is known.

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
    added = _added.get(library)
    if added is not None:
        return added if version in (None, added.version) else added.replace(exact=False)
    try:
        find_library(library)
    except KeyError:
        close = tuple(difflib.get_close_matches(library, prefixes(), n=3))
        known = ", ".join(prefixes())
        message = f"no library {library!r}; known are {known}"
        raise UnknownKeyError(message, key=library, suggestions=close, reason=None) from None
    return _load(library, version or _chosen.get().get(library), os.environ.get(CACHE_VARIABLE))


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
    path = write_cached(catalog, _stamp(find_library(catalog.library)))
    forget()
    return path


def forget() -> None:
    """Open files anew when next asked: something was installed or discovered while this process ran."""
    _load.cache_clear()


def tell_absence(library: str, why: str) -> None:
    """Keep the reason why discovery found nothing, for those who ask for the catalog."""
    _absent[library] = why


def add_catalog(catalog: Catalog) -> None:
    """Let this process, and no other, know functions that are in no file of ours.

    Of registered functions, of a user's file, or of a plugin whose catalog was exported. It stands before what is
    installed; an earlier one of the same prefix is replaced.

    Raises
    ------
    DuplicateKeyError
        If its prefix is in the table of libraries.
    """
    library = catalog.library
    if library in LIBRARIES:
        first, second = LIBRARIES[library].distributions[0], f"{catalog.distribution} {catalog.version}"
        message = f"the prefix {library} is that of {first}; the functions of {second} must have another"
        raise DuplicateKeyError(message, key=library, first=first, second=second)
    try:
        find_library(library)
    except KeyError:
        libraries.add_library(
            Library(
                prefix=library,
                root=library,
                distributions=(catalog.distribution,),
                install=f"pip install {catalog.distribution}",
                source="catalog",
            )
        )
    _added[library] = catalog


def remove_catalog(library: str) -> None:
    """Forget the catalog that was added under a prefix; nothing happens if none was."""
    if _added.pop(library, None) is None:
        return
    with suppress(KeyError):
        if find_library(library).source == "catalog":
            libraries.remove_library(library)


def known_libraries() -> tuple[str, ...]:
    """The libraries that may have a catalog, sorted: those that are known here, and those of which one was added."""
    return tuple(sorted({*prefixes(), *_added}))


def standing_in() -> tuple[Catalog, ...]:
    """The catalogs that stand for what is installed: those that were added, and the versions that were chosen."""
    chosen = [load_catalog(library) for library in _chosen.get() if library not in _added]
    return (*_added.values(), *chosen)


def use_version(library: str, version: str) -> AbstractContextManager[object]:
    """Let a version of a library stand for what is installed, from now on and in this context.

    Parameters
    ----------
    library : str
        The prefix of its keys.
    version : str
        One of which a catalog is here.

    Returns
    -------
    context manager
        Leaving it undoes the choice; whoever wants it for good need not enter.

    Raises
    ------
    UnknownKeyError
        If there is no such library.
    SourceUnavailableError
        If there is no catalog of this version; with those that there are.
    """
    if not load_catalog(library, version).exact:
        known = ", ".join(shipped_versions(library)) or "none"
        message = f"no catalog of {library} {version} is here; known versions are {known}"
        raise SourceUnavailableError(message, key=None, library=library, install=None)
    undo = ExitStack()
    undo.callback(_chosen.reset, _chosen.set({**_chosen.get(), library: version}))
    return undo


@contextmanager
def using(versions: Mapping[str, str]) -> Iterator[None]:
    """Let these versions, by library, stand for what is installed, within a block.

    Raises
    ------
    UnknownKeyError, SourceUnavailableError
        As `use_version` does.
    """
    with ExitStack() as stack:
        for library, version in versions.items():
            stack.enter_context(use_version(library, version))
        yield


@lru_cache(maxsize=64)
def _load(library: str, version: str | None, chosen_cache: str | None) -> Catalog:
    # Which version is installed is read from files, so that is remembered too.
    if version is None:
        found = libraries.installed(library)
        version = found[1] if found else None
    if version is not None:
        catalog = read_shipped(library, version)
        if catalog is None:
            catalog = read_cached(library, version, _stamp(find_library(library)))
        if catalog is not None:
            return catalog
    nearest = read_nearest(library, version)
    if nearest is None:
        lacking = libraries.missing(library)
        reason = lacking.message if lacking else _absent.get(library)
        why = reason or "it has not been discovered yet; pipeline doctor does that"
        install = find_library(library).install if lacking else None
        raise SourceUnavailableError(
            f"no catalog of {library} is here: {why}", key=None, library=library, install=install
        )
    return nearest if nearest.version == version else nearest.replace(exact=False)


def _stamp(library: Library) -> str:
    return plugins.stamp(library.root) if library.source == "plugin" else ""
