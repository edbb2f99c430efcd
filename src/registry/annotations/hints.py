"""Annotations as objects: text is evaluated where it can be, and an unreadable one spoils none of the others."""

from __future__ import annotations

import dataclasses
import enum
import functools
import operator
import sys
import types
import typing
from collections.abc import Callable
from typing import Annotated, Any, Union, get_args, get_origin

import msgspec

__all__ = ["Field", "arms", "dig", "fields_of", "hints_of", "is_array", "is_enum", "opened"]

# Evaluating somebody's text raises what that text raises: a name that is imported for type checkers only, mostly.
_EVALUATION = (AttributeError, ImportError, NameError, SyntaxError, TypeError, ValueError)
_ARRAY_NAMES = frozenset({"Array", "ArrayLike", "NDArray", "_Array", "_SupportsArray", "ndarray"})


class Field(typing.NamedTuple):
    """One field of a dataclass, a Struct or a TypedDict."""

    name: str
    hint: Any
    required: bool
    default: Any = None


def hints_of(function: Callable[..., Any]) -> dict[str, Any]:
    """The annotations of a callable, by parameter; the result's under ``return``. What can't be evaluated stays text.

    Parameters
    ----------
    function : callable
        A function, or a class, whose constructor counts.
    """
    if isinstance(function, type):
        function = vars(function).get("__init__", function)
    try:
        return typing.get_type_hints(function, include_extras=True)
    except _EVALUATION:
        pass
    known = dict(getattr(function, "__annotations__", {}))
    names = getattr(function, "__globals__", {})
    return {name: _evaluated(hint, names) for name, hint in known.items()}


def _evaluated(hint: Any, names: dict[str, Any]) -> Any:
    holder = types.SimpleNamespace(__annotations__={"hint": hint})
    try:
        return typing.get_type_hints(holder, names, include_extras=True)["hint"]
    except _EVALUATION:
        return hint


def opened(hint: Any) -> tuple[Any, tuple[Any, ...]]:
    """A hint without what is around it (``Annotated``, ``NewType``, ``type X = ...``, a TypeVar), and the extras."""
    extras: tuple[Any, ...] = ()
    while True:
        if get_origin(hint) is Annotated:
            hint, *more = get_args(hint)
            extras += tuple(more)
        elif isinstance(hint, typing.NewType):
            hint = hint.__supertype__
        elif type(hint).__name__ == "TypeAliasType":
            hint = hint.__value__
        elif isinstance(hint, typing.TypeVar):
            hint = functools.reduce(operator.or_, hint.__constraints__ or (hint.__bound__ or Any,))
        else:
            return hint, extras


def arms(hint: Any) -> tuple[Any, ...]:
    """The alternatives of a union, unions in it opened; a hint that is none is its only one."""
    plain, _ = opened(hint)
    if get_origin(plain) in (Union, types.UnionType):
        return tuple(inner for arm in get_args(plain) for inner in arms(arm))
    return (hint,)


def dig(hint: Any) -> Any:
    """The class behind a hint, for example ``list`` behind ``list[int]``."""
    plain, _ = opened(hint)
    return get_origin(plain) or plain


def is_array(hint: Any) -> bool:
    """Whether a hint means an array of any library."""
    found = dig(hint)
    return isinstance(found, type) and any(base.__name__ in _ARRAY_NAMES for base in found.__mro__)


def is_enum(hint: Any) -> bool:
    """Whether a hint is an Enum."""
    return isinstance(hint, type) and issubclass(hint, enum.Enum)


def fields_of(hint: Any) -> tuple[Field, ...] | None:
    """The fields of a dataclass, a msgspec Struct or a TypedDict; None of everything else."""
    if not isinstance(hint, type):
        return None
    if dataclasses.is_dataclass(hint):
        known = _hints_of_class(hint)
        return tuple(
            Field(one.name, known.get(one.name, Any), *_default(one.default, one.default_factory, dataclasses.MISSING))
            for one in dataclasses.fields(hint)
            if one.init
        )
    if issubclass(hint, msgspec.Struct):
        known = _hints_of_class(hint)
        return tuple(
            Field(one.name, known.get(one.name, Any), *_default(one.default, one.default_factory, msgspec.NODEFAULT))
            for one in msgspec.structs.fields(hint)
        )
    if typing.is_typeddict(hint):
        required: frozenset[str] = getattr(hint, "__required_keys__", frozenset())
        return tuple(Field(name, one, name in required) for name, one in _hints_of_class(hint).items())
    return None


def _hints_of_class(cls: type) -> dict[str, Any]:
    """The annotations of a class's attributes, inherited ones too."""
    try:
        return typing.get_type_hints(cls, include_extras=True)
    except _EVALUATION:
        names = vars(sys.modules[cls.__module__]) if cls.__module__ in sys.modules else {}
        known = [pair for base in reversed(cls.__mro__) for pair in vars(base).get("__annotations__", {}).items()]
        return {name: _evaluated(hint, names) for name, hint in known}


def _default(value: Any, factory: Any, nothing: Any) -> tuple[bool, Any]:
    """Whether a field must be given, and else its default."""
    if value is not nothing:
        return False, value
    return (True, None) if factory is nothing else (False, factory())
