"""Seeding: what a document leaves to chance follows from one number, whoever runs it, and in whatever order.

A seed is written into the steps while planning, as if the document said it. So everything that goes by a step's
constants goes by it too: a new generator at each call, and the digests of the cache. The document stays as it is.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

import msgspec

from pipeline_schema.document import Pipeline, Step
from pipeline_schema.unsteady import find_open_seed
from registry.entry import FunctionEntry
from registry.errors import ArgumentError

__all__ = ["MAX_SEED", "require_seed", "seed_steps"]

MAX_SEED = 2**63 - 1
# What every generator takes, those of C among them.
_BITS = 31


def require_seed(seed: Any) -> None:
    """Refuse what is no seed.

    Raises
    ------
    ArgumentError
        If it is no integer from 0 to 2**63 - 1.
    """
    if type(seed) is not int or not 0 <= seed <= MAX_SEED:
        raise ArgumentError(f"the seed is {seed!r}; it is an integer from 0 to 2**63 - 1", parameter="seed", value=seed)


def seed_steps(pipeline: Pipeline, entries: Sequence[FunctionEntry], seed: int) -> Pipeline:
    """Give a seed of its own to each step that draws random numbers and has none.

    Parameters
    ----------
    pipeline : Pipeline
        With all ids written out.
    entries : sequence of FunctionEntry
        Of its steps.
    seed : int

    Returns
    -------
    Pipeline
        Of which a step's seed follows from `seed` and its id, and from nothing else.
    """
    require_seed(seed)
    steps = [_seeded(step, entry, seed) for step, entry in zip(pipeline.steps, entries, strict=True)]
    return msgspec.structs.replace(pipeline, steps=steps)


def _seeded(step: Step, entry: FunctionEntry, seed: int) -> Step:
    parameter = find_open_seed(step, entry)
    if parameter is None:
        return step
    number = int.from_bytes(hashlib.sha256(f"{seed}/{step.id}".encode()).digest()[:8]) >> (64 - _BITS)
    # A generator goes on from slice to slice, where a number would repeat itself; CuPy has generators of its own.
    takes_generator = "rng" in parameter.types and entry.input_memory_type == "numpy"
    given = {"$rng": number} if takes_generator else number
    return msgspec.structs.replace(step, params={**step.params, parameter.name: given})
