"""Decorators for hand-written functions: they mark and register, and return the same function."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, TypeVar, overload

from registry.entry import FunctionKind
from registry.marking import mark, said_of
from registry.naming import is_below, plugin_of
from registry.reachable import require_name
from registry.registration import record

__all__ = ["cupy_function", "numpy_function", "pyclesperanto_function"]

F = TypeVar("F", bound=Callable[..., Any])


@overload
def numpy_function(function: F, /) -> F: ...
@overload
def numpy_function(
    *, key: str | None = None, kind: FunctionKind | None = None, flow: str | None = None,
    outputs: Iterable[str] | Mapping[str, FunctionKind] | None = None, traits: Iterable[str] = (),
    extras: Mapping[str, Any] | None = None,
) -> Callable[[F], F]: ...  # fmt: skip
def numpy_function(function: F | None = None, /, **said: Any) -> F | Callable[[F], F]:
    """Register a function that works on NumPy arrays: ``@numpy_function`` or ``@numpy_function(kind="labels")``.

    Parameters
    ----------
    function : callable
        At the top of a module.
    **said
        ``key``, ``kind``, ``flow``, ``outputs``, ``traits``, ``extras``, as of `registry.register`.

    Returns
    -------
    callable
        The function itself, or a decorator.

    Raises
    ------
    ArgumentError, InvalidKeyError, DuplicateKeyError
        As `registry.register`, where the function stands. Whether another decorator above took its place in the module
        is found out when it is resolved.
    """
    return _decorator("numpy", function, said)


@overload
def cupy_function(function: F, /) -> F: ...
@overload
def cupy_function(
    *, key: str | None = None, kind: FunctionKind | None = None, flow: str | None = None,
    outputs: Iterable[str] | Mapping[str, FunctionKind] | None = None, traits: Iterable[str] = (),
    extras: Mapping[str, Any] | None = None,
) -> Callable[[F], F]: ...  # fmt: skip
def cupy_function(function: F | None = None, /, **said: Any) -> F | Callable[[F], F]:
    """Register a function that works on CuPy arrays; otherwise as `numpy_function`."""
    return _decorator("cupy", function, said)


@overload
def pyclesperanto_function(function: F, /) -> F: ...
@overload
def pyclesperanto_function(
    *, key: str | None = None, kind: FunctionKind | None = None, flow: str | None = None,
    outputs: Iterable[str] | Mapping[str, FunctionKind] | None = None, traits: Iterable[str] = (),
    extras: Mapping[str, Any] | None = None,
) -> Callable[[F], F]: ...  # fmt: skip
def pyclesperanto_function(function: F | None = None, /, **said: Any) -> F | Callable[[F], F]:
    """Register a function that works on pyclesperanto's arrays; otherwise as `numpy_function`."""
    return _decorator("pyclesperanto", function, said)


def _decorator(memory_type: str, function: F | None, said: dict[str, Any]) -> F | Callable[[F], F]:
    nothing: dict[str, Any] = {"key": None, "kind": None, "flow": None, "outputs": None, "traits": (), "extras": None}
    unknown = sorted(said.keys() - nothing.keys())
    if unknown:
        raise TypeError(f"unexpected {', '.join(unknown)}; it takes {', '.join(sorted(nothing))}")

    def decorate(function: F) -> F:
        module, _ = require_name(function)
        made = said_of(memory_type=memory_type, **(nothing | said))
        mark(function, made)
        plugin = plugin_of(module)
        # What a plugin offers is found by its discovery, which reads the mark.
        if plugin is None or not is_below(module, plugin.root):
            record(function, made)
        return function

    return decorate if function is None else decorate(function)
