"""Seeds: functions that draw random numbers, and steps that do not say which; and functions that remember.

Both give another result each time. For the first there is a seed to set; the second keep something between calls, or
read memory that nobody set, and there is nothing to set.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pipeline_schema.document import Pipeline
from pipeline_schema.problems import Problem, pointer
from registry.entry import FunctionEntry

__all__ = ["find_unseeded_steps"]

# What the trials say of a result that two calls did not share.
_UNSTEADY = "not the same twice"
_SEEDS = ("rng", "seed", "random_state", "random_seed")


def find_unseeded_steps(pipeline: Pipeline, entries: Sequence[FunctionEntry | None]) -> Iterator[Problem]:
    """Steps that give another result each time they run."""
    for index, (step, entry) in enumerate(zip(pipeline.steps, entries, strict=True)):
        if entry is not None and "stateful" in entry.traits and step.options.enabled:
            yield _unsteady(entry, index, step.id)
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


def _unsteady(entry: FunctionEntry, index: int, step: str | None) -> Problem:
    """A function with hidden state: a warning where every image showed it, a note where only some did."""
    results = entry.observed.results if entry.observed is not None else {}
    shown = [image for image, result in results.items() if result.endswith(_UNSTEADY)]
    only = f" for some images ({', '.join(shown)})" if 0 < len(shown) < len(results) else ""
    return Problem(
        code="unseeded",
        severity="note" if only else "warning",
        message=(
            f"{entry.key} keeps hidden state and may give another result each time{only}; it takes no seed, so run it "
            "in a process of its own where results must repeat, or take another function"
        ),
        pointer=pointer("steps", index),
        step=step,
    )
