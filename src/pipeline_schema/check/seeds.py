"""Steps that give another result each time they run, and what can be done about it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pipeline_schema.document import Pipeline
from pipeline_schema.problems import Problem, pointer
from pipeline_schema.unsteady import find_open_seed, seed_parameter, unsteady_images
from registry.entry import FunctionEntry

__all__ = ["find_unseeded_steps"]


def find_unseeded_steps(pipeline: Pipeline, entries: Sequence[FunctionEntry | None]) -> Iterator[Problem]:
    """Steps that give another result each time they run."""
    for index, (step, entry) in enumerate(zip(pipeline.steps, entries, strict=True)):
        if entry is not None and "stateful" in entry.traits and step.options.enabled:
            yield _unsteady(entry, index, step.id)
        if entry is None or "random" not in entry.traits:
            continue
        parameter = find_open_seed(step, entry)
        if parameter is not None:
            advice = f'set {parameter.name}, for example {{"$rng": 0}}, or run it with --seed'
        elif seed_parameter(entry) is None:
            advice = "it takes no seed"
        else:
            continue
        yield Problem(
            code="unseeded",
            severity="warning",
            message=f"{entry.key} draws random numbers and gives another result each time; {advice}",
            pointer=pointer("steps", index),
            step=step.id,
            parameter=None if parameter is None else parameter.name,
        )


def _unsteady(entry: FunctionEntry, index: int, step: str | None) -> Problem:
    """A function with hidden state: a warning where every image showed it, a note where only some did."""
    shown = unsteady_images(entry)
    only = f" for some images ({', '.join(shown)})" if shown else ""
    advice = (
        "pipeline run --fresh gives each image a process of its own"
        if only
        else "pipeline run gives each image a process of its own for it"
    )
    return Problem(
        code="unseeded",
        severity="note" if only else "warning",
        message=(
            f"{entry.key} keeps hidden state and may give another result each time{only}; it takes no seed. {advice}"
        ),
        pointer=pointer("steps", index),
        step=step,
    )
