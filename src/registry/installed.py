"""Which version of a distribution is installed, from the names of folders.

`importlib.metadata.version` reads and parses a file of up to 60 KB for the same answer: 4 ms for SciPy, 8 for all
libraries of the table, which is more than it takes to open their catalogs. It still answers where the folders don't.
"""

from __future__ import annotations

# Asked for each library of each document, and Path takes twice the time.
# ruff: noqa: PTH113, PTH116, PTH118, PTH208
import os
import re
import sys
from functools import lru_cache
from importlib.machinery import PathFinder

import msgspec

__all__ = ["version_of"]

# What a distribution's folder or file is called; only of the first kind the name always tells the version.
_KINDS = ("dist-info", "egg-info", "egg-link", "egg")
_SEPARATORS = re.compile(r"[-_.]+")


class _Found(msgspec.Struct, frozen=True):
    """What the folders of `sys.path` hold: metadata folder and version by name, and whether that is all there is."""

    versions: dict[str, tuple[str, str]]
    complete: bool


def version_of(distribution: str) -> str | None:
    """The version of a distribution that is installed here, or None.

    Parameters
    ----------
    distribution : str
        A name as on the package index, in any of its spellings.
    """
    if any(hasattr(finder, "find_distributions") for finder in sys.meta_path if finder is not PathFinder):
        return _parsed(distribution)
    found = _scan(tuple((entry, _changed(entry)) for entry in sys.path))
    place, version = found.versions.get(_SEPARATORS.sub("_", distribution).lower(), ("", ""))
    # Names of folders are not unique after a failed installation, and one without METADATA is a remnant.
    if version and os.path.isfile(os.path.join(place, "METADATA")):
        return version
    return None if found.complete and not place else _parsed(distribution)


def _parsed(distribution: str) -> str | None:
    # Loading it takes as long as all that is done here, and most installations need it for nothing.
    from importlib import metadata

    try:
        return metadata.version(distribution)
    except (metadata.PackageNotFoundError, KeyError, FileNotFoundError):
        # The others are what later Pythons say of a folder without METADATA.
        return None


def _changed(entry: str) -> int:
    """When something was last installed into or removed from a folder; 0 if it is no folder."""
    try:
        return os.stat(entry or ".").st_mtime_ns
    except OSError:
        return 0


@lru_cache(maxsize=4)
def _scan(path: tuple[tuple[str, int], ...]) -> _Found:
    versions: dict[str, tuple[str, str]] = {}
    complete = True
    for entry, changed in path:
        try:
            names = os.listdir(entry or ".")
        except OSError:
            # A zip archive may hold distributions; what does not exist can't.
            complete &= changed == 0
            continue
        here: dict[str, tuple[str, str]] = {}
        for name in names:
            stem, _, kind = name.rpartition(".")
            if kind not in _KINDS:
                continue
            distribution, _, version = stem.partition("-")
            known = _SEPARATORS.sub("_", distribution).lower()
            told = kind == _KINDS[0] and known not in here
            here[known] = os.path.join(entry or ".", name), version if told else ""
        # The first folder of the path that has it wins, as in an import.
        versions = here | versions
    return _Found(versions, complete)
