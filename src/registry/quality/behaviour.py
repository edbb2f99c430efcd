"""What was seen in trials, counted: how much of a catalog is known by having been run."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec

from registry.entry import FunctionEntry, Observed

__all__ = ["Behaviour", "behaviour"]


class Behaviour(msgspec.Struct, frozen=True, kw_only=True):
    """How many functions of a catalog did what in trials (`registry.trials`).

    Attributes
    ----------
    tried : int
        That were called at all.
    ran : int
        That gave a result for an image at least.
    ended : int
        That ended or blocked their process on an image.
    stacks : int
        That give for a stack what they give for each of its slices.
    mixed : int
        That give for a stack something else, or nothing: ``slice_by_slice`` makes a difference.
    unit, counts, other : int
        Whose float results are between 0 and 1, on the scale of the image, or on another.
    mutates : int
        That wrote into an argument.
    random : int
        That gave two results for one call.
    """

    tried: int
    ran: int
    ended: int
    stacks: int
    mixed: int
    unit: int
    counts: int
    other: int
    mutates: int
    random: int

    def __add__(self, more: Behaviour) -> Behaviour:
        return Behaviour(**{name: getattr(self, name) + getattr(more, name) for name in self.__struct_fields__})


def behaviour(entries: Iterable[FunctionEntry]) -> Behaviour:
    """Count what was observed."""
    seen = [entry.observed for entry in entries if entry.observed is not None]
    return Behaviour(
        tried=len(seen),
        ran=sum(not one.failure for one in seen),
        ended=sum(map(_ended, seen)),
        stacks=sum(one.stack == "slices" for one in seen),
        mixed=sum(one.stack in ("values", "shape", "error") for one in seen),
        unit=sum(one.range == "unit" for one in seen),
        counts=sum(one.range == "input" for one in seen),
        other=sum(one.range == "other" for one in seen),
        mutates=sum(bool(one.mutates) for one in seen),
        random=sum(one.random for one in seen),
    )


def _ended(observed: Observed) -> bool:
    return any(result.startswith(("crash", "timeout")) for result in (*observed.results.values(), observed.failure))
