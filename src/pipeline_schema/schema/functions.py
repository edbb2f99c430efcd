"""Functions in the schema: the keys of the shipped catalogs, and which parameters go with each.

A schema must be the same on every machine, so what happens to be installed plays no part, and keys of libraries that
are not shipped (plugins) only have to be spelled like keys. Rules stand by library, so that a validator looks through
those of one library only.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec

from pipeline_schema.schema.parameters import merged, parameter_properties
from registry.catalog.shipped import read_shipped, shipped_versions
from registry.entry import FunctionEntry
from registry.keys import KEY_PATTERN, MAX_KEY_LENGTH
from registry.libraries import prefixes

__all__ = ["function_definitions"]

Schema = dict[str, Any]

# Under which keys an object names a function, and under which it binds parameters.
_NAMING = r"^(?:function|\$call|\$function)$"


def function_definitions() -> dict[str, Schema]:
    """Definitions of the keys (``function``), and of the parameters that go with each (``parameters``)."""
    libraries = {library: _versions(library) for library in prefixes()}
    libraries = {library: functions for library, functions in libraries.items() if functions}
    return {
        "function": _function(libraries),
        "parameters": {"allOf": [_of_library(library) for library in libraries]},
        **{f"parameters-{library}": {"allOf": _rules(functions)} for library, functions in libraries.items()},
    }


def _versions(library: str) -> dict[str, list[FunctionEntry]]:
    """The entries of each key and alias in the shipped versions of a library, oldest first."""
    found: dict[str, list[FunctionEntry]] = {}
    for version in sorted(shipped_versions(library), key=_numbers):
        catalog = read_shipped(library, version)
        for entry in catalog.entries if catalog is not None else ():
            for key in (entry.key, *entry.aliases):
                found.setdefault(key, []).append(entry)
    return found


def _numbers(version: str) -> list[int]:
    return [int(part) if part.isdigit() else 0 for part in version.split(".")]


def _function(libraries: dict[str, dict[str, list[FunctionEntry]]]) -> Schema:
    latest = {key: entries[-1] for functions in libraries.values() for key, entries in functions.items()}
    keys = sorted(latest)
    return {
        "description": "A registry key: <library>:<public.dotted.name>.",
        "type": "string",
        "maxLength": MAX_KEY_LENGTH,
        "anyOf": [
            # First, since editors explain a mismatch by the first of those that fail: the other lists all keys.
            {
                "description": "A function of a library that this schema does not list.",
                "pattern": f"^{KEY_PATTERN}$",
                "not": {"pattern": f"^({'|'.join(sorted(libraries))}):"},
                "errorMessage": "There is no function of this key; 'pipeline functions PATTERN' finds some.",
            },
            {"enum": keys, "enumDescriptions": [_summary(key, latest[key]) for key in keys]},
        ],
    }


def _summary(key: str, entry: FunctionEntry) -> str:
    return entry.summary if key == entry.key else f"Another name of {entry.key}."


def _of_library(library: str) -> Schema:
    return {
        "if": {"patternProperties": {_NAMING: {"pattern": f"^{library}:"}}},
        "then": {"$ref": f"#/$defs/parameters-{library}"},
    }


def _rules(functions: dict[str, list[FunctionEntry]]) -> list[Schema]:
    """One rule for all keys that take the same."""
    groups: dict[bytes, tuple[Schema, list[str]]] = {}
    for key in sorted(functions):
        bound = _bound(functions[key])
        groups.setdefault(msgspec.json.encode(bound), (bound, []))[1].append(key)
    return [{"if": {"patternProperties": {_NAMING: {"enum": keys}}}, "then": bound} for bound, keys in groups.values()]


def _bound(entries: Iterable[FunctionEntry]) -> Schema:
    """What ``params`` and ``inputs`` of a function may name (``@`` stands in inputs alone)."""
    entries = list(entries)
    parameters = merged(entries)
    bindable = [name for name, parameter in parameters.items() if parameter.role != "output"]
    params: Schema = {"properties": parameter_properties(parameters.values())}
    if any(entry.takes_any_keyword for entry in entries):
        return {"properties": {"params": params}}
    return {
        "properties": {
            "params": {**params, "additionalProperties": False},
            "inputs": {"propertyNames": {"enum": ["@", *bindable]}},
        }
    }
