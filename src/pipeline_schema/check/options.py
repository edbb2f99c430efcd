"""Options of a step: values that exist, and a memory type that the function works in."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline_schema.document import Step
from pipeline_schema.problems import Problem, closest, pointer
from registry.entry import FunctionEntry
from registry.options import wrong_options

__all__ = ["find_option_problems"]


def find_option_problems(step: Step, entry: FunctionEntry | None, index: int) -> Iterator[Problem]:
    """What is wrong with the options of a step.

    Parameters
    ----------
    step : Step
        With its id written out.
    entry : FunctionEntry or None
        Of its function, None where that is not known.
    index : int
        Of the step in the document.
    """
    for name, message, known in wrong_options(step.options):
        near = closest(str(getattr(step.options, name)), known)
        at = pointer("steps", index, "options", name)
        yield Problem(code="invalid-value", message=message, pointer=at, step=step.id, suggestions=near)
    memory = step.options.memory
    if memory is not None and entry is not None and memory != entry.input_memory_type:
        yield Problem(
            code="invalid-value",
            message=f"{entry.key} works in {entry.input_memory_type} memory, not in {memory}; leave the option out",
            pointer=pointer("steps", index, "options", "memory"),
            step=step.id,
            suggestions=(entry.input_memory_type,),
        )
