"""Arrays that several readers want in another memory: each is brought there once, and kept until the last is done."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from registry.memory import Place, duplicate, memory_type_of

__all__ = ["Sharing"]


class _Held:
    """An array, and what it is in the other memory once somebody needed it there."""

    __slots__ = ("array", "there")

    def __init__(self, array: Any) -> None:
        self.array = array  # held on to, or another could get its id
        self.there: Any = None


class Sharing:
    """What `registry.memory.borrowing` asks, for arrays that are announced.

    Attributes
    ----------
    private : bool
        Whether who asks now may write into what it gets: then it gets a copy of its own, made where the array is.

    Notes
    -----
    Arrays are known by what they are, not by their values. Each one that is announced is held until it is released.
    """

    def __init__(self) -> None:
        self.private = False
        self._held: dict[tuple[int, Place], _Held] = {}

    def expect(self, value: Any, place: Place) -> None:
        """Announce an array, or a list of arrays, that is wanted at a place more than once."""
        for array in _arrays(value):
            asked = (id(array), place)
            if asked not in self._held:
                self._held[asked] = _Held(array)

    def release(self, value: Any, place: Place) -> None:
        """Nobody wants it there any more."""
        for array in _arrays(value):
            self._held.pop((id(array), place), None)

    def __call__(self, array: Any, place: Place, bring: Callable[[], Any]) -> Any:
        """What an array is at a place; `bring` makes it."""
        held = self._held.get((id(array), place))
        if held is None:
            return bring()
        if held.there is None:
            held.there = bring()
        return duplicate(held.there) if self.private else held.there


def _arrays(value: Any) -> Iterator[Any]:
    if isinstance(value, (list, tuple)):
        for item in value:
            yield from _arrays(item)
    elif memory_type_of(value) is not None or hasattr(value, "__dlpack__"):
        yield value
