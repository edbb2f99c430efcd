"""References, as far as the catalog knows results: items that exist, and steps whose result is of use."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pipeline_schema.document import Pipeline, Step
from pipeline_schema.graph import FLOW, parse_reference, references
from pipeline_schema.problems import Problem, closest, pointer
from registry.entry import FunctionEntry

__all__ = ["find_item_problems", "find_unused_steps"]

# Results of these kinds have no items: arrays and numbers. (Those of a table are its columns.)
_WHOLE = ("image", "labels", "mask", "points", "scalar")


def find_item_problems(pipeline: Pipeline, entries: Sequence[FunctionEntry | None]) -> Iterator[Problem]:
    """Items that a step's result does not have, and what is asked of steps that are switched off.

    Parameters
    ----------
    pipeline : Pipeline
        Expanded.
    entries : sequence
        One for each step, None where the function is not known.
    """
    made = {step.id: (step, entry) for step, entry in zip(pipeline.steps, entries, strict=True)}
    for at, text, user in _references(pipeline):
        ref = parse_reference(text)
        if ref is None or ref.base not in made:
            continue
        source, entry = made[ref.base]
        message: str | None = None
        near: tuple[str, ...] = ()
        if not source.options.enabled:
            message = _passed_on(source, entry, ref.item)
        elif ref.item is not None and entry is not None:
            message = _missing_item(source, entry, ref.base, ref.item)
            near = closest(ref.item, [output.name for output in entry.outputs])
        if message is not None:
            parameter = None if user is None else str(at[3])
            yield Problem(
                code="bad-reference",
                message=message,
                pointer=pointer(*at),
                step=None if user is None else user.id,
                parameter=parameter,
                suggestions=tuple(f"{ref.base}.{name}" for name in near),
            )


def find_unused_steps(pipeline: Pipeline) -> Iterator[Problem]:
    """Steps whose result nothing takes: neither another step nor an output of the (expanded) pipeline."""
    used = {ref.base for _, text, _ in _references(pipeline) if (ref := parse_reference(text)) is not None}
    for index, step in enumerate(pipeline.steps):
        if step.id not in used:
            yield Problem(
                code="unused-step",
                severity="warning",
                message=f"nothing uses the result of {step.id!r}; name it in outputs, or leave the step out",
                pointer=pointer("steps", index),
                step=step.id,
            )


def _references(pipeline: Pipeline) -> Iterator[tuple[tuple[str | int, ...], str, Step | None]]:
    for index, step in enumerate(pipeline.steps):
        for path, text in references(step):
            yield ("steps", index, *path), text, step
    for name, text in (pipeline.outputs or {}).items():
        yield ("outputs", name), text, None


def _passed_on(source: Step, entry: FunctionEntry | None, item: str | None) -> str | None:
    if item is not None:
        return f"{source.id!r} is switched off and passes on what it is given, which has no item {item!r}"
    inputs = source.inputs or {}
    flow = entry.flow if entry is not None else None
    passed = inputs.get(FLOW, inputs.get(flow or ""))
    if entry is not None and (not isinstance(passed, str) or (flow is None and FLOW not in inputs)):
        return f"{source.id!r} is switched off, and there is nothing bound to {FLOW!r} that it could pass on"
    return None


def _missing_item(step: Step, entry: FunctionEntry, base: str, item: str) -> str | None:
    names = [output.name for output in entry.outputs]
    if len(names) < 2:
        if entry.kind not in _WHOLE or _may_give_more(step, entry):
            return None
        return f"{base!r} ({entry.key}) gives one result, which has no item {item!r}; write {base!r}"
    if item in names or (item.isdecimal() and int(item) < len(names)):
        return None
    listed = ", ".join(f"{base}.{name}" for name in names)
    return f"{base!r} has {len(names)} results ({listed}), and {item!r} is none of them"


def _may_give_more(step: Step, entry: FunctionEntry) -> bool:
    """Whether a step says something that makes some functions give a tuple, such as ``return_num: true``."""
    said = {*step.params, *(step.inputs or {})}
    return any(isinstance(p.default, bool) and p.name in said for p in entry.parameters)
