"""Finding functions by a few typed words among the thousand that are known."""

from __future__ import annotations

from collections.abc import Iterable

from registry.entry import FunctionEntry

__all__ = ["Finder"]


class Finder:
    """Entries, ready to be searched.

    Parameters
    ----------
    entries : iterable of FunctionEntry
    """

    def __init__(self, entries: Iterable[FunctionEntry]) -> None:
        self._rows = [(entry.key.lower(), f"{entry.key} {entry.summary}".lower(), entry) for entry in entries]

    def __len__(self) -> int:
        return len(self._rows)

    def find(self, text: str) -> list[FunctionEntry]:
        """The entries whose key or summary holds every word, best first; all of them for no words.

        A function that is called like one of the words comes first, then those whose name begins with one, those that
        have one in their name, in their key, and those that are only described so; each in the order of keys.
        """
        words = text.lower().split()
        if not words:
            return [entry for _, _, entry in self._rows]
        found = []
        for at, (key, all_text, entry) in enumerate(self._rows):
            if all(word in all_text for word in words):
                found.append((min(_rank(key, word) for word in words), at, entry))
        return [entry for _, _, entry in sorted(found, key=lambda row: row[:2])]


def _rank(key: str, word: str) -> int:
    name = key.rpartition(":")[2].rpartition(".")[2]
    if word in (name, key):
        return 0
    if name.startswith(word):
        return 1
    return 2 if word in name else 3 if word in key else 4
