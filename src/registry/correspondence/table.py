"""The table of operations that several libraries have, read from ``table.json`` when it is first asked for.

A group is one operation. Each of its functions says which of its parameters stand for which meaning; a meaning that two
functions share is what connects their parameters. ``same`` lists meanings that are spelled alike wherever they exist,
`notes` what to know of one function beside the others, as the rest of a sentence that starts with its key. Functions of
cuCIM, ``cupyx`` and CuPy are in no group: they stand beside those that they mirror. ``renamed`` lists the parameters
that a mirror spells differently, as the mirror has them.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import msgspec

__all__ = ["Group", "Row", "Table", "rows_of", "table"]

_PATH = Path(__file__).parent / "table.json"

Meanings = dict[str, str | list[str]]


class Group(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One operation; see above."""

    what: str
    functions: dict[str, Meanings]
    same: tuple[str, ...] = ()
    notes: dict[str, str] = {}


class Table(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """All of it."""

    groups: tuple[Group, ...]
    renamed: dict[str, dict[str, str]] = {}


@dataclass(frozen=True, slots=True)
class Row:
    """One function in one group.

    Attributes
    ----------
    key : str
    group : Group
    """

    key: str
    group: Group

    @property
    def what(self) -> str:
        """What the operation is called."""
        return self.group.what

    @property
    def note(self) -> str:
        """What to know of the function; empty for nothing."""
        return self.group.notes.get(self.key, "")

    @property
    def others(self) -> tuple[Row, ...]:
        """The other functions of the group, in its order."""
        return tuple(Row(key, self.group) for key in self.group.functions if key != self.key)

    def meaning(self, parameter: str) -> str | None:
        """What a parameter stands for; None for nothing that other functions have."""
        for meaning, names in self.group.functions[self.key].items():
            if parameter == names or (isinstance(names, list) and parameter in names):
                return meaning
        return parameter if parameter in self.group.same else None

    def names(self, meaning: str | None) -> tuple[str, ...]:
        """The parameters that stand for a meaning."""
        if meaning is None:
            return ()
        names = self.group.functions[self.key].get(meaning, meaning if meaning in self.group.same else ())
        return (names,) if isinstance(names, str) else tuple(names)


@cache
def table() -> Table:
    """What the file says."""
    return msgspec.json.decode(_PATH.read_bytes(), type=Table)


def rows_of(key: str) -> tuple[Row, ...]:
    """The rows of a function, of which it may have several: `max` is that along an axis, and of all pixels."""
    return _index().get(key, ())


@cache
def _index() -> dict[str, tuple[Row, ...]]:
    index: dict[str, tuple[Row, ...]] = {}
    for group in table().groups:
        for key in group.functions:
            index[key] = (*index.get(key, ()), Row(key, group))
    return index
