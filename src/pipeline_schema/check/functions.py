"""Functions of a document: each key is looked up, and one that is not known is answered with the nearest that are."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from typing import Any

from pipeline_schema.problems import Problem, pointer
from registry import libraries
from registry.catalog import entries, load_catalog, lookup
from registry.entry import FunctionEntry
from registry.errors import (
    InvalidKeyError,
    RegistryError,
    SourceUnavailableError,
    UnknownKeyError,
)
from registry.keys import parse_key
from registry.libraries import LIBRARIES

__all__ = ["Functions"]

# Finding the nearest names takes milliseconds a key: a document of 10,000 unknown ones must not take a minute.
_MOST_SUGGESTED = 100
_SEPARATORS = re.compile(r"[.:/]")

Facts = dict[str, Any]


class Functions:
    """The functions that one document names; each is looked up once."""

    def __init__(self) -> None:
        self._found: dict[str, tuple[FunctionEntry | None, list[Facts]]] = {}
        self._missing: dict[str, libraries.Missing | None] = {}
        self._suggested = 0

    def entry(self, key: str) -> FunctionEntry | None:
        """What the catalog knows of a key or alias; None if nothing."""
        return self._ask(key)[0]

    def problems(self, key: str, *at: str | int, step: str | None) -> Iterator[Problem]:
        """What is to say of a key that stands at a place of the document."""
        for facts in self._ask(key)[1]:
            yield Problem(pointer=pointer(*at), step=step, **facts)

    def _ask(self, key: str) -> tuple[FunctionEntry | None, list[Facts]]:
        if key not in self._found:
            try:
                entry = load_catalog(parse_key(key).library).get(key) or self._look_up(key)
                self._found[key] = entry, [*self._availability(entry), *_alias(entry, key)]
            except RegistryError as error:
                self._found[key] = None, [self._explain(key, error)]
        return self._found[key]

    def _look_up(self, key: str) -> FunctionEntry:
        self._suggested += 1
        if self._suggested > _MOST_SUGGESTED:
            raise UnknownKeyError(f"no function {key}", key=key)
        return lookup(key)

    def _respell(self, text: str) -> tuple[str, ...]:
        self._suggested += 1
        return _nearest(text) if self._suggested <= _MOST_SUGGESTED else ()

    def _explain(self, key: str, error: RegistryError) -> Facts:
        match error:
            case InvalidKeyError():
                return {"code": "unknown-function", "message": error.message, "suggestions": self._respell(key)}
            case SourceUnavailableError():
                return {
                    "code": "unavailable-function",
                    "severity": "warning",
                    "message": f"{key} can't be checked here: {error.message}",
                    "install": error.install,
                }
            case UnknownKeyError(reason=str()):
                return {"code": "excluded-function", "message": error.message}
            case UnknownKeyError():
                near = error.suggestions if parse_key(key).library in LIBRARIES else self._respell(key)
                return {"code": "unknown-function", "message": _unknown(key), "suggestions": near}
        raise error

    def _availability(self, entry: FunctionEntry) -> Iterator[Facts]:
        library = entry.library
        if library not in self._missing:
            self._missing[library] = libraries.missing(library) if library in LIBRARIES else None
        lacking = self._missing[library]
        if lacking is not None:
            yield {
                "code": "unavailable-function",
                "severity": "warning",
                "message": f"{entry.key} can't run on this machine: {lacking.message}",
                "install": lacking.install,
            }


def _alias(entry: FunctionEntry, key: str) -> Iterator[Facts]:
    if entry.key != key:
        yield {
            "code": "deprecated",
            "severity": "note",
            "message": f"{key} is another name of {entry.key}, and means the same",
            "suggestions": (entry.key,),
        }


def _unknown(key: str) -> str:
    library = parse_key(key).library
    if library not in LIBRARIES:
        return f"{key} names a library that is not known here; known are {', '.join(sorted(LIBRARIES))}"
    try:
        catalog = load_catalog(library)
    except RegistryError:
        return f"there is no function {key}"
    return f"there is no function {key} in {catalog.distribution} {catalog.version}"


def _nearest(text: str) -> tuple[str, ...]:
    """Keys whose last part is that of a text that is no key: ``skimage.filters.gaussian``, ``gaussian``."""
    by_name: dict[str, list[str]] = {}
    for entry in entries():
        by_name.setdefault(_SEPARATORS.split(entry.key)[-1], []).append(entry.key)
    name = _SEPARATORS.split(text)[-1][:256]
    names = [name] if name in by_name else difflib.get_close_matches(name, by_name, n=3, cutoff=0.75)
    keys = [key for found in names for key in by_name[found]]
    # Among those of one name, the one that is spelled most like the text comes first.
    keys.sort(key=lambda key: -difflib.SequenceMatcher(None, text[:256], key).ratio())
    return tuple(keys[:3])
