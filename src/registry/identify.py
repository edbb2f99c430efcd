"""From a callable back to its key, by identity.

An object's own name only says where to look: for scikit-image it is a private path for every function. What decides is
that the registry's import path leads to this very object.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import Any

from registry import catalog
from registry.decorate import Function
from registry.entry import Exclusion, FunctionEntry
from registry.errors import RegistryError, SourceUnavailableError, UnknownKeyError
from registry.libraries import find_library, prefixes
from registry.loading import ensure_catalog, import_raw
from registry.registration import all_registered

__all__ = ["key_of"]


def key_of(function: object) -> str:
    """The key of a registered function.

    Parameters
    ----------
    function : object
        A `Function`, or the library's own function, also a ufunc or a class that the registry knows.

    Returns
    -------
    str

    Raises
    ------
    UnknownKeyError
        If the registry does not know it; with the reason if it is known and excluded.

    Notes
    -----
    Only libraries that are imported already are searched: what was never imported can't have made the object.
    """
    if isinstance(function, Function):
        return function.registry_key
    for own in all_registered():
        if own.function is function:
            return own.entry.key
    name = getattr(function, "__name__", None)
    if isinstance(name, str):
        for key in _named(name):
            # Lazy modules have no attribute before it is touched, so what has the name is imported and compared.
            if _leads_to(catalog.lookup(key), function):
                return key
        for entry in _entries():
            if _is_loaded_as(entry.import_path, function):
                return entry.key
        for exclusion in _exclusions():
            if exclusion.key.rpartition(":")[2].rpartition(".")[2] == name and _is_excluded(exclusion, function):
                why = f": {exclusion.note}" if exclusion.note else ""
                raise UnknownKeyError(
                    f"{exclusion.key} is not offered ({exclusion.reason}){why}",
                    key=exclusion.key, suggestions=(), reason=exclusion.reason,
                )  # fmt: skip
    shown = f"{getattr(function, '__module__', None)}.{name}" if name else type(function).__name__
    suggestions = tuple(_named(name))[:3] if isinstance(name, str) else ()
    hint = f"; of the same name, and another object: {', '.join(suggestions)}" if suggestions else ""
    message = f"{shown} is no function of the registry{hint}"
    raise UnknownKeyError(message, key=shown, suggestions=suggestions, reason=None)


def _loaded_libraries() -> Iterator[str]:
    for library in prefixes():
        if find_library(library).root in sys.modules:
            yield library


def _entries() -> Iterator[FunctionEntry]:
    for library in _known_libraries():
        yield from catalog.entries(library)


def _named(name: str) -> Iterator[str]:
    """The keys whose last part is a name; no entry is read for that."""
    for library in _known_libraries():
        yield from (key for key in catalog.keys(library) if key.rpartition(":")[2].rpartition(".")[2] == name)


def _known_libraries() -> Iterator[str]:
    """Those that are imported, and of which something is known."""
    for library in _loaded_libraries():
        try:
            if find_library(library).source == "plugin":
                ensure_catalog(library)
            catalog.load_catalog(library)
        except RegistryError:
            continue
        yield library


def _exclusions() -> Iterator[Exclusion]:
    for library in _loaded_libraries():
        try:
            yield from catalog.exclusions(library)
        except SourceUnavailableError:
            continue


def _leads_to(entry: FunctionEntry, function: object) -> bool:
    try:
        return import_raw(entry) is function
    except SourceUnavailableError:
        return False


def _is_loaded_as(path: str, function: object) -> bool:
    """Whether a path leads to the object without importing anything."""
    module, _, attribute = path.partition(":")
    found: Any = sys.modules.get(module)
    for part in attribute.split("."):
        found = getattr(found, "__dict__", {}).get(part)
    return found is function


def _is_excluded(exclusion: Exclusion, function: object) -> bool:
    library, _, name = exclusion.key.partition(":")
    module, _, attribute = f"{find_library(library).root}.{name}".rpartition(".")
    return _is_loaded_as(f"{module}:{attribute}", function)
