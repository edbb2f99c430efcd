"""Fan-out: which steps read the same array in the same other memory, so that it is brought there once."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from pipeline_schema.wiring import Getter, Source, Wiring
from registry.decorate import Function
from registry.memory import Place

__all__ = ["HOST", "Reading", "find_shared"]

HOST = Place("numpy")
"""Where outputs are brought to."""


@dataclass(frozen=True, slots=True)
class Reading:
    """A step reads what others read in the same place.

    Attributes
    ----------
    parameter : str
        For which it reads.
    get : callable
        What it reads, from the slots.
    place : Place
        Where it needs it.
    last : bool
        Whether no step after it reads it there.
    output : bool
        Whether an output reads it there in the end, where outputs are brought to the host.
    """

    parameter: str
    get: Getter
    place: Place
    last: bool
    output: bool


def find_shared(
    wiring: Wiring, functions: Mapping[int, Function], outputs: Collection[str]
) -> dict[str, tuple[Reading, ...]]:
    """Find what is read more than once in one place, where it was not made.

    Parameters
    ----------
    wiring : Wiring
    functions : mapping of Function
        By the index of the step, of those that run.
    outputs : collection of str
        The references of the pipeline's outputs.

    Returns
    -------
    dict of tuple of Reading
        By the id of the step; steps that share nothing are not in it.

    Notes
    -----
    A step with ``slice_by_slice`` shares nothing: it brings its slices one by one, and the whole may not fit.
    """
    made_at = {wiring.step_id(index): _where_made(function) for index, function in functions.items()}
    readers: dict[tuple[Source, Place], list[tuple[int, str, Getter]]] = {}
    for index, function in functions.items():
        if function.options.slice_by_slice:
            continue
        place = Place(function.input_memory_type, function.device)
        for parameter, source, get in wiring.sources(index):
            found = function.entry.parameter(parameter)
            if found is not None and found.role == "data" and made_at.get(source.base) != place:
                readers.setdefault((source, place), []).append((index, parameter, get))
    put_out = {wiring.source(text) for text in outputs}
    shared: dict[str, list[Reading]] = {}
    for (source, place), reading in readers.items():
        output = place == HOST and source in put_out
        if len(reading) + output < 2:
            continue
        last = reading[-1][0]
        for index, parameter, get in reading:
            here = Reading(parameter, get, place, last=index == last, output=output)
            shared.setdefault(wiring.step_id(index), []).append(here)
    return {name: tuple(found) for name, found in shared.items()}


def _where_made(function: Function) -> Place:
    there = function.output_memory_type
    return Place(there, function.device if there == function.input_memory_type else None)
