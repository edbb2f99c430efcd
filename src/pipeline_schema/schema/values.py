"""Values in the schema: JSON's, and the ``$`` forms for what JSON has no word for."""

from __future__ import annotations

from typing import Any

from pipeline_schema.limits import MAX_DIGITS
from pipeline_schema.values.records import DTYPES, MAX_DIMENSIONS

__all__ = ["value_definitions"]

Schema = dict[str, Any]

_VALUE: Schema = {"$ref": "#/$defs/value"}
_BASE64: Schema = {
    "type": "string",
    "contentEncoding": "base64",
    "pattern": "^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$",
}
_DTYPE: Schema = {"description": "For example uint8.", "enum": list(DTYPES)}
# Absolute, with a character that not every system takes, or with an empty part, . or ..
_LEADS_OUT = r"[\\:]|^/|//|(?:^|/)\.{1,2}/"

_ARRAY: Schema = {
    "description": "An array, its numbers as nested lists in data, or base64 of their bytes (C order, little endian).",
    "type": "object",
    "properties": {
        "dtype": _DTYPE,
        "shape": {"type": "array", "items": {"type": "integer", "minimum": 0}, "maxItems": MAX_DIMENSIONS},
        "data": {},
        "base64": _BASE64,
    },
    "required": ["dtype", "shape"],
    "oneOf": [{"required": ["data"]}, {"required": ["base64"]}],
    "additionalProperties": False,
}

_FILE: Schema = {
    "description": "An array in a file beside the document (.npy or .tif).",
    "type": "object",
    "properties": {
        "path": {"type": "string", "pattern": r"\.(?:[nN][pP][yY]|[tT][iI][fF][fF]?)$", "not": {"pattern": _LEADS_OUT}},
        "sha256": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
    },
    "required": ["path", "sha256"],
    "additionalProperties": False,
}

_PARAMS: Schema = {
    "type": "object",
    "propertyNames": {"not": {"pattern": "^[@$]"}},
    "additionalProperties": _VALUE,
}
_SPECIAL: Schema = {"enum": ["nan", "inf", "-inf"]}
_DIGITS: Schema = {"type": "string", "maxLength": MAX_DIGITS, "pattern": "^(?:0|-?[1-9][0-9]*)$"}


def _only(tag: str, schema: Schema) -> Schema:
    return {"type": "object", "properties": {tag: schema}, "required": [tag], "maxProperties": 1}


def _bounds(*types: str) -> Schema:
    """Start, stop and step, which is not 0."""
    bound: Schema = {"anyOf": [{"type": list(types)}, {"$ref": "#/$defs/digits"}]}
    step: Schema = {**bound, "not": {"enum": [0, {"$int": "0"}]}}
    return {
        "type": "array",
        "prefixItems": [bound, bound, step],
        "items": False,
        "minItems": 3,
    }


# Of forms whose schema has no description of its own.
_SHORT = {
    "$ellipsis": "...",
    "$float": "nan, inf or -inf.",
    "$bytes": "Bytes, as base64.",
}

_TAGS: dict[str, Schema] = {
    "$array": _ARRAY,
    "$file": _FILE,
    "$dtype": _DTYPE,
    "$slice": {"description": "[start, stop, step]; null where it is left out.", **_bounds("integer", "null")},
    "$range": {"description": "[start, stop, step]", **_bounds("integer")},
    "$ellipsis": {"const": True},
    "$complex": {
        "description": "[real, imaginary]",
        "type": "array",
        "items": {"anyOf": [{"type": "number"}, {"$ref": "#/$defs/special"}, {"$ref": "#/$defs/digits"}]},
        "minItems": 2,
        "maxItems": 2,
    },
    "$float": _SPECIAL,
    "$int": {"description": "An integer beyond 64 bits.", **_DIGITS},
    "$bytes": _BASE64,
    "$list": {"description": "A list; a plain one arrives as a tuple.", "type": "array", "items": _VALUE},
    "$dict": {
        "description": "[[key, value], ...], for keys that start with $.",
        "type": "array",
        "items": {
            "type": "array",
            "prefixItems": [{"type": ["string", "number", "boolean", "null"]}, _VALUE],
            "items": False,
            "minItems": 2,
        },
    },
    "$call": {"$ref": "#/$defs/function", "description": "What a registered function returns, as a constant."},
    "$function": {"$ref": "#/$defs/function", "description": "A registered function, with params bound."},
    "$rng": {
        "description": "A new random generator from this seed at each call.",
        "anyOf": [
            {"type": "integer", "minimum": 0},
            _only("$int", {**_DIGITS, "pattern": "^(?:0|[1-9][0-9]*)$"}),
        ],
    },
}


def _offered(tag: str) -> Schema:
    return {"description": _TAGS[tag].get("description", _SHORT.get(tag, ""))}


def value_definitions() -> dict[str, Schema]:
    """Definitions of a constant (``value``) and of a ``$`` form (``tagged``)."""
    return {
        "value": {
            "items": _VALUE,
            "if": {"type": "object", "not": {"propertyNames": {"not": {"pattern": "^\\$"}}}},
            "then": {"$ref": "#/$defs/tagged"},
            # An empty object may become a $ form: editors offer the keys, and what stands below each once it is there.
            "else": {"properties": {tag: _offered(tag) for tag in _TAGS}, "additionalProperties": _VALUE},
        },
        "tagged": {
            "description": "One key that starts with $; params go with $call and $function.",
            "properties": {**_TAGS, "params": _PARAMS},
            "additionalProperties": False,
            "oneOf": [{"required": [tag]} for tag in _TAGS],
            "dependentSchemas": {
                "params": {
                    "anyOf": [{"required": ["$call"]}, {"required": ["$function"]}],
                    "$ref": "#/$defs/parameters",
                }
            },
        },
        "special": _only("$float", _SPECIAL),
        "digits": _only("$int", _DIGITS),
    }
