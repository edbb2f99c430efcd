"""Versions of what a result depends on."""

from __future__ import annotations

import platform
from collections.abc import Iterable

from pipeline_schema.identity import VERSION
from registry.libraries import find_library, installed

__all__ = ["versions"]


def versions(keys: Iterable[str], used: Iterable[str] = ()) -> dict[str, str]:
    """Versions of Python, of this program, and of the distributions that results depend on.

    Parameters
    ----------
    keys : iterable of str
        Of the functions; what brings them is listed, and what every run reads and writes TIFF with.
    used : iterable of str
        Distributions that read or write other files of the run.
    """
    import importlib.metadata

    found = {"python": platform.python_version(), "pipeline-schema": VERSION}
    for library in sorted({key.partition(":")[0] for key in keys} | {"numpy"}):
        try:
            # A user's own functions have no version; their files are recorded as they are.
            brought = None if find_library(library).source == "registered" else installed(library)
        except KeyError:
            continue
        if brought is not None and brought[0] not in found:
            found[brought[0]] = brought[1]
    for reader in ("tifffile", "imagecodecs", *used):
        found[reader] = importlib.metadata.version(reader)
    return found
