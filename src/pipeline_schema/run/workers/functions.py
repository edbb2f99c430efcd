"""The functions that a document names, and what is known of them in the versions that are installed here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pipeline_schema.document import Pipeline
from registry.catalog import load_catalog
from registry.errors import RegistryError
from registry.libraries import LIBRARIES, prefixes

__all__ = ["ensure_catalogs", "functions_of"]


def functions_of(pipeline: Pipeline) -> list[str]:
    """The key of every function that a document names, those within values included, in order and once.

    Parameters
    ----------
    pipeline : Pipeline
        As `pipeline_schema.codec.loads` gives it: values in the document's notation.
    """
    return sorted(set(_keys(pipeline)))


def ensure_catalogs(pipeline: Pipeline, *, but: set[str] | None = None) -> None:
    """Discover those libraries of a document that are installed in a version of which no catalog was shipped.

    Takes seconds for each, once: what is found is kept in the user's cache folder. A library that can't be used here
    is left alone, since checking the document says so.

    Parameters
    ----------
    pipeline : Pipeline
    but : set of str, optional
        Libraries that need not be looked at again; gets those that were looked at now.
    """
    seen = set() if but is None else but
    named = {key.partition(":")[0] for key in _keys(pipeline)} - seen
    seen |= named
    for library in named:
        # The table is asked first: plugins are found by reading what every distribution says of itself.
        if (library not in LIBRARIES and library not in prefixes()) or _is_known(library):
            continue
        from registry.resolver import ensure_catalog

        try:
            ensure_catalog(library)
        except RegistryError:
            continue


def _is_known(library: str) -> bool:
    """Whether the catalog at hand is that of the version that is installed: what discovers one takes long to load."""
    try:
        return load_catalog(library).exact
    except RegistryError:
        return False


def _keys(pipeline: Pipeline) -> Iterator[str]:
    for declared in pipeline.inputs.values():
        yield from _keys_in(declared.default)
    for step in pipeline.steps:
        yield step.function
        yield from _keys_in(step.params)


def _keys_in(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, item in value.items():
            if name in ("$call", "$function") and isinstance(item, str):
                yield item
            else:
                yield from _keys_in(item)
    elif isinstance(value, list | tuple):
        for item in value:
            yield from _keys_in(item)
