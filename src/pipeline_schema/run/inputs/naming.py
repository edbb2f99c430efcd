"""Items get names: of an item's own, unique also where case is ignored, and the same in every run into one folder.

The first of equal names keeps it, the next gets a suffix from where it is. Who has which name is kept with the run, so
adding an input renames nothing that is there.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any, Protocol

import msgspec

from pipeline_schema.run.files.axes import UNKNOWN
from pipeline_schema.run.inputs.layout import folded, safe_name, short_hash, stem_of
from pipeline_schema.run.item import Found

__all__ = ["Claims", "Namer", "TakenNames", "owner_of"]


class TakenNames(Protocol):
    """Who has which name: a journal, or `Claims` in memory."""

    def use(self, owner: str) -> str | None:
        """The name that an item has from before, and has from now on; None if it has none."""

    def is_taken(self, folded_name: str) -> bool:
        """Whether an item has this name, with case folded by `layout.folded`."""

    def take(self, owner: str, name: str, folded_name: str) -> None:
        """Give a name that is not taken to an item that has none."""


class Claims:
    """Names in memory.

    Parameters
    ----------
    kept : mapping
        Name to owner, from an earlier run into the same folder. Where the owner is a path, and nothing is there any
        more, the claim has lapsed.
    """

    def __init__(self, kept: Mapping[str, str] | None = None) -> None:
        self.owners = {name: owner for name, owner in (kept or {}).items() if not has_lapsed(owner)}
        self._names = {owner: name for name, owner in self.owners.items()}
        self._folded = {folded(name) for name in self.owners}

    def use(self, owner: str) -> str | None:
        return self._names.get(owner)

    def is_taken(self, folded_name: str) -> bool:
        return folded_name in self._folded

    def take(self, owner: str, name: str, folded_name: str) -> None:
        self.owners[name] = owner
        self._names[owner] = name
        self._folded.add(folded_name)


class Namer:
    """Names for items, one by one.

    Parameters
    ----------
    taken : TakenNames
    """

    def __init__(self, taken: TakenNames) -> None:
        self._taken = taken

    def name(self, found: Found) -> str:
        """The item's name: the one that it has, or a new one, which it has from now on."""
        owner = owner_of(found)
        name = self._taken.use(owner)
        if name is None:
            name = self._unclaimed(found, owner)
            self._taken.take(owner, name, folded(name))
        return name

    def _unclaimed(self, found: Found, owner: str) -> str:
        stem = safe_name(found.stem)
        if not self._taken.is_taken(folded(stem)):
            return stem
        for extra in filter(None, _places(found)):
            name = safe_name(f"{stem}-{extra}")
            if not self._taken.is_taken(folded(name)):
                return name
        name = f"{stem}-{short_hash(found.relative)}"
        return name if not self._taken.is_taken(folded(name)) else f"{stem}-{short_hash(owner)}"


def owner_of(found: Found) -> str:
    """What an item is known by on this machine, and in every run.

    Returns
    -------
    str
        The absolute path of its file or folder, where it is made of that alone; else a hash of all that it is made of,
        where planes of one pattern are told by their columns: others may come to them.
    """
    made: Any = found.inputs
    sources = list(found.inputs.values())
    if len(sources) == 1 and sources[0].path:
        (only,) = sources
        if not only.planes:
            return only.path
        if UNKNOWN not in only.stacked:
            made = only.path, found.columns
    made_of = msgspec.json.encode((found.stem, made), order="sorted")
    return f"sha256:{hashlib.sha256(made_of).hexdigest()}"


def has_lapsed(owner: str) -> bool:
    """Whether what had a name is gone from this machine, so that the name is free."""
    path = Path(owner)
    return path.is_absolute() and not path.exists()


def _places(found: Found) -> tuple[str, ...]:
    """Words for where an item is from, to tell it from another of its name."""
    path = next((Path(made.path) for made in found.inputs.values() if made.path), Path())
    if stem_of(path) == found.stem:
        return path.parent.name, path.suffix.lstrip(".")
    return (stem_of(PurePosixPath(PurePosixPath(found.relative).parts[0])),) if found.relative else ()
