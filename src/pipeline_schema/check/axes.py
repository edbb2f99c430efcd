"""Axes: where a stack reaches a function that may see it as one image or as many, and the step does not say which."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Literal

from msgspec import UNSET

from pipeline_schema.codec.reading import AXES
from pipeline_schema.document import Pipeline, Step
from pipeline_schema.graph import FLOW, order, parse_reference
from pipeline_schema.problems import Problem, pointer
from registry.entry import FunctionEntry

__all__ = ["find_ambiguous_axes", "find_axes_problems"]

_STACKED = frozenset("TCZ")
_IMAGES = ("image", "labels", "mask")
# NumPy's functions work on single values or are told their axis; those of builtin say what they do with a stack.
_UNAMBIGUOUS = ("numpy", "cupy", "builtin")

# What a function gave for a stack, beside what it gave for its slices.
_SEEN = {
    "slices": "the same for a stack as for its slices",
    "values": "other values for a stack than for its slices",
    "shape": "another shape for a stack than for its slices",
    "error": "an error for a stack",
}


def find_axes_problems(pipeline: Pipeline) -> Iterator[Problem]:
    """Axes of inputs that are no axes."""
    for name, declared in pipeline.inputs.items():
        if declared.axes is None:
            continue
        axes = declared.axes.upper()
        if axes and set(axes) <= set(AXES) and len(set(axes)) == len(axes):
            continue
        why = "F is reserved" if "F" in axes else "each letter once"
        yield Problem(
            code="invalid-value",
            message=f"the axes {declared.axes!a} of input {name!r} are not letters of {' '.join(AXES)} ({why})",
            pointer=pointer("inputs", name, "axes"),
        )


def find_ambiguous_axes(
    pipeline: Pipeline, entries: Sequence[FunctionEntry | None], *, strict: bool
) -> Iterator[Problem]:
    """Steps that a stack flows into and that say nothing of ``slice_by_slice``.

    Followed from inputs with axes T, C or Z along flow parameters, through functions that make images of images.

    Parameters
    ----------
    pipeline : Pipeline
        Expanded.
    entries : sequence
        One for each step, None where the function is not known.
    strict : bool
        Whether that is an error instead of a warning.
    """
    severity: Literal["error", "warning"] = "error" if strict else "warning"
    axes_of = {name: (declared.axes or "").upper() for name, declared in pipeline.inputs.items()}
    if not any(len(axes) > 2 for axes in axes_of.values()):
        return
    for index in order(pipeline):
        step, entry = pipeline.steps[index], entries[index]
        source = _source(step, entry)
        axes = axes_of.get(source, "")
        if source in pipeline.inputs and step.options.enabled and step.options.slice_by_slice is True:
            yield from _sliced_otherwise(axes, index, step.id)
        if entry is None or not _STACKED & set(axes):
            continue
        if not step.options.enabled:
            axes_of[str(step.id)] = axes
            continue
        if entry.kind not in _IMAGES:
            continue
        if entry.library != "builtin":
            axes_of[str(step.id)] = axes
        message = _unsaid(entry, axes, step.options.slice_by_slice) if entry.library not in _UNAMBIGUOUS else None
        if message is not None:
            is_said = step.options.slice_by_slice is not UNSET
            yield Problem(
                code="axis-ambiguous",
                severity="warning" if is_said else severity,
                message=message,
                pointer=pointer("steps", index, *(("options", "slice_by_slice") if is_said else ())),
                step=step.id,
            )


def _sliced_otherwise(axes: str, index: int, step: str | None) -> Iterator[Problem]:
    """Where ``true`` takes no planes, since others than rows and columns come last; of inputs, whose axes are sure."""
    last = axes[-2:]
    if len(axes) < 3 or set(last) == {"Y", "X"}:
        return
    stacked = "".join(letter for letter in axes if letter in _STACKED)
    advice = f'name the axes to go along: "{stacked}"' if stacked else "leave it out: the picture is one image"
    yield Problem(
        code="axis-ambiguous",
        severity="warning",
        message=(
            f"slice_by_slice true goes along all axes but the last two, which are {', '.join(last)} of {axes} and no "
            f"rows and columns; {advice}"
        ),
        pointer=pointer("steps", index, "options", "slice_by_slice"),
        step=step,
    )


def _unsaid(entry: FunctionEntry, axes: str, said: object) -> str | None:
    """What is to say of a stack that flows into a function, by what the step says and what trials saw."""
    seen = entry.observed.stack if entry.observed is not None else ""
    stacked = "".join(letter for letter in axes if letter in _STACKED)
    sliced = f'"options": {{"slice_by_slice": "{stacked}"}} calls it for each 2-D slice'
    flows = f"a stack of axes {axes} flows into {entry.key}"
    if said is False and seen == "error":
        return f"{flows}, which gave an error for stacks in trials; {sliced}"
    if said is not UNSET:
        return None
    trials = f" (in trials it gave {_SEEN[seen]})" if seen in _SEEN else ""
    return f"{flows}, which may see one image or many{trials}; say which: {sliced}, false for the stack as a whole"


def _source(step: Step, entry: FunctionEntry | None) -> str:
    """Who makes what flows into a step; empty if nothing does, or several."""
    inputs = step.inputs or {}
    flow = entry.flow if entry is not None else None
    reference = inputs.get(FLOW, inputs.get(flow or ""))
    parsed = parse_reference(reference) if isinstance(reference, str) else None
    return parsed.base if parsed is not None else ""
