"""Functions in the schema: the keys of the shipped catalogs, and which parameter names go with each.

Functions with the same names share one definition. A schema must be the same on every machine, so what happens to be
installed plays no part, and keys of libraries that are not shipped (plugins) only have to be spelled like keys.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from registry.catalog.shipped import read_shipped, shipped_versions
from registry.entry import FunctionEntry
from registry.keys import KEY_PATTERN, MAX_KEY_LENGTH
from registry.libraries import LIBRARIES

__all__ = ["function_definitions"]

Schema = dict[str, Any]

# The names under which an object says which function its parameters belong to.
_CALLERS = ("function", "$call", "$function")


def function_definitions() -> dict[str, Schema]:
    """Definitions of the keys (``function``) and of the names that go with each (``parameters``)."""
    summaries: dict[str, str] = {}
    names: dict[str, set[str] | None] = {}
    for entry in _entries():
        for key in (entry.key, *entry.aliases):
            summaries[key] = entry.summary if key == entry.key else f"Another name of {entry.key}."
            known = names.setdefault(key, set())
            # What any shipped version takes is taken; a function with **kwargs takes all.
            names[key] = None if known is None or entry.takes_any_keyword else known | _names(entry)
    groups: dict[tuple[str, ...], list[str]] = {}
    for key in sorted(names):
        if names[key] is not None:
            groups.setdefault(tuple(sorted(names[key] or ())), []).append(key)
    definitions = {
        "function": _function(summaries),
        "parameters": {"allOf": [_rule(keys[0]) for keys in groups.values()]},
    }
    for parameters, keys in groups.items():
        definitions[f"keys-{keys[0]}"] = {"enum": keys}
        definitions[f"names-{keys[0]}"] = {"enum": list(parameters)}
    return definitions


def _entries() -> Iterator[FunctionEntry]:
    for library in sorted(LIBRARIES):
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


def _rule(group: str) -> Schema:
    keys, names = {"$ref": f"#/$defs/keys-{group}"}, {"$ref": f"#/$defs/names-{group}"}
    return {
        "if": {"properties": dict.fromkeys(_CALLERS, keys), "anyOf": [{"required": [caller]} for caller in _CALLERS]},
        "then": {
            "properties": {
                "params": {"propertyNames": names},
                "inputs": {"propertyNames": {"anyOf": [{"const": "@"}, names]}},
            }
        },
    }
