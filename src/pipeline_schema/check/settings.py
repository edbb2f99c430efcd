"""Values that a run may set: the defaults of inputs, and what replaces them, judged where they are bound.

An input with a default is a parameter of the pipeline. Its value goes to functions as a constant does, and is judged
as one: by every function that takes it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pipeline_schema import graph
from pipeline_schema.check.functions import Functions
from pipeline_schema.check.origins import Origins, bindings
from pipeline_schema.document import Pipeline
from pipeline_schema.errors import DocumentError
from pipeline_schema.graph import FLOW
from pipeline_schema.problems import Problem, pointer
from pipeline_schema.values import encode, parse
from registry.arguments import judge
from registry.entry import FunctionEntry

__all__ = ["find_default_problems", "find_setting_problems"]


def find_setting_problems(document: Pipeline, settings: Mapping[str, Any]) -> list[Problem]:
    """Find the values of inputs that the functions which they are bound to do not take.

    Parameters
    ----------
    document : Pipeline
    settings : mapping
        Values by input, in the document's notation or Python's; a name that is no input is passed over.

    Returns
    -------
    list of Problem
        Each with the input's default as its place, and the input as its parameter.
    """
    pipeline = graph.expand(document)
    functions = Functions()
    entries = [functions.entry(step.function) for step in pipeline.steps]
    return list(_find_problems(pipeline, entries, settings))


def find_default_problems(pipeline: Pipeline, entries: Sequence[FunctionEntry | None]) -> Iterator[Problem]:
    """Defaults of inputs that the functions which they are bound to do not take.

    Parameters
    ----------
    pipeline : Pipeline
        Expanded.
    entries : sequence
        One for each step, None where the function is not known.
    """
    defaults = {name: declared.default for name, declared in pipeline.inputs.items() if declared.has_default}
    yield from _find_problems(pipeline, entries, defaults)


def _find_problems(
    pipeline: Pipeline, entries: Sequence[FunctionEntry | None], settings: Mapping[str, Any]
) -> Iterator[Problem]:
    values = {name: value for name, given in settings.items() if (value := _read(given)) is not _UNREADABLE}
    if not values:
        return
    origins = Origins(pipeline, entries)
    for step, entry in zip(pipeline.steps, entries, strict=True):
        if entry is None or not step.options.enabled:
            continue
        for parameter, (written, reference) in bindings(step, entry).items():
            origin = origins.find(reference, first=written == FLOW) if isinstance(reference, str) else None
            if origin is None or origin.step is not None or origin.item is not None or origin.name not in values:
                continue
            for fault in judge(entry, {parameter: values[origin.name]}):
                yield Problem(
                    code="invalid-value",
                    message=f"step {step.id!r} ({entry.key}) is given input {origin.name!r}: {fault.message}",
                    pointer=pointer("inputs", origin.name, "default"),
                    step=step.id,
                    parameter=origin.name,
                    suggestions=fault.suggestions,
                )


_UNREADABLE = object()


def _read(given: Any) -> Any:
    """A value in Python's notation; what can't be read is somebody else's to report."""
    problems: list[Problem] = []
    try:
        value = parse(encode(given), problems, ())
    except DocumentError:
        return _UNREADABLE
    return _UNREADABLE if problems else value
