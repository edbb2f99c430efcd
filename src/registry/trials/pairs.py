"""A function of the GPU beside the one of the CPU that it mirrors, both given the same."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

from registry.catalog import entries, lookup
from registry.correspondence import Counterpart, counterparts
from registry.entry import FunctionEntry
from registry.resolver import resolve
from registry.trials.trial import RecipeError, RefusedError, Trial

__all__ = ["Pair", "difference", "pairs"]


class Pair(NamedTuple):
    """Two functions that should give the same.

    Attributes
    ----------
    entry : FunctionEntry
        On the GPU.
    twin : Counterpart
        On the CPU, of the same name.
    image : str
        What trials gave the twin.
    """

    entry: FunctionEntry
    twin: Counterpart
    image: str

    def arguments(self) -> tuple[tuple[list[Any], dict[str, Any]], dict[str, Any]]:
        """What the twin is called with, and by name what the function of the GPU is, both on the host.

        Raises
        ------
        LookupError
            If the twin is given what the other has no parameter for.
        """
        twin = lookup(self.twin.key)
        try:
            args, kwargs = Trial(resolve(twin.key)).arguments(self.image)
        except (RecipeError, RefusedError) as error:
            raise LookupError(str(error)) from error
        names = [p.name for p in twin.parameters if p.kind != "keyword_only"]
        if len(args) > len(names):
            raise LookupError(f"{twin.key} is given {len(args)} arrays in a row")
        ours = {there: name for name, others in self.twin.parameters.items() for there in others}
        given = dict(zip(names, args, strict=False)) | kwargs
        lacking = sorted(given.keys() - ours.keys())
        if lacking:
            raise LookupError(f"{self.entry.key} has no {', '.join(lacking)}")
        return (args, kwargs), {ours[name]: value for name, value in given.items()}


def pairs(library: str) -> Iterator[Pair]:
    """The functions of a library of the GPU whose twins trials called: what chance and state decide is left out.

    Parameters
    ----------
    library : {'cupy', 'cupyx', 'cucim'}
    """
    for entry in entries(library):
        twin = next((found for found in counterparts(entry.key) if found.basis == "name"), None)
        if twin is None:
            continue
        other = lookup(twin.key)
        seen = other.observed
        if seen is not None and seen.images and not seen.random and "stateful" not in other.traits:
            yield Pair(entry, twin, seen.images[0])


def difference(one: Any, other: Any) -> float:
    """How far two results on the host lie apart, by the greatest value in them; infinite where they are no such pair.

    Parameters
    ----------
    one, other : object
        Arrays and numbers are compared by value, whatever their dtypes; tuples, lists and tables item by item.

    Returns
    -------
    float
        0 where they are equal.
    """
    import numpy as np

    if isinstance(one, dict) and isinstance(other, dict):
        if one.keys() != other.keys():
            return float("inf")
        return max((difference(one[name], other[name]) for name in one), default=0.0)
    if isinstance(one, (tuple, list)) and isinstance(other, (tuple, list)):
        if len(one) != len(other):
            return float("inf")
        return max(map(difference, one, other), default=0.0)
    try:
        ours, theirs = (np.asarray(value).astype(complex) for value in (one, other))
    except (TypeError, ValueError):
        return 0.0 if type(one) is type(other) else float("inf")
    if ours.shape != theirs.shape or not np.array_equal(np.isfinite(ours), np.isfinite(theirs)):
        return float("inf")
    finite = np.isfinite(ours)
    apart = np.abs(ours[finite] - theirs[finite])
    size = max(np.abs(theirs[finite]).max(initial=0), 1e-12)
    return float(apart.max(initial=0) / size)
