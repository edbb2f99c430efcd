"""The schema of a document: its keys, what stands under each, and what each is for."""

from __future__ import annotations

from typing import Any

from pipeline_schema.codec.reading import AXES, INPUT_KINDS
from pipeline_schema.document import FORMAT, FORMAT_MAJOR, NAME_PATTERN
from pipeline_schema.schema.functions import function_definitions
from pipeline_schema.schema.parameters import FORM_DEFINITION
from pipeline_schema.schema.values import value_definitions
from registry.libraries import find_library, prefixes
from registry.options import DTYPES, ON_OOM, SCALES

__all__ = ["pipeline_schema"]

Schema = dict[str, Any]

_REFERENCE: Schema = {
    "type": "string",
    "pattern": rf"^{NAME_PATTERN}(?:\.(?:[0-9]+|{NAME_PATTERN}))?$",
    "description": "An input's name, a step's id, id.0 or id.name.",
}
_NOTES: Schema = {"^x-": {"description": "A note: kept, never read."}}
_TEXT: Schema = {"type": "string"}
# Each axis once, in either case.
_ONCE = "".join(f"(?!.*[{axis}{axis.lower()}].*[{axis}{axis.lower()}])" for axis in AXES)
_MEMORY = sorted({library.memory_type for library in map(find_library, prefixes())})


def pipeline_schema() -> Schema:
    """Generate the JSON Schema (draft 2020-12) of documents.

    Returns
    -------
    dict
        The same on every machine: made from the document model and the shipped catalogs alone.
    """
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Image-analysis pipeline",
        "description": "A pipeline that names functions by registry key.",
        **_object(
            {
                "$schema": {"type": "string", "description": "Where this schema is, for editors."},
                "format": {
                    "description": "The lowest version of the format that has what the document uses.",
                    "type": "string",
                    "pattern": rf"^pipeline-schema/{FORMAT_MAJOR}(?:\.(?:0|[1-9][0-9]{{0,3}}))?$",
                    "examples": [FORMAT],
                },
                "name": _TEXT,
                "description": _TEXT,
                "requires": {
                    "description": "Version specifiers by distribution.",
                    "type": "object",
                    "propertyNames": {"pattern": "^[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?$"},
                    "additionalProperties": _TEXT,
                    "examples": [{"scikit-image": ">=0.25,<0.27"}],
                },
                "inputs": {
                    "description": "What the pipeline takes; the first flows into the first step.",
                    "type": "object",
                    "propertyNames": {"$ref": "#/$defs/name"},
                    "additionalProperties": {"$ref": "#/$defs/input"},
                },
                "steps": {"type": "array", "items": {"$ref": "#/$defs/step"}},
                "outputs": {
                    "description": "What the pipeline gives, by name; left out: the last step's result.",
                    "type": "object",
                    "propertyNames": {"$ref": "#/$defs/name"},
                    "additionalProperties": _REFERENCE,
                },
            },
            required=["format", "steps"],
        ),
        "$defs": {
            "name": {"type": "string", "pattern": f"^{NAME_PATTERN}$"},
            "input": _input(),
            "step": _step(),
            "options": _options(),
            **value_definitions(),
            **FORM_DEFINITION,
            **function_definitions(),
        },
    }


def _object(properties: dict[str, Schema], *, required: list[str] | None = None) -> Schema:
    closed = {"type": "object", "properties": properties, "patternProperties": _NOTES, "additionalProperties": False}
    return {**closed, "required": required} if required else closed


def _input() -> Schema:
    return _object(
        {
            "kind": {"enum": list(INPUT_KINDS)},
            "axes": {
                "description": "Of T C Z Y X, and S for colour samples; for example YX.",
                "type": "string",
                "pattern": f"^{_ONCE}[{AXES}{AXES.lower()}]+$",
            },
            "channels": {
                "description": "Names along axis C.",
                "type": "array",
                "items": _TEXT,
                "uniqueItems": True,
            },
            "default": {"$ref": "#/$defs/value", "description": "Makes it a parameter, changed by --set NAME=VALUE."},
            "description": _TEXT,
        }
    )


def _step() -> Schema:
    return {
        **_object(
            {
                "id": {"$ref": "#/$defs/name", "description": "Left out: the last part of the key."},
                "function": {"$ref": "#/$defs/function"},
                "params": {
                    "description": "Constants by parameter name.",
                    "type": "object",
                    "propertyNames": {"not": {"pattern": "^[@$]"}},
                    "additionalProperties": {"$ref": "#/$defs/value"},
                },
                "inputs": {
                    "description": "References by parameter name; @ is the parameter that the image flows into. "
                    "Left out: @ takes the step before.",
                    "type": "object",
                    "additionalProperties": {
                        "anyOf": [_REFERENCE, {"type": "array", "items": _REFERENCE, "minItems": 1}]
                    },
                },
                "options": {"$ref": "#/$defs/options"},
                "description": _TEXT,
            },
            required=["function"],
        ),
        "if": {"required": ["function"]},
        "then": {"$ref": "#/$defs/parameters"},
    }


def _options() -> Schema:
    return {
        "description": "How the function is called.",
        "type": "object",
        "properties": {
            "memory": {"description": "Where the work runs.", "enum": [*_MEMORY, None]},
            "dtype": {"description": "What the result is converted to.", "enum": list(DTYPES), "default": "native"},
            "scale": {"description": "How a change of dtype maps values.", "enum": list(SCALES), "default": "auto"},
            "slice_by_slice": {
                "description": "Call the function for each slice: of all axes but the last two, or of these axes.",
                "anyOf": [{"type": "boolean"}, {"type": "string", "pattern": f"^{_ONCE}[TCZ]+$"}],
                "default": False,
            },
            "unique_labels": {
                "description": "With slice_by_slice: labels of a slice go on counting where those before end.",
                "type": "boolean",
                "default": False,
            },
            "on_oom": {
                "description": "When device memory is full, after freeing it.",
                "enum": list(ON_OOM),
                "default": "retry",
            },
            "device": {"description": "Index of the device.", "type": ["integer", "null"], "minimum": 0},
            "enabled": {"description": "false: the step passes on what flows in.", "type": "boolean", "default": True},
        },
        "additionalProperties": False,
    }
