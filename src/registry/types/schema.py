"""What a parameter takes, as a JSON Schema: for forms, and for the schema that editors check documents with.

What JSON has no word for stands in a document as an object with a ``$`` key. The schema for documents lets it pass
everywhere and never refuses what `registry.types.judging` takes; the one for forms says what to offer.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Final

from registry.entry import Parameter
from registry.types.grammar import items_of
from registry.types.judging import spellings

__all__ = ["FORM", "parameter_schema", "types_schema"]

Schema = dict[str, Any]

# An object, if it is one, is a $ form.
FORM: Final[Schema] = {"minProperties": 1, "propertyNames": {"pattern": "^(?:\\$.*|params)$"}}

_JSON_TYPES = {
    "bool": "boolean",
    "int": "integer",
    "float": "number",
    "complex": "number",
    "str": "string",
    "dtype": "string",
    "none": "null",
    "array": "array",
    "dict": "object",
}
_CLOSED = {int: "integer", float: "number", str: "string"}
_OF_DEFAULT = {bool: "boolean", int: "integer", float: "number", str: "string", type(None): "null", list: "array"}
# Types that JSON can write without a $ form.
_PLAIN = frozenset({"bool", "int", "float", "str", "none"})


def parameter_schema(parameter: Parameter, *, form: Schema | None = None) -> Schema:
    """The schema of one parameter.

    Parameters
    ----------
    parameter : Parameter
    form : dict, optional
        For documents: what an object with a ``$`` key has to be. By default it is made for forms.

    Returns
    -------
    dict
        Without title, description and default.
    """
    if "any" in parameter.types:
        return {}
    closed = {_CLOSED[type(choice)] for choice in parameter.choices if type(choice) in _CLOSED}
    if "dtype" in parameter.types:
        closed -= {"string"}
    variants = [_enum(parameter)] if parameter.choices else []
    plain = [word for word in parameter.types if word != "dict"] if parameter.fields else parameter.types
    variants += _variants(plain, form, without=closed)
    if parameter.fields:
        variants.append(_object(parameter.fields, form))
    if not parameter.required and not _covers(variants, parameter.default):
        variants.append({"const": parameter.default})
    return variants[0] if len(variants) == 1 else {"anyOf": variants}


def types_schema(types: Iterable[str], *, form: Schema | None = None) -> Schema:
    """The schema of values of some types."""
    variants = _variants(types, form)
    return variants[0] if len(variants) == 1 else {"anyOf": variants}


def _enum(parameter: Parameter) -> Schema:
    values = list(parameter.choices)
    other = [one for choice in parameter.choices for one in spellings(parameter, choice) if one not in values]
    return {"enum": [*values, *dict.fromkeys(other)]}


def _variants(types: Iterable[str], form: Schema | None, *, without: Iterable[str] = ()) -> list[Schema]:
    """As few schemas as say it: one, unless there are lists of several sorts."""
    words = list(types)
    if "any" in words:
        return [{}]
    names = dict.fromkeys(_JSON_TYPES[word] for word in words if word in _JSON_TYPES)
    details: Schema = {}
    if form is not None and "bool" in words and not {"int", "float", "complex"} & set(words):
        names["integer"] = None
        details = {"minimum": 0, "maximum": 1}
    if form is not None and "dtype" in words:
        names["array"] = None
    if "number" in names:
        names.pop("integer", None)
    for name in without:
        names.pop(name, None)
    if "dict" not in words and (form is not None or not _PLAIN.issuperset(words)):
        names["object"] = None
        details |= FORM if form is None else form
    lists = [_list(word, form) for word in words if items_of(word) is not None]
    if len(lists) == 1 and "array" not in names:
        names["array"] = None
        details |= {key: value for key, value in lists.pop().items() if key != "type"}
    kinds = list(names)
    first = [{"type": kinds[0] if len(kinds) == 1 else kinds, **details}] if kinds else []
    return [*first, *lists]


def _list(word: str, form: Schema | None) -> Schema:
    items = items_of(word)
    assert items is not None, word
    schema: Schema = {"type": "array"}
    if "any" not in items.types:
        schema["items"] = types_schema(items.types, form=form)
    if items.length is not None:
        schema |= {"minItems": items.length, "maxItems": items.length}
    return schema


def _object(fields: Iterable[Parameter], form: Schema | None) -> Schema:
    return {
        "type": "object",
        "properties": {field.name: parameter_schema(field, form=form) for field in fields},
        "required": [field.name for field in fields if field.required],
        "additionalProperties": False,
    }


def _covers(variants: list[Schema], default: Any) -> bool:
    """Whether a default is of a JSON type that a variant names. (Whether it is in a list, discovery saw to.)"""
    wanted = {"object"} if isinstance(default, dict) else {_OF_DEFAULT[type(default)]}
    if "integer" in wanted:
        wanted.add("number")
    for variant in variants:
        named = variant.get("type", [])
        if not variant or wanted & set([named] if isinstance(named, str) else named):
            return True
        if any(type(one) is type(default) and one == default for one in variant.get("enum", [])):
            return True
    return False
