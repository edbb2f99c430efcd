"""Parameters in the schema: of each function, what any shipped version of its library takes."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from registry.entry import FunctionEntry, Parameter
from registry.types import unite
from registry.types.schema import FORM, parameter_schema

__all__ = ["FORM_DEFINITION", "merged", "parameter_properties"]

Schema = dict[str, Any]

# What a value is, where it is an object: $defs/tagged says what stands under its $ key.
FORM_DEFINITION: dict[str, Schema] = {"form": FORM}
_FORM: Schema = {"$ref": "#/$defs/form"}


def merged(entries: Iterable[FunctionEntry]) -> dict[str, Parameter]:
    """The parameters of a function, by name, from its entries in all versions, oldest first.

    What one version takes is taken; what a parameter is for, and its default, are the newest version's.
    """
    found: dict[str, Parameter] = {}
    for entry in entries:
        for parameter in entry.parameters:
            if not parameter.settable or parameter.kind == "var_keyword":
                continue
            if parameter.role == "output":
                # A document names the dtype of the result, and no array to write it into.
                types = tuple(word for word in parameter.types if word != "array")
                parameter = msgspec.structs.replace(parameter, types=types)
            older = found.get(parameter.name)
            found[parameter.name] = parameter if older is None else _unite(older, parameter)
    return found


def _unite(older: Parameter, newer: Parameter) -> Parameter:
    choices: tuple[Any, ...] = ()
    if older.choices and newer.choices:
        choices = (*newer.choices, *(one for one in older.choices if one not in newer.choices))
    return msgspec.structs.replace(
        newer,
        types=unite(older.types, newer.types),
        choices=choices,
        required=older.required and newer.required,
        fields=newer.fields if newer.fields == older.fields else (),
    )


def parameter_properties(parameters: Iterable[Parameter]) -> dict[str, Schema]:
    """The properties of ``params``: what each parameter takes, what it is for, and its default."""
    return {parameter.name: _described(parameter) for parameter in parameters}


def _described(parameter: Parameter) -> Schema:
    schema: Schema = {}
    if parameter.doc:
        schema["description"] = parameter.doc
    schema |= parameter_schema(parameter, form=_FORM)
    if not parameter.required and parameter.default is not None:
        schema["default"] = parameter.default
    return schema
