"""Which public callables a library has, and the one name by which each is known."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Iterator
from importlib import import_module
from types import ModuleType
from typing import Any, NamedTuple

__all__ = ["Found", "walk"]


class Found(NamedTuple):
    """A public callable.

    Attributes
    ----------
    namespace : str
        Below the library's root, empty for the root itself.
    name : str
        Of the callable in that namespace.
    value : callable
    import_path : str
        ``module:attribute``; the attribute is dotted where a namespace is no module that can be imported.
    aliases : tuple of str
        Its other dotted names below the root.
    """

    namespace: str
    name: str
    value: Any
    import_path: str
    aliases: tuple[str, ...] = ()

    @property
    def dotted(self) -> str:
        """The name below the library's root."""
        return f"{self.namespace}.{self.name}" if self.namespace else self.name


def walk(root: str, namespaces: tuple[str, ...]) -> list[Found]:
    """Find every public callable of some namespaces.

    Public is what a namespace lists in ``__all__``, and what it has without a leading underscore and besides its
    submodules: deprecated functions are not listed and still alive. Attributes are touched, since lazy namespaces list
    what they have not loaded yet.

    Parameters
    ----------
    root : str
        For example ``skimage``.
    namespaces : tuple of str
        Below the root, for example ``filters.rank``; empty for the root itself.

    Returns
    -------
    list of Found
        Sorted by dotted name, each object once.
    """
    named: dict[int, list[Found]] = {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        modules = {}
        for namespace in namespaces:
            modules[namespace], prefix = _open(root, namespace)
            for name, value in _callables(modules[namespace]):
                named.setdefault(id(value), []).append(Found(namespace, name, value, prefix + name))
    found = []
    for names in named.values():
        first, *others = sorted(names, key=lambda one: _preference(one, root, modules))
        found.append(first._replace(aliases=tuple(sorted(other.dotted for other in others))))
    return sorted(found, key=lambda one: one.dotted)


def _open(root: str, namespace: str) -> tuple[ModuleType, str]:
    """A namespace, and what comes before a name in its import path."""
    if not namespace:
        return import_module(root), f"{root}:"
    try:
        return import_module(f"{root}.{namespace}"), f"{root}.{namespace}:"
    except ModuleNotFoundError:
        # pyclesperanto.fft is an attribute only.
        module: ModuleType = getattr(import_module(root), namespace)
        return module, f"{root}:{namespace}."


def _callables(module: ModuleType) -> Iterator[tuple[str, Any]]:
    listed = set(getattr(module, "__all__", ()))
    for name in sorted(listed | set(dir(module))):
        if name.startswith("_") or not name.isascii():
            continue
        value = getattr(module, name, None)
        if callable(value) and not inspect.ismodule(value):
            yield name, value


def _preference(found: Found, root: str, modules: dict[str, ModuleType]) -> tuple[bool, bool, bool, str]:
    """Smallest first: named as it calls itself, in the namespace that defines it, listed there, first by alphabet."""
    home = getattr(found.value, "__module__", None) or ""
    place = f"{root}.{found.namespace}" if found.namespace else root
    return (
        getattr(found.value, "__name__", found.name) != found.name,
        not f"{home}.".startswith(f"{place}."),
        found.name not in getattr(modules[found.namespace], "__all__", ()),
        found.dotted,
    )
