"""Functions of users: registered one by one, for this process and for those that it tells.

A registered function has a key, an entry made from its signature, and an origin: the words by which another process
finds the same function. Nothing is written to a file, and documents can't register anything.
"""

from __future__ import annotations

import inspect
import sys
import threading
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from types import TracebackType
from typing import Any, Self, final

import msgspec

from registry import catalog, plugins
from registry.catalog import Catalog
from registry.decorate import Function
from registry.entry import FunctionEntry, FunctionKind
from registry.errors import ArgumentError, DuplicateKeyError, RegistryError, SourceUnavailableError
from registry.keys import parse_key
from registry.libraries import LOCAL, Library, add_library, find_library, remove_library
from registry.marking import Mark, said_of
from registry.naming import checked_key, file_of
from registry.origin import Origin
from registry.reachable import require_name, require_reachable

__all__ = [
    "Registered",
    "Registration",
    "add_registered",
    "all_registered",
    "record",
    "register",
    "registered",
    "watch",
]


class Registered(msgspec.Struct, frozen=True, eq=False):
    """A function that this process registered."""

    function: Callable[..., Any]
    entry: FunctionEntry
    origin: Origin


_lock = threading.RLock()
_known: dict[str, Registered] = {}
_watchers: list[Callable[[str], None]] = []


@final
class Registration:
    """What `register` did, and how to undo it; in a ``with`` statement it is undone at the end.

    Attributes
    ----------
    key : str
        The function's key.
    entry : FunctionEntry
        What was read from its signature and docstring.
    """

    def __init__(self, made: Registered, before: Registered | None) -> None:
        self.key = made.entry.key
        self.entry = made.entry
        self._made = made
        self._before = before

    def undo(self) -> None:
        """Forget the function, or know again what was registered before; nothing happens the second time."""
        with _lock:
            if _known.get(self.key) is not self._made:
                return
            if self._before is None:
                del _known[self.key]
            else:
                _known[self.key] = self._before
            _publish(self.key)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.undo()

    def __repr__(self) -> str:
        return f"<registered {self.key}>"


def register(
    function: Callable[..., Any],
    *,
    key: str | None = None,
    memory_type: str | None = None,
    kind: FunctionKind | None = None,
    flow: str | None = None,
    outputs: Iterable[str] | Mapping[str, FunctionKind] | None = None,
    traits: Iterable[str] = (),
    extras: Mapping[str, Any] | None = None,
) -> Registration:
    """Give a function a key, so that documents can name it in this process and in the workers that it starts.

    Parameters
    ----------
    function : callable
        A function at the top of a module that can be imported. It stays as it is.
    key : str, optional
        Left out, it is ``local:<module>.<name>``, or the plugin's key if the module is a plugin's.
    memory_type : {'numpy', 'cupy', 'pyclesperanto'}, optional
        Where its arrays are; left out, as its annotations say, else ``numpy``.
    kind : str, optional
        What comes out: ``image``, ``labels``, ``mask``, ``table``, ``points``, ``scalar``, ``values``.
    flow : str, optional
        The parameter that an implicit input binds; left out, the first positional one that takes arrays.
    outputs : iterable of str, or mapping of str to str, optional
        The names of several results, with their kinds.
    traits : iterable of str
        Of ``random``, ``mutates``, ``callback``, ``stateful``.
    extras : mapping, optional
        Kept in the entry, never read.

    Returns
    -------
    Registration
        With the entry, and `undo`.

    Raises
    ------
    ArgumentError
        If no other process could find the function by its name (a lambda, a function inside another, a method, one of
        ``__main__``), or something said of it can't be; the message says what to do.
    InvalidKeyError
        If the key is not spelled like one.
    DuplicateKeyError
        If the key is another function's, or its prefix another library's; with both sides.
    """
    _require_raw(function)
    require_reachable(function)
    said = said_of(
        key=key, memory_type=memory_type, kind=kind, flow=flow, outputs=outputs, traits=traits, extras=extras
    )
    return record(function, said)


