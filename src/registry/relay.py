"""Telling another process of the functions that this one registered, and being told."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Iterable
from importlib import import_module

import msgspec

from registry.catalog import lookup
from registry.errors import CatalogMismatchError, RegistryError, SourceUnavailableError
from registry.origin import Origin
from registry.reachable import follow
from registry.registration import record, registered

__all__ = ["accept", "origin_of", "origins"]


def origin_of(key: str) -> Origin | None:
    """Where a registered function comes from; None for one of a library or a plugin, which need no word."""
    found = registered(key)
    return None if found is None else found.origin


def origins(keys: Iterable[str]) -> tuple[Origin, ...]:
    """What another process must be told to know these keys as this one does.

    Parameters
    ----------
    keys : iterable of str
        Keys and aliases; those of libraries and plugins, and those that nobody knows, are passed over.

    Returns
    -------
    tuple of Origin
        Sorted by key.
    """
    found = {}
    for key in keys:
        origin = origin_of(key) or origin_of(_meant(key))
        if origin is not None:
            found[origin.key] = origin
    return tuple(found[key] for key in sorted(found))


def accept(origin: Origin) -> None:
    """Register here what another process registered; nothing happens if that was done.

    Parameters
    ----------
    origin : Origin
        From the parent of this process, or from a pickle; never from a document.

    Raises
    ------
    CatalogMismatchError
        If the key is another function's here.
    SourceUnavailableError
        If the file or module is not here, can't be run, has other content, or no such function.
    """
    known = registered(origin.key)
    if known is not None:
        _require_same(known.origin, origin)
        return
    if origin.path is not None:
        from registry.local import load_functions  # most processes have no such file

        load_functions(origin.path, sha256=origin.sha256)
        if registered(origin.key) is None:
            raise _unavailable(origin, f"{origin.path} was run, and has no public function {origin.name}")
        return
    module = origin.module or ""
    try:
        _import(module, origin.folder)
    except Exception as error:
        # Somebody else's code: whatever it raises when it is imported, this function can't be had.
        why = f"the module {module} can't be imported: {type(error).__name__}: {error}"
        raise _unavailable(origin, why) from error
    if (known := registered(origin.key)) is not None:  # importing it registered it
        _require_same(known.origin, origin)
        return
    function = follow(module, origin.name)
    if function is None:
        raise _unavailable(origin, f"the module {module} has no function {origin.name}")
    record(function, msgspec.structs.replace(origin.said, key=origin.key))


def _import(module: str, folder: str | None) -> None:
    try:
        import_module(module)
    except ModuleNotFoundError as error:
        if folder is None or error.name != module.partition(".")[0] or folder in sys.path:
            raise
        # At the end, where it hides nothing; it stays, as the module may import its neighbours when it is called.
        sys.path.append(folder)
        importlib.invalidate_caches()
        import_module(module)


def _unavailable(origin: Origin, why: str) -> SourceUnavailableError:
    library = origin.key.partition(":")[0]
    return SourceUnavailableError(
        f"{origin.key} can't be had here: {why}", key=origin.key, library=library, install=None
    )


def _require_same(here: Origin, there: Origin) -> None:
    if (here.module, here.name, here.sha256) != (there.module, there.name, there.sha256):
        message = f"{here.key} is {_shown(here)} in this process, and {_shown(there)} in the one that named it"
        raise CatalogMismatchError(message, differences=(message,))


def _shown(origin: Origin) -> str:
    return f"{origin.path or origin.module}:{origin.name}" + (
        f" (sha256 {origin.sha256[:12]})" if origin.sha256 else ""
    )


def _meant(key: str) -> str:
    """The key that an alias stands for."""
    try:
        return lookup(key).key
    except RegistryError:
        return key
