"""The functions that a document names, and what is known of them in the versions that are installed here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pipeline_schema.document import Pipeline
from registry.errors import RegistryError
from registry.libraries import prefixes
from registry.resolver import ensure_catalog

__all__ = ["ensure_catalogs", "functions_of"]


def functions_of(pipeline: Pipeline) -> list[str]:
    """The key of every function that a document names, those within values included, in order and once.

    Parameters
    ----------
    pipeline : Pipeline
        As `pipeline_schema.codec.loads` gives it: values in the document's notation.
    """
    return sorted(set(_keys(pipeline)))


def ensure_catalogs(pipeline: Pipeline) -> None:
    """Discover those libraries of a document that are installed in a version of which no catalog was shipped.

    Takes seconds for each, once: what is found is kept in the user's cache folder. A library that can't be used here
    is left alone, since checking the document says so.
    """
    for library in {key.partition(":")[0] for key in functions_of(pipeline)} & set(prefixes()):
        try:
            ensure_catalog(library)
        except RegistryError:
            continue


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
