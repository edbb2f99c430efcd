"""The functions of a plugin: what its root and the public modules directly below it offer.

Public is what a module lists in ``__all__``; of a module without such a list, the functions that are defined in it and
have no leading underscore. What is marked by a decorator is public.
"""

from __future__ import annotations

import inspect
import pkgutil
from collections.abc import Callable, Iterable, Iterator
from importlib import import_module
from types import ModuleType
from typing import Any

import msgspec

from registry.catalog import Catalog
from registry.entry import FunctionEntry
from registry.errors import ArgumentError, DuplicateKeyError, RegistryError, SourceUnavailableError
from registry.keys import parse_key
from registry.libraries import find_library, installed
from registry.marking import Mark, mark_of
from registry.sources.annotated import read_annotated

__all__ = ["discover", "public_functions"]

# Modules of a package that are there for its developers, and must not be imported for its functions.
_NOT_OFFERED = frozenset({"conftest", "setup", "testing", "tests"})


def discover(library: str) -> Catalog:
    """Find the functions of a plugin by importing it.

    Parameters
    ----------
    library : str
        The prefix of an installed plugin.

    Returns
    -------
    Catalog

    Raises
    ------
    SourceUnavailableError
        If it can't be imported, has no functions, or a function of it can't be an entry; the cause is the error itself.
    """
    row = find_library(library)
    distribution, version = installed(library) or (row.distributions[0], "0")
    try:
        modules = list(_modules(row.root))
    except Exception as error:
        # Somebody else's code: whatever it raises, nothing but this plugin is lost.
        message = f"the plugin {library} ({distribution} {version}) can't be imported: {type(error).__name__}: {error}"
        raise SourceUnavailableError(message, key=None, library=library, install=None) from error
    try:
        found = _found(library, row.root, modules)
    except RegistryError as error:
        message = f"the plugin {library} ({distribution} {version}) can't be used: {error}"
        raise SourceUnavailableError(message, key=None, library=library, install=None) from error
    if not found:
        message = f"the plugin {library} ({distribution} {version}) has no public function in {row.root}"
        raise SourceUnavailableError(message, key=None, library=library, install=None)
    entries = _without_second_names(found.values())
    return Catalog(library=library, distribution=distribution, version=version, entries=entries)


def public_functions(module: ModuleType) -> Iterator[tuple[str, Callable[..., Any]]]:
    """The public functions of a module, by name, in alphabetical order."""
    listed = getattr(module, "__all__", None)
    for name, value in sorted(vars(module).items()) if listed is None else ((n, getattr(module, n)) for n in listed):
        if not callable(value) or inspect.isclass(value) or inspect.ismodule(value):
            continue
        own = getattr(value, "__module__", None) == module.__name__
        public = mark_of(value) is not None or (inspect.isroutine(value) and not name.startswith("_"))
        if listed is not None or (own and public):
            yield name, value


def _modules(root: str) -> Iterator[ModuleType]:
    module = import_module(root)
    yield module
    for _, name, _ in pkgutil.iter_modules(getattr(module, "__path__", ())):
        if not name.startswith("_") and name not in _NOT_OFFERED:
            yield import_module(f"{root}.{name}")


def _found(library: str, root: str, modules: list[ModuleType]) -> dict[str, tuple[FunctionEntry, Any]]:
    """Entries and functions, by key."""
    found: dict[str, tuple[FunctionEntry, Any]] = {}
    for module in modules:
        for name, function in public_functions(module):
            entry = _read(library, root, module, name, function)
            other = found.setdefault(entry.key, (entry, function))
            if other[1] is not function:
                first, second = other[0].import_path, entry.import_path
                message = f"{entry.key} is claimed twice: by {first} and by {second}"
                raise DuplicateKeyError(message, key=entry.key, first=first, second=second)
    return found


def _read(library: str, root: str, module: ModuleType, name: str, function: Callable[..., Any]) -> FunctionEntry:
    if name.startswith("_"):
        message = f"{module.__name__}.{name} is offered, and its leading underscore says that it is private; rename it"
        raise ArgumentError(message, key=None, parameter="function", value=None)
    said = mark_of(function) or Mark()
    below = module.__name__.removeprefix(root).removeprefix(".")
    key = said.key or ":".join((library, f"{below}.{name}" if below else name))
    if parse_key(key).library != library:
        message = f"{module.__name__}.{name} asks for the key {key}; functions of this plugin begin with {library}:"
        raise ArgumentError(message, key=key, value=function)
    return read_annotated(function, key=key, import_path=f"{module.__name__}:{name}", said=said)


def _without_second_names(found: Iterable[tuple[FunctionEntry, Any]]) -> list[FunctionEntry]:
    """One entry a function: the name nearest to the root is the key, the others are its aliases."""
    names: dict[int, list[FunctionEntry]] = {}
    for entry, function in found:
        names.setdefault(id(function), []).append(entry)
    kept = []
    for same in names.values():
        first, *others = sorted(same, key=lambda entry: (entry.name.count("."), entry.key))
        kept.append(msgspec.structs.replace(first, aliases=tuple(sorted(other.key for other in others))))
    return kept
