"""Putting the registry's callables in the place of a library's functions.

A name is bound anew in the namespaces that its keys stand for, and nowhere else: the modules in which the library
keeps its code go on with its own functions, and no function is touched.
"""

from __future__ import annotations

import functools
import importlib
from collections.abc import Callable, Iterator
from typing import Any

from registry import opencl
from registry.catalog import load_catalog
from registry.decorate import Function
from registry.errors import SourceUnavailableError
from registry.libraries import find_library
from registry.loading import import_raw
from registry.resolver import resolve

__all__ = ["load", "replace"]

# Where a library's tests look up what they know of a function, by the function itself.
_TABLES = {"scipy": ("scipy._lib._array_api", "xp_capabilities_table")}


def load(library: str) -> None:
    """Make a library importable, and import it: pyclesperanto must be offered a device before."""
    if library == "pyclesperanto":
        opencl.require()
    importlib.import_module(find_library(library).root)


def replace(library: str, stand_in: Callable[[Function], Any]) -> list[str]:
    """Bind the public names of a library's functions to something else.

    Parameters
    ----------
    library : str
        Prefix of its keys.
    stand_in : callable
        What stands in the place of a function, given its `Function`.

    Returns
    -------
    list of str
        The keys of those that were replaced: all but classes, which tests inherit from, and what this build lacks.
    """
    load(library)
    # All first, then bound: a module that is imported later would take the callable for the library's own.
    found = dict(_functions(library))
    table = _table(library)
    for raw, function, places in found.values():
        value = stand_in(function)
        for namespace, name in places:
            setattr(namespace, name, value)
        if raw in table:
            table[value] = table[raw]
    return sorted(found)


def _table(library: str) -> dict[Any, Any]:
    module, name = _TABLES.get(library, (None, None))
    found: dict[Any, Any] = {} if module is None else getattr(importlib.import_module(module), str(name))
    return found


def _functions(library: str) -> Iterator[tuple[str, tuple[Callable[..., Any], Function, list[tuple[Any, str]]]]]:
    root = find_library(library).root
    for entry in load_catalog(library).entries:
        try:
            raw = import_raw(entry)
        except SourceUnavailableError:
            continue
        if isinstance(raw, type):
            continue
        places = []
        for key in (entry.key, *entry.aliases):
            *path, name = key.partition(":")[2].split(".")
            # By attribute: pyclesperanto.fft is a module of another name.
            namespace = functools.reduce(getattr, path, importlib.import_module(root))
            if getattr(namespace, name, None) is raw:
                places.append((namespace, name))
        yield entry.key, (raw, resolve(entry.key), places)
