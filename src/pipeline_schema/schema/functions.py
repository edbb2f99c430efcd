"""Functions in the schema: the keys of the shipped catalogs, and which parameter names go with each.

Functions with the same names share one rule. A schema must be the same on every machine, so what happens to be
installed plays no part, and keys of libraries that are not shipped (plugins) only have to be spelled like keys.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from registry.catalog.shipped import read_shipped, shipped_versions
from registry.entry import FunctionEntry
from registry.keys import KEY_PATTERN, MAX_KEY_LENGTH
from registry.libraries import prefixes

__all__ = ["function_definitions"]

Schema = dict[str, Any]

# Under which keys an object names a function, and under which it binds parameters.
_NAMING = r"^(?:function|\$call|\$function)$"
_BINDING = "^(?:params|inputs)$"


def function_definitions() -> dict[str, Schema]:
    """Definitions of the keys (``function``), and of the parameter names that go with each (``parameters``)."""
    summaries: dict[str, str] = {}
    names: dict[str, set[str]] = {}
    open_keys: set[str] = set()
    for entry in _entries():
        for key in (entry.key, *entry.aliases):
            summaries[key] = entry.summary if key == entry.key else f"Another name of {entry.key}."
            # What any shipped version takes is taken.
            names.setdefault(key, set()).update(_names(entry))
            if entry.takes_any_keyword:
                open_keys.add(key)
    groups: dict[tuple[str, ...], list[str]] = {}
    for key in sorted(names.keys() - open_keys):
        groups.setdefault(tuple(sorted(names[key])), []).append(key)
    rules = [_rule(keys, list(parameters)) for parameters, keys in groups.items()]
    return {"function": _function(summaries), "parameters": {"allOf": rules}}


def _entries() -> Iterator[FunctionEntry]:
    for library in prefixes():
        for version in shipped_versions(library):
            catalog = read_shipped(library, version)
            if catalog is not None:
                yield from catalog.entries


def _names(entry: FunctionEntry) -> set[str]:
    return {p.name for p in entry.parameters if p.role != "output" and p.kind != "var_keyword"}


def _function(summaries: dict[str, str]) -> Schema:
    keys = sorted(summaries)
    shipped = sorted({key.partition(":")[0] for key in keys})
    return {
        "description": "A registry key: <library>:<public.dotted.name>.",
        "type": "string",
        "maxLength": MAX_KEY_LENGTH,
        "anyOf": [
            {"enum": keys, "enumDescriptions": [summaries[key] for key in keys]},
            {
                "description": "A function of a library that this schema does not list.",
                "pattern": f"^{KEY_PATTERN}$",
                "not": {"pattern": f"^({'|'.join(shipped)}):"},
            },
        ],
    }


def _rule(keys: list[str], names: list[str]) -> Schema:
    """If one of these functions is named, only these parameters are bound (or ``@``, which stands in inputs alone)."""
    return {
        "if": {"patternProperties": {_NAMING: {"enum": keys}}},
        "then": {"patternProperties": {_BINDING: {"propertyNames": {"enum": ["@", *names]}}}},
    }
