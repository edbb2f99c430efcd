"""Whether a parameter takes a value: its types, its closed list of choices, the fields of its objects."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from registry.entry import Parameter
from registry.types.grammar import accepts

__all__ = ["chosen", "find_fields", "is_module_path", "same", "spellings", "takes"]


def takes(parameter: Parameter, value: Any) -> bool:
    """Whether a parameter takes a plain Python value (what is no plain value is taken).

    Choices close their own type only: "a mode or a number" leaves numbers open. The default is always taken. The fields
    of an object are not looked into (`find_fields` does).
    """
    if not parameter.required and same(parameter.default, value):
        return True
    if parameter.choices and _is_closed(parameter, value):
        return chosen(parameter, value)
    if is_module_path(parameter, value):
        return chosen(parameter, value)
    return accepts(parameter.types, value)


def is_module_path(parameter: Parameter, value: Any) -> bool:
    """Whether a dtype is spelled as programs do, ``np.float32``: a name of one never has a point."""
    return isinstance(value, str) and "dtype" in parameter.types and "." in value


def chosen(parameter: Parameter, value: Any) -> bool:
    """Whether a value is one of the choices."""
    return any(same(spelling, value) for choice in parameter.choices for spelling in spellings(parameter, choice))


def spellings(parameter: Parameter, choice: Any) -> tuple[Any, ...]:
    """A choice, and how else it may be written: where some have capitals, libraries fold case."""
    texts = [one for one in parameter.choices if isinstance(one, str)]
    if not isinstance(choice, str) or all(text == text.lower() for text in texts):
        return (choice,)
    return tuple(dict.fromkeys((choice, choice.lower(), choice.upper())))


def same(one: Any, other: Any) -> bool:
    """Whether two values are one to a document: true is not 1, and 2 is 2.0 where either is taken."""
    return _sort(one) == _sort(other) and bool(one == other)


def find_fields(parameter: Parameter, value: Any, path: str = "") -> Iterator[tuple[str, Parameter | None, Any]]:
    """The fields of an object that are wrong: each with its path, what it is (None if there is no such), and its value.

    A field that is needed and missing has itself as value: the `Parameter`.
    """
    if not parameter.fields or not isinstance(value, Mapping):
        return
    known = {field.name: field for field in parameter.fields}
    path = f"{path}{parameter.name}."
    for name, item in value.items():
        field = known.get(name)
        if field is None or not takes(field, item):
            yield f"{path}{name}", field, item
        else:
            yield from find_fields(field, item, path)
    for field in parameter.fields:
        if field.required and field.name not in value:
            yield f"{path}{field.name}", field, field


def _is_closed(parameter: Parameter, value: Any) -> bool:
    if isinstance(value, str) and "dtype" in parameter.types:
        return False  # a choice or the name of a dtype
    if isinstance(value, float) and not value.is_integer():
        return any(isinstance(choice, float) for choice in parameter.choices)
    return any(_sort(choice) == _sort(value) for choice in parameter.choices)


def _sort(value: Any) -> type:
    kind = type(value)
    return float if kind is int else tuple if kind is list else kind
