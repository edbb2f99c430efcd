"""What trials observed, put into catalogs; and kept there when functions are discovered anew without trials."""

from __future__ import annotations

from collections.abc import Mapping

import msgspec

from registry.catalog import Catalog
from registry.entry import FunctionEntry, Observed

__all__ = ["observed_in", "with_observed"]

_SEEDS = frozenset({"rng", "seed", "random_state", "random_seed"})


def observed_in(catalog: Catalog | None) -> dict[str, Observed]:
    """What is recorded in a catalog, by key."""
    entries = catalog.entries if catalog is not None else ()
    return {entry.key: entry.observed for entry in entries if entry.observed is not None}


def with_observed(catalog: Catalog, observed: Mapping[str, Observed]) -> Catalog:
    """A catalog whose entries say what was observed, and have the traits that follow from it.

    Parameters
    ----------
    catalog : Catalog
    observed : mapping of str to Observed
        By key; what is no entry is passed over.
    """
    entries = [_observe(entry, observed[entry.key]) if entry.key in observed else entry for entry in catalog.entries]
    return catalog.replace(entries=tuple(entries))


def _observe(entry: FunctionEntry, observed: Observed) -> FunctionEntry:
    traits = {*entry.traits}
    if observed.mutates:
        traits.add("mutates")
    if observed.random and not any(parameter.name in _SEEDS for parameter in entry.parameters):
        # Two results of equal calls, and nothing to seed: something outlives a call.
        traits.add("stateful")
    return msgspec.structs.replace(entry, observed=observed, traits=tuple(sorted(traits)))
