"""From the plain values of a document to the objects that annotations ask for: Enums, dataclasses, Structs, dtypes."""

from __future__ import annotations

import collections.abc
from collections.abc import Callable
from typing import Any, TypeAlias, get_args

from registry.annotations.hints import Field, arms, dig, fields_of, is_enum, opened
from registry.annotations.plain import plain

__all__ = ["Maker", "UnfitError", "maker"]

Maker: TypeAlias = Callable[[Any], Any]
"""Makes the annotated object of a plain value; what is that object already comes out as it is."""

_LONGEST = 60
# One item type, any number of items.
_UNIFORM = (collections.abc.Collection, collections.abc.Iterable, collections.abc.Sequence, frozenset, list, set)


class UnfitError(ValueError):
    """A plain value stands for no object of the annotated type; the message says where in the value."""


def maker(hint: Any) -> Maker | None:
    """What makes values of a hint; None where plain values are what it asks for.

    Parameters
    ----------
    hint : any
        As `registry.annotations.hints_of` gives it.
    """
    alternatives = arms(hint)
    if len(alternatives) > 1:
        # None stands for itself; it opens nothing.
        made = [maker(arm) for arm in alternatives if arm is not type(None)]
        makers = [one for one in made if one is not None]
        return _first_that_fits(makers, none=len(made) < len(alternatives), rest=None in made) if makers else None
    bare, _ = opened(hint)
    kind = dig(bare)
    if is_enum(kind):
        return _enum_maker(kind)
    fields = fields_of(kind)
    if fields is not None:
        return _object_maker(kind, fields)
    if getattr(kind, "__name__", "") == "dtype" and getattr(kind, "__module__", "") == "numpy":
        return _dtype
    if kind is tuple or kind in _UNIFORM:
        return _sequence_maker(kind, get_args(bare))
    return None


def _first_that_fits(makers: list[Maker], *, none: bool, rest: bool) -> Maker:
    """Of a union: the first alternative that takes the value; a plain one (`rest`) takes what the others do not."""

    def make(value: Any) -> Any:
        if none and value is None:
            return None
        reasons = []
        for one in makers:
            try:
                return one(value)
            except UnfitError as error:
                reasons.append(str(error))
        if rest:
            return value
        raise UnfitError("; ".join(reasons))

    return make


def _enum_maker(kind: Any) -> Maker:
    members = {(type(value := plain(member)), value): member for member in kind if _is_hashable(plain(member))}

    def make(value: Any) -> Any:
        if isinstance(value, kind):
            return value
        found = members.get((type(value), value)) if _is_hashable(value) else None
        if found is None:
            known = ", ".join(_shown(plain(member)) for member in kind)
            raise UnfitError(f"{_shown(value)} is none of {known}")
        return found

    return make


def _object_maker(kind: Any, fields: tuple[Field, ...]) -> Maker:
    makers = {field.name: maker(field.hint) for field in fields}
    required = [field.name for field in fields if field.required]

    def make(value: Any) -> Any:
        if not isinstance(value, dict):
            if isinstance(value, kind):
                return value
            raise UnfitError(f"{_shown(value)} is no object with the fields of {kind.__name__}: {', '.join(makers)}")
        for name in value:
            if name not in makers:
                raise UnfitError(f"{name!r} is no field of {kind.__name__}; its fields are {', '.join(makers)}")
        for name in required:
            if name not in value:
                raise UnfitError(f"field {name!r} of {kind.__name__} is missing")
        made = {name: _inside(f"field {name!r}", makers[name], item) for name, item in value.items()}
        try:
            return kind(**made)
        except (TypeError, ValueError) as error:
            # What a dataclass refuses when it is made.
            raise UnfitError(f"{kind.__name__} refuses {_shown(value)}: {error}") from error

    return make


def _sequence_maker(kind: Any, arguments: tuple[Any, ...]) -> Maker | None:
    fixed = kind is tuple and bool(arguments) and arguments[-1] is not Ellipsis
    each = [maker(argument) for argument in arguments if argument is not Ellipsis]
    target = kind if kind in (list, set, frozenset) else None
    if target is None and not any(each):
        return None

    def make(value: Any) -> Any:
        if not isinstance(value, list | tuple):
            if target is None or isinstance(value, target):
                return value
            raise UnfitError(f"{_shown(value)} is no list")
        makers = each if fixed and len(each) == len(value) else (each[:1] or [None]) * len(value)
        items = [_inside(f"item {i}", *pair) for i, pair in enumerate(zip(makers, value, strict=True))]
        return (target or type(value))(items)

    return make


def _inside(where: str, make: Maker | None, value: Any) -> Any:
    try:
        return value if make is None else make(value)
    except UnfitError as error:
        raise UnfitError(f"{where}: {error}") from None


def _dtype(value: Any) -> Any:
    if not isinstance(value, str):
        return value
    import numpy

    try:
        return numpy.dtype(value)
    except TypeError:
        raise UnfitError(f"{value!r} is no dtype") from None


def _is_hashable(value: Any) -> bool:
    return isinstance(value, bool | int | float | str | type(None))


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."
