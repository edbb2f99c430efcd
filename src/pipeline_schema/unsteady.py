"""Functions that give another result each time: they draw random numbers, or keep something between calls.

For the first there is a seed to set. The second remember, or read memory that nobody set, and there is nothing to set.
"""

from __future__ import annotations

from pipeline_schema.document import Step
from registry.entry import FunctionEntry, Parameter

__all__ = ["find_open_seed", "remembers", "seed_parameter", "unsteady_images"]

# What the trials say of a result that two calls did not share.
_UNSTEADY = "not the same twice"
_SEEDS = ("rng", "seed", "random_state", "random_seed")


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
    parameter = seed_parameter(entry) if "random" in entry.traits else None
    if parameter is None or parameter.name in (step.inputs or {}):
        return None
    return parameter if step.params.get(parameter.name, parameter.default) is None else None


def remembers(entry: FunctionEntry) -> bool:
    """Whether a function keeps something between calls, as every image showed on which it was tried."""
    return "stateful" in entry.traits and not unsteady_images(entry)


def seed_parameter(entry: FunctionEntry) -> Parameter | None:
    """The parameter that tells a function which random numbers to draw, if it has one."""
    return next((found for name in _SEEDS if (found := entry.parameter(name)) is not None), None)


def unsteady_images(entry: FunctionEntry) -> list[str]:
    """The images of the trials that showed it, where others did not: there it depends on what is asked of it."""
    results = entry.observed.results if entry.observed is not None else {}
    shown = [image for image, result in results.items() if result.endswith(_UNSTEADY)]
    return shown if len(shown) < len(results) else []
