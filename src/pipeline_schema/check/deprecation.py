"""Names that go away: functions and parameters that a library will remove, and what to write in their place."""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterator
from typing import NamedTuple

from pipeline_schema.problems import Problem, pointer
from registry.catalog import load_catalog, shipped_versions
from registry.entry import Deprecation, FunctionEntry
from registry.keys import parse_key

__all__ = ["Renaming", "find_deprecations", "former_name"]

Place = tuple[str | int, ...]


class Renaming(NamedTuple):
    """What an old name of a parameter has become.

    Attributes
    ----------
    name : str
        Its name now.
    differs : bool
        Whether it means something else now.
    """

    name: str
    differs: bool


def find_deprecations(
    entry: FunctionEntry, names: Collection[tuple[str, str]], at: Place, key_at: Place, step: str | None
) -> Iterator[Problem]:
    """What is said of a function that goes away, and of parameters whose names do.

    Parameters
    ----------
    entry : FunctionEntry
        Of the function that is called.
    names : collection of (str, str)
        The parameters that are given, each with where: ``params`` or ``inputs``.
    at, key_at : tuple
        Where the call stands, and its key.
    step : str or None
        The id of the step that it is part of.
    """
    gone = entry.deprecated
    if gone is None:
        return
    if not gone.renamed:
        instead = f"; {_use(gone)}" if gone.replacement else ""
        message = f"{entry.key} is deprecated{_when(gone)}{instead}"
        yield Problem(code="deprecated", severity="warning", message=message, pointer=pointer(*key_at), step=step)
    for name, where in names:
        # An old name that the function no longer has is an unknown parameter.
        if name not in gone.renamed or entry.parameter(name) is None:
            continue
        new = gone.renamed[name]
        if new and gone.differs:
            what = f"{new} takes its place and means something else, so read its documentation"
        else:
            what = f"write {new}, which means the same" if new else "leave it out"
        yield Problem(
            code="deprecated",
            severity="warning",
            message=f"{name} of {entry.key} is deprecated{_when(gone)}; {what}",
            pointer=pointer(*at, where, name),
            step=step,
            parameter=name,
            # Only what may be written without a thought.
            suggestions=(new,) if new and not gone.differs else (),
        )


def former_name(entry: FunctionEntry, name: str) -> Renaming | None:
    """What a parameter is called now that had another name in a version of the library that is known here.

    Returns
    -------
    Renaming or None
        None if no version says so, or the function has no such parameter now.
    """
    versions = (entry, *_other_versions(entry.key))
    for known in versions:
        new = known.deprecated.renamed.get(name) if known.deprecated is not None else None
        if new and entry.parameter(new) is not None:
            return Renaming(new, known.deprecated is not None and known.deprecated.differs)
    return None


@functools.lru_cache(maxsize=256)
def _other_versions(key: str) -> tuple[FunctionEntry, ...]:
    """What the shipped catalogs of all versions know of a function, newest first."""
    library = parse_key(key).library
    found = (load_catalog(library, version).get(key) for version in reversed(shipped_versions(library)))
    return tuple(entry for entry in found if entry is not None)


def _when(gone: Deprecation) -> str:
    since = f" since {gone.since}" if gone.since else ""
    return since + (f", and goes away in {gone.removal}" if gone.removal else "")


def _use(gone: Deprecation) -> str:
    differs = ", which gives other results" if gone.differs else ""
    return f"use {gone.replacement}{differs}"
