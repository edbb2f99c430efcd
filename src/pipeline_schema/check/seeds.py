"""Seeds: functions that draw random numbers, and steps that do not say which."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pipeline_schema.document import Pipeline
from pipeline_schema.problems import Problem, pointer
from registry.entry import FunctionEntry

__all__ = ["find_unseeded_steps"]

_SEEDS = ("rng", "seed", "random_state", "random_seed")


def find_unseeded_steps(pipeline: Pipeline, entries: Sequence[FunctionEntry | None]) -> Iterator[Problem]:
    """Steps that give another result each time they run."""
    for index, (step, entry) in enumerate(zip(pipeline.steps, entries, strict=True)):
        if entry is None or "random" not in entry.traits:
            continue
        name = next((seed for seed in _SEEDS if entry.parameter(seed) is not None), None)
        if name is None:
            advice = "it takes no seed"
        elif step.params.get(name) is not None or name in (step.inputs or {}):
            continue
        else:
            advice = f'set {name}, for example {{"$rng": 0}}'
        yield Problem(
            code="unseeded",
            severity="warning",
            message=f"{entry.key} draws random numbers and gives another result each time; {advice}",
            pointer=pointer("steps", index),
            step=step.id,
            parameter=name,
        )
