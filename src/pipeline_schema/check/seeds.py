"""Seeds: functions that draw random numbers, and steps that do not say which; and functions that remember.

Both give another result each time. For the first there is a seed to set; the second keep something between calls, or
read memory that nobody set, and there is nothing to set.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pipeline_schema.document import Pipeline, Step
from pipeline_schema.problems import Problem, pointer
from registry.entry import FunctionEntry, Parameter

__all__ = ["find_open_seed", "find_unseeded_steps", "remembers"]

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
        parameter = find_open_seed(step, entry)
        if parameter is not None:
            advice = f'set {parameter.name}, for example {{"$rng": 0}}, or run it with --seed'
        elif _seed_parameter(entry) is None:
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


def find_open_seed(step: Step, entry: FunctionEntry) -> Parameter | None:
    """The parameter by which a step could be told which random numbers to draw, and is not.

    Parameters
    ----------
    step : Step
    entry : FunctionEntry
        Of its function.

    Returns
    -------
    Parameter or None
        None as well where nothing is drawn, or always the same by default.
    """
    parameter = _seed_parameter(entry) if "random" in entry.traits else None
    if parameter is None or parameter.name in (step.inputs or {}):
        return None
    return parameter if step.params.get(parameter.name, parameter.default) is None else None


def remembers(entry: FunctionEntry) -> bool:
    """Whether a function keeps something between calls, as every image showed on which it was tried."""
    return "stateful" in entry.traits and not _only_for(entry)


def _seed_parameter(entry: FunctionEntry) -> Parameter | None:
    return next((found for name in _SEEDS if (found := entry.parameter(name)) is not None), None)


def _only_for(entry: FunctionEntry) -> list[str]:
    """The images of the trials that showed it, where others did not: there it depends on what is asked of it."""
    results = entry.observed.results if entry.observed is not None else {}
    shown = [image for image, result in results.items() if result.endswith(_UNSTEADY)]
    return shown if len(shown) < len(results) else []


def _unsteady(entry: FunctionEntry, index: int, step: str | None) -> Problem:
    """A function with hidden state: a warning where every image showed it, a note where only some did."""
    shown = _only_for(entry)
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