def record(function: Callable[..., Any], said: Mark) -> Registration:
    """Register a function of which it was looked at whether another process finds it, or will be.

    Raises
    ------
    ArgumentError, InvalidKeyError, DuplicateKeyError
        As `register`.
    """
    # Reading signatures takes modules that a process of library functions, a worker mostly, has no use for.
    from registry.sources.annotated import read_annotated

    _require_raw(function)
    module, name = require_name(function)
    key = checked_key(said.key, module, name)
    file = file_of(module)
    if file is None:
        origin = Origin(key=key, name=name, said=said, module=module, folder=_folder(module))
    else:
        origin = Origin(key=key, name=name, said=said, path=file.path, sha256=file.sha256)
    entry = read_annotated(function, key=key, import_path=f"{module}:{name}", said=said)
    made = Registered(function, entry, origin)
    with _lock:
        before = _known.get(key)
        if before is not None and not _is_same(before.origin, origin):
            first, second = _shown(before.function), _shown(function)
            message = f"{key} is claimed twice: by {first} and by {second}; give one of them another key (key=...)"
            raise DuplicateKeyError(message, key=key, first=first, second=second)
        _known[key] = made
        try:
            _publish(key)
        except RegistryError:
            # Two plugins claim the prefix: nothing is registered under it.
            _known.pop(key)
            raise
    return Registration(made, before if before is not None and before.function is not function else None)


def registered(key: str) -> Registered | None:
    """What was registered in this process under a key, or None."""
    return _known.get(key)


def all_registered() -> tuple[Registered, ...]:
    """Everything that is registered in this process, in the order of registration."""
    return tuple(_known.values())


def watch(forget: Callable[[str], None]) -> Callable[[str], None]:
    """Have a function called with each key that means something else from now on; for those who keep what they made."""
    _watchers.append(forget)
    return forget


def add_registered(prefix: str) -> None:
    """Put what was registered under a plugin's prefix beside what was found in it."""
    own = {key: made.entry for key, made in _known.items() if made.entry.library == prefix}
    try:
        found = catalog.load_catalog(prefix)
    except SourceUnavailableError:
        return  # Not found yet; `ensure_catalog` comes here once it is.
    own = {key: entry for key, entry in own.items() if found.get(key) is None}
    if own and found.exact:
        catalog.add_catalog(found.replace(entries=(*found.entries, *own.values())))


def _publish(key: str) -> None:
    """Let the catalog, and whoever keeps callables, know what a key means now."""
    prefix = parse_key(key).library
    for forget in _watchers:
        forget(key)
    if prefix != LOCAL and plugins.claims().get(prefix):
        catalog.remove_catalog(prefix)
        add_registered(prefix)
        return
    entries = [made.entry for made in _known.values() if made.entry.library == prefix]
    if not entries:
        catalog.remove_catalog(prefix)
        remove_library(prefix)
        return
    add_library(
        Library(
            prefix=prefix, root=prefix, distributions=(prefix,), version="0", source="registered",
            install="import the module that registers it",
        )
    )  # fmt: skip
    row = find_library(prefix)
    catalog.add_catalog(
        Catalog(library=prefix, distribution=row.distributions[0], version=row.version or "0", entries=entries)
    )


def _require_raw(function: object) -> None:
    if isinstance(function, Function):
        message = f"this is a function of the registry already; its key is {function.registry_key}"
        raise ArgumentError(message, key=function.registry_key, parameter="function", value=None)


def _folder(module: str) -> str | None:
    top = sys.modules.get(module.partition(".")[0])
    file = getattr(top, "__file__", None)
    if file is None:
        return None
    folder = Path(file).absolute().parent
    return str(folder.parent if hasattr(top, "__path__") else folder)


def _is_same(first: Origin, second: Origin) -> bool:
    """Whether two origins lead to one function; a file or module that was run again is the same one."""
    return (first.module, first.name, first.path) == (second.module, second.name, second.path)


def _shown(function: Callable[..., Any]) -> str:
    module = getattr(function, "__module__", "?")
    own = file_of(module)
    file = own.path if own else getattr(sys.modules.get(module), "__file__", None)
    plain = inspect.unwrap(function)
    line = getattr(getattr(plain, "__code__", None), "co_firstlineno", None)
    where = f" ({file}{f', line {line}' if line else ''})" if file else ""
    return f"{module}:{getattr(function, '__qualname__', '?')}{where}"
