"""The catalog of one library at one version, and the text it is stored as.

The text is made to be read and compared: sorted, a parameter a line, what is left out is the default.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

import msgspec

from registry.entry import Exclusion, FunctionEntry

__all__ = ["DISCOVERY", "Catalog", "decode", "encode"]

# Raised when discovery finds something else in the same library: catalogs of another number are made anew.
DISCOVERY = 1


class Catalog(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, dict=True):
    """What is known about the functions of one library at one version.

    Attributes
    ----------
    library : str
        The prefix of its keys.
    distribution, version : str
        What the functions were found in.
    discovery : int
        Which generation of discovery found them.
    entries : tuple of FunctionEntry
        Sorted by key.
    exclusions : tuple of Exclusion
        The other public callables, sorted by key.
    exact : bool
        False if this stands in for a version of which nothing is known.
    """

    library: str
    distribution: str
    version: str
    discovery: int = DISCOVERY
    entries: tuple[FunctionEntry, ...] = ()
    exclusions: tuple[Exclusion, ...] = ()
    exact: bool = True

    @cached_property
    def by_key(self) -> dict[str, FunctionEntry]:
        """Entries by key and by alias."""
        table = {alias: entry for entry in self.entries for alias in entry.aliases}
        table.update((entry.key, entry) for entry in self.entries)
        return table

    @cached_property
    def excluded(self) -> dict[str, Exclusion]:
        """Exclusions by key."""
        return {exclusion.key: exclusion for exclusion in self.exclusions}

    def get(self, key: str) -> FunctionEntry | None:
        """The entry of a key or alias, or None."""
        return self.by_key.get(key)

    def __len__(self) -> int:
        return len(self.entries)


_DECODER = msgspec.json.Decoder(Catalog)


def decode(text: bytes) -> Catalog:
    """Read a catalog.

    Raises
    ------
    msgspec.DecodeError
        If the text is not one.
    """
    return _DECODER.decode(text)


def encode(catalog: Catalog) -> bytes:
    """Write a catalog, one parameter, output or exclusion a line."""
    return (_render(_plain(catalog), depth=0) + "\n").encode()


def _plain(value: Any) -> Any:
    """Structs as objects without their defaults: compared by value, where msgspec compares by identity."""
    if isinstance(value, msgspec.Struct):
        fields = {field.name: (getattr(value, field.name), field.default) for field in msgspec.structs.fields(value)}
        return {name: _plain(given) for name, (given, default) in fields.items() if given != default}
    if isinstance(value, tuple | list):
        return [_plain(item) for item in value]
    return value


# Catalog, list of entries, entry, list of parameters: deeper than that, and whatever is short, stays on one line.
_OPEN_DEPTH = 4


def _render(value: Any, depth: int) -> str:
    indent = "\n" + " " * (depth + 1)
    nested = isinstance(value, dict | list) and any(isinstance(item, dict | list) for item in _items(value))
    if not nested or depth >= _OPEN_DEPTH:
        return msgspec.json.format(msgspec.json.encode(value), indent=0).decode()
    if isinstance(value, list):
        return "[" + ",".join(indent + _render(item, depth + 1) for item in value) + indent[:-1] + "]"
    lines = (f'{indent}"{name}": {_render(item, depth + 1)}' for name, item in value.items())
    return "{" + ",".join(lines) + indent[:-1] + "}"


def _items(value: dict[str, Any] | list[Any]) -> Any:
    return value.values() if isinstance(value, dict) else value
