"""Functions of a document: each key is looked up, and one that is not known is answered with the nearest that are."""

from __future__ import annotations

import functools
from collections.abc import Iterator
from typing import Any

from pipeline_schema.problems import Problem, pointer
from registry.catalog import Catalog, closest_keys, load_catalog, lookup, versions_with
from registry.devices import find_obstacle
from registry.entry import FunctionEntry
from registry.errors import InvalidKeyError, RegistryError, SourceUnavailableError, UnknownKeyError
from registry.keys import parse_key
from registry.libraries import find_library, prefixes

__all__ = ["Functions"]

# Finding the nearest names takes milliseconds a key: a document of 10,000 unknown ones must not take a minute.
_MOST_ANSWERED = 100

Facts = dict[str, Any]


class Functions:
    """The functions that documents name; each key, and each library, is looked up once.

    What is installed may change between two documents, so that one is made for each, or for documents that are checked
    together.
    """

    def __init__(self) -> None:
        self._found: dict[str, tuple[FunctionEntry | None, list[Facts]]] = {}
        self._answered = 0
        # Which version is installed is read from files, a millisecond each time.
        self._catalog = functools.cache(load_catalog)
        self._obstacle = functools.cache(find_obstacle)

    def begin(self) -> None:
        """Begin another document, which may be answered as many times as the one before."""
        self._answered = 0

    def entry(self, key: str) -> FunctionEntry | None:
        """What the catalog knows of a key or alias; None if nothing."""
        return self._ask(key)[0]

    def problems(self, key: str, *at: str | int, step: str | None) -> Iterator[Problem]:
        """What is to say of a key that stands at a place of the document."""
        for facts in self._ask(key)[1]:
            yield Problem(pointer=pointer(*at), step=step, **facts)

    def _ask(self, key: str) -> tuple[FunctionEntry | None, list[Facts]]:
        if key not in self._found:
            self._found[key] = self._look_up(key)
        return self._found[key]

    def _look_up(self, key: str) -> tuple[FunctionEntry | None, list[Facts]]:
        try:
            library = parse_key(key).library
        except InvalidKeyError as error:
            return None, [self._unknown(key, error.message)]
        try:
            find_library(library)
            catalog = self._catalog(library)
        except KeyError:
            return None, [self._unknown_library(key, library)]
        except SourceUnavailableError as error:
            return None, [_unavailable(f"{key} can't be checked here: {error.message}", error.install)]
        except RegistryError as error:
            return None, [_unavailable(f"{key} can't be had: {error}", None)]
        entry = catalog.get(key)
        if entry is None:
            return self._look_elsewhere(key, catalog)
        facts = []
        if (obstacle := self._obstacle(library)) is not None:
            facts.append(_unavailable(f"{key} can't run on this machine: {obstacle.message}", obstacle.install))
        if entry.key != key:
            facts.append(_alias(key, entry))
        return entry, facts

    def _look_elsewhere(self, key: str, catalog: Catalog) -> tuple[FunctionEntry | None, list[Facts]]:
        """A key that the version at hand does not have: left out on purpose, of another version, or unknown."""
        here = f"{catalog.distribution} {catalog.version}"
        if key in catalog.excluded:
            try:
                lookup(key)
            except UnknownKeyError as error:
                return None, [{"code": "excluded-function", "message": error.message}]
        versions = versions_with(key)
        if not versions:
            return None, [self._unknown(key, f"there is no function {key} in {here}")]
        *earlier, newest = versions
        entry = load_catalog(catalog.library, newest).get(key)
        which = f"{', '.join(earlier)} and {newest} have" if earlier else f"{newest} has"
        message = f"{key} is not in {here}; {which} it"
        if entry is not None and entry.deprecated is not None and entry.deprecated.replacement:
            message += f", where {entry.deprecated.replacement} is said to replace it"
        return entry, [_unavailable(message, f"pip install '{catalog.distribution}=={newest}'")]

    def _unknown_library(self, key: str, library: str) -> Facts:
        known = ", ".join(prefixes())
        how = "a plugin must be installed, or its catalog be given with --catalog"
        return self._unknown(key, f"{key} is of a library that is not known here; known are {known}; {how}")

    def _unknown(self, key: str, message: str) -> Facts:
        self._answered += 1
        near = closest_keys(key) if self._answered <= _MOST_ANSWERED else ()
        return {"code": "unknown-function", "message": message, "suggestions": near}


def _unavailable(message: str, install: str | None) -> Facts:
    return {"code": "unavailable-function", "severity": "warning", "message": message, "install": install}


def _alias(key: str, entry: FunctionEntry) -> Facts:
    message = f"{key} is another name of {entry.key}, and means the same"
    return {"code": "deprecated", "severity": "note", "message": message, "suggestions": (entry.key,)}
