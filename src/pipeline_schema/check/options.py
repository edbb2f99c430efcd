"""Options of a step: values that exist, and that its function can honour."""

from __future__ import annotations

import functools
from collections.abc import Iterator

from pipeline_schema.document import Step
from pipeline_schema.problems import Problem, closest, pointer
from registry.entry import FunctionEntry
from registry.options import CallOptions, unfit_options, wrong_options

__all__ = ["find_option_problems"]

_DEFAULT = CallOptions()


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
    options = step.options.call
    if options == _DEFAULT:
        return  # as most steps are: nothing said can't be wrong
    # Loaded only for steps that have options: what they need to know of arrays is a third of what a check loads.
    from registry.memory import held_dtype
    from registry.recovery import cpu_counterpart
    from registry.slicing import gives_labels

    found = wrong_options(options)
    said = {wrong.name for wrong in found}
    if entry is not None:
        held_as = functools.partial(held_dtype, entry.output_memory_type)
        unfit = unfit_options(
            options,
            library=entry.library,
            memory_type=entry.input_memory_type,
            labels=gives_labels(entry),
            held_as=held_as,
            has_twin=lambda: cpu_counterpart(entry) is not None,
        )
        found += [wrong._replace(message=f"{entry.key}: {wrong.message}") for wrong in unfit if wrong.name not in said]
    for name, message, known in found:
        near = closest(str(getattr(options, name)), known) or (known if len(known) == 1 else ())
        at = pointer("steps", index, "options", name)
        yield Problem(code="invalid-value", message=message, pointer=at, step=step.id, suggestions=near)
