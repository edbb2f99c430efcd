"""From annotated objects to the plain values that a document holds: what `registry.annotations.making` takes back."""

from __future__ import annotations

import dataclasses
import enum
from typing import Any

import msgspec

__all__ = ["plain"]


def plain(value: Any) -> Any:
    """A value without Enums, dataclasses and Structs: an Enum's member is its value, an object a dict of its fields."""
    if isinstance(value, enum.Enum):
        return plain(value.value)
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {field.name: plain(getattr(value, field.name)) for field in dataclasses.fields(value) if field.init}
    if isinstance(value, msgspec.Struct):
        return {name: plain(getattr(value, name)) for name in type(value).__struct_fields__}
    if type(value) in (list, tuple):
        return type(value)(map(plain, value))
    if type(value) is dict:
        return {plain(key): plain(item) for key, item in value.items()}
    return value
