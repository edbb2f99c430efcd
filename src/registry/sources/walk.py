"""Which public callables a library has, and the one name by which each is known."""

from __future__ import annotations

import ast
import inspect
import warnings
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

__all__ = ["Found", "namespaces", "walk"]


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


def namespaces(root: str) -> tuple[str, ...]:
    """The public namespaces of a library, its root (empty) first: what the root has, and what those list.

    Parameters
    ----------
    root : str
        For example ``skimage``.

    Returns
    -------
    tuple of str
        Below the root, for example ``("", "color", ..., "filters", "filters.rank", ...)``.

    Raises
    ------
    ImportError
        If one of them can't be imported. A namespace that fails here must not be missing from a catalog unseen.
    """
    found = [""]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name in found:
            module = import_module(f"{root}.{name}" if name else root)
            # A root may list nothing; a namespace that lists nothing has only the modules that it is made of.
            listed = getattr(module, "__all__", () if name else dir(module))
            for part in sorted(listed):
                below = f"{name}.{part}" if name else part
                if not part.startswith("_") and inspect.ismodule(value := getattr(module, part, None)):
                    found += [below] if value.__name__ == f"{root}.{below}" else []
    return tuple(sorted(found))


def walk(root: str, namespaces: tuple[str, ...]) -> list[Found]:
    """Find every public callable of some namespaces.

    Public is what a namespace lists in ``__all__``, what its stub imports, and what it has without a leading underscore
    and besides its submodules: deprecated functions are not listed and still alive. Attributes are touched, since lazy
    namespaces list what they have not loaded yet.

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
    for name in sorted({*getattr(module, "__all__", ()), *dir(module), *vars(module), *_stubbed(module)}):
        if name.startswith("_") or not name.isascii():
            continue
        value = getattr(module, name, None)
        if callable(value) and not inspect.ismodule(value):
            yield name, value


def _stubbed(module: ModuleType) -> Iterator[str]:
    """What the stub of a lazy package imports: that package answers for these names, listed or not."""
    place = Path(vars(module).get("__file__") or "")
    stub = place.parent / "__init__.pyi"
    if place.name != "__init__.py" or not stub.exists():
        return
    for node in ast.walk(ast.parse(stub.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom):
            yield from (alias.asname or alias.name for alias in node.names)


def _preference(found: Found, root: str, modules: dict[str, ModuleType]) -> tuple[bool, bool, bool, str]:
    """Smallest first: named as it calls itself, in the namespace that defines it, listed there, first by alphabet."""
    home = getattr(found.value, "__module__", None) or ""
    place = f"{root}.{found.namespace}" if found.namespace else root
    # CuPy's ufuncs call themselves cupy_absolute.
    own = getattr(found.value, "__name__", found.name).removeprefix(f"{root}_")
    return (
        own != found.name,
        not f"{home}.".startswith(f"{place}."),
        found.name not in getattr(modules[found.namespace], "__all__", ()),
        found.dotted,
    )
