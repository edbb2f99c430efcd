"""The catalog of one library at one version, and the form it is stored in.

A catalog is an index: keys, aliases, and for each key the JSON of its entry, which becomes an entry when it is asked
for. Somebody who looks up five functions of a thousand pays for five.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from copy import copy
from functools import cached_property
from types import MappingProxyType
from typing import Any, Self, final

import msgspec

from registry.catalog.text import plain, render
from registry.entry import Exclusion, FunctionEntry

__all__ = ["DISCOVERY", "Catalog", "decode", "encode"]

# Raised when discovery finds something else in the same library: catalogs of another number are made anew.
DISCOVERY = 2


class _Index(msgspec.Struct, frozen=True, kw_only=True):
    """A stored catalog, of which entries and exclusions are still text."""

    library: str
    distribution: str
    version: str
    discovery: int
    aliases: dict[str, str] = {}
    entries: dict[str, msgspec.Raw] = {}
    exclusions: msgspec.Raw = msgspec.Raw(b"[]")


_INDEX = msgspec.json.Decoder(_Index)
_ENTRY = msgspec.json.Decoder(FunctionEntry)
_EXCLUSIONS = msgspec.json.Decoder(tuple[Exclusion, ...])


@final
class Catalog:
    """What is known about the functions of one library at one version; not to be changed.

    Parameters
    ----------
    library : str
        The prefix of its keys.
    distribution, version : str
        What the functions were found in.
    discovery : int
        Which generation of discovery found them.
    entries : iterable of FunctionEntry
        In any order.
    exclusions : iterable of Exclusion
        The other public callables, in any order.
    exact : bool
        False if this stands in for a version of which nothing is known.

    Attributes
    ----------
    aliases : mapping of str to str
        Other names of functions, each with the key it stands for.
    """

    def __init__(
        self,
        *,
        library: str,
        distribution: str,
        version: str,
        discovery: int = DISCOVERY,
        entries: Iterable[FunctionEntry] = (),
        exclusions: Iterable[Exclusion] = (),
        exact: bool = True,
    ) -> None:
        self.library = library
        self.distribution = distribution
        self.version = version
        self.discovery = discovery
        self.exact = exact
        self._entries = {entry.key: entry for entry in sorted(entries, key=lambda entry: entry.key)}
        self._stored: Mapping[str, msgspec.Raw] = {}
        self._exclusions: tuple[Exclusion, ...] | msgspec.Raw = tuple(sorted(exclusions, key=lambda gone: gone.key))
        found = {alias: entry.key for entry in self._entries.values() for alias in entry.aliases}
        self.aliases: Mapping[str, str] = MappingProxyType(dict(sorted(found.items())))

    @classmethod
    def _of(cls, index: _Index) -> Self:
        made = cls(
            library=index.library, distribution=index.distribution, version=index.version, discovery=index.discovery
        )
        made._stored = index.entries
        made._exclusions = index.exclusions
        made.aliases = MappingProxyType(index.aliases)
        return made

    def keys(self) -> tuple[str, ...]:
        """The keys of all entries, sorted; no entry is read for that."""
        return tuple(self._stored or self._entries)

    def get(self, key: str) -> FunctionEntry | None:
        """The entry of a key or alias, or None; reads this entry alone.

        Raises
        ------
        msgspec.DecodeError
            If the stored text of this entry is none.
        """
        key = self.aliases.get(key, key)
        entry = self._entries.get(key)
        if entry is None and (stored := self._stored.get(key)) is not None:
            # Two threads may read the same entry; one of the two is the entry from then on.
            entry = self._entries.setdefault(key, _decode_entry(key, stored))
        return entry

    @cached_property
    def entries(self) -> tuple[FunctionEntry, ...]:
        """All entries, sorted by key."""
        return tuple(entry for key in self.keys() if (entry := self.get(key)) is not None)

    @cached_property
    def exclusions(self) -> tuple[Exclusion, ...]:
        """The other public callables, sorted by key."""
        stored = self._exclusions
        return _EXCLUSIONS.decode(stored) if isinstance(stored, msgspec.Raw) else stored

    @cached_property
    def excluded(self) -> Mapping[str, Exclusion]:
        """Exclusions by key."""
        return {exclusion.key: exclusion for exclusion in self.exclusions}

    def replace(self, **changes: Any) -> Self:
        """A catalog with other facts: any of the parameters above."""
        if changes.keys() <= set(_FACTS):
            made = copy(self)
            made.__dict__.update(changes)
            return made
        facts = {name: getattr(self, name) for name in (*_FACTS, "entries", "exclusions")}
        return type(self)(**(facts | changes))

    def __len__(self) -> int:
        return len(self.keys())

    def __contains__(self, key: object) -> bool:
        return key in self.aliases or key in self._stored or key in self._entries

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Catalog):
            return NotImplemented
        names = (*_FACTS, "aliases", "entries", "exclusions")
        return all(getattr(self, name) == getattr(other, name) for name in names)

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"<Catalog of {self.distribution} {self.version}: {len(self)} functions under {self.library}:>"


_FACTS = ("library", "distribution", "version", "discovery", "exact")


def decode(text: bytes) -> Catalog:
    """Read a catalog: its index, and of entries only that they are JSON.

    Raises
    ------
    msgspec.DecodeError
        If the text is none.
    """
    return Catalog._of(_INDEX.decode(text))


def encode(catalog: Catalog) -> bytes:
    """Write a catalog, one parameter, output or exclusion a line; equal catalogs give equal bytes."""
    entries = {entry.key: plain(entry) for entry in catalog.entries}
    for entry in entries.values():
        del entry["key"]
    stored: dict[str, Any] = {
        "library": catalog.library,
        "distribution": catalog.distribution,
        "version": catalog.version,
        "discovery": catalog.discovery,
        "aliases": dict(catalog.aliases),
        "entries": entries,
        "exclusions": plain(catalog.exclusions),
    }
    return (render({name: value for name, value in stored.items() if value or name == "entries"}) + "\n").encode()


def _decode_entry(key: str, stored: msgspec.Raw) -> FunctionEntry:
    # The key stands last: it is what the index says, whatever else the text claims.
    return _ENTRY.decode(bytes(stored).rstrip()[:-1] + b',"key":' + msgspec.json.encode(key) + b"}")
