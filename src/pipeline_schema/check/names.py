"""Names of parameters: those that a step binds exist, are bound once, and none that is needed is left out."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from pipeline_schema.check.deprecation import Renaming, find_deprecations, former_name
from pipeline_schema.document import Step
from pipeline_schema.graph import FLOW
from pipeline_schema.problems import Problem, closest, pointer
from registry.entry import FunctionEntry

__all__ = ["find_call_problems", "find_step_problems"]

Place = tuple[str | int, ...]


def find_step_problems(written: Step, step: Step, entry: FunctionEntry, at: Place) -> Iterator[Problem]:
    """What is wrong with the names in ``params`` and ``inputs`` of a step.

    Parameters
    ----------
    written, step : Step
        As in the document, and with everything written out.
    entry : FunctionEntry
        Of the step's function.
    at : tuple
        Where the step stands.
    """
    inputs = step.inputs or {}
    if FLOW in inputs and entry.flow is None and written.inputs is not None:
        yield Problem(
            code="bad-reference",
            message=f"{entry.key} has no flow parameter that {FLOW!r} could stand for; name the parameter instead",
            pointer=pointer(*at, "inputs", FLOW),
            step=step.id,
            parameter=FLOW,
        )
    if FLOW in inputs and entry.flow is not None:
        yield from _bound_twice(written, step, entry.flow, at)
    for name in (name for name in step.params if name in inputs):
        yield _twice(name, "in inputs and in params", (*at, "params", name), step)
    for name in inputs:
        if name != FLOW:
            yield from _unknown(name, entry, (*at, "inputs", name), step.id, constant=False)
    bound = {*step.params, *inputs, *([entry.flow] if FLOW in inputs and entry.flow else [])}
    dry = entry.flow if written.inputs is None and FLOW not in inputs else None
    yield from find_call_problems(entry, step.params, at, step.id, bound=bound, dry=dry, inputs=inputs)


def find_call_problems(
    entry: FunctionEntry,
    params: Collection[str],
    at: Place,
    step: str | None,
    *,
    bound: Collection[str] | None = None,
    dry: str | None = None,
    partial: bool = False,
    inputs: Collection[str] = (),
    tag: str = "function",
) -> Iterator[Problem]:
    """What is wrong with the names of constants: of a step, or of a ``$call`` or ``$function`` within a value.

    Parameters
    ----------
    entry : FunctionEntry
        Of the function that is called.
    params : collection of str
        The names in ``params``.
    at : tuple
        Where the call stands.
    step : str or None
        The id of the step that it is part of.
    bound : collection of str, optional
        All names that are bound; by default those of `params`.
    dry : str, optional
        The flow parameter of a step into which nothing flows: it is the first, and the document has no inputs.
    partial : bool
        Whether what is needed may be left out, since who calls the function will give it.
    inputs : collection of str
        The names in the ``inputs`` of a step.
    tag : str
        The name under which the key stands there.
    """
    for name in params:
        yield from _unknown(name, entry, (*at, "params", name), step, constant=True)
    given = [(name, "params") for name in params] + [(name, "inputs") for name in inputs]
    yield from find_deprecations(entry, given, at, (*at, tag), step)
    if partial:
        return
    have = params if bound is None else bound
    for parameter in entry.parameters:
        if not parameter.required or parameter.role == "output" or parameter.kind in ("var_positional", "var_keyword"):
            continue
        if parameter.name not in have:
            how = "set it in params" if bound is None else "set it in params or bind it in inputs"
            if parameter.name == dry:
                how = 'nothing flows into a document without inputs; write "inputs": {"image": {}} before "steps"'
            yield Problem(
                code="missing-parameter",
                message=f"{entry.key} needs {parameter.name}; {how}",
                pointer=pointer(*at),
                step=step,
                parameter=parameter.name,
            )


def _names(entry: FunctionEntry) -> Iterator[str]:
    return (p.name for p in entry.parameters if p.kind != "var_keyword" and p.settable)


def _unknown(name: str, entry: FunctionEntry, at: Place, step: str | None, *, constant: bool) -> Iterator[Problem]:
    parameter = entry.parameter(name)
    if parameter is not None and parameter.role == "output" and not (constant and parameter.settable):
        message = (
            f"{name} of {entry.key} is where a library writes its result; leave it out, the step's result is the same"
        )
        yield Problem(code="invalid-value", message=message, pointer=pointer(*at), step=step, parameter=name)
    elif parameter is not None and parameter.kind != "var_keyword":
        return
    elif (renaming := former_name(entry, name)) is not None:
        yield _renamed(name, renaming, entry, at, step)
    elif not entry.takes_any_keyword:
        known = list(_names(entry))
        near = closest(name, known)
        has = f"it has {', '.join(known)}" if known else "it has none"
        yield Problem(
            code="unknown-parameter",
            message=f"{entry.key} has no parameter {name!r:.80}" + ("" if near else f"; {has}"),
            pointer=pointer(*at),
            step=step,
            parameter=name,
            suggestions=near,
        )


def _renamed(name: str, renaming: Renaming, entry: FunctionEntry, at: Place, step: str | None) -> Problem:
    """A name that the function had in another version, which is no slip: what it became is known."""
    same = "means something else now, so read its documentation" if renaming.differs else "means the same"
    return Problem(
        code="deprecated",
        message=f"{entry.key} no longer has a parameter {name!r}; it is called {renaming.name}, and {same}",
        pointer=pointer(*at),
        step=step,
        parameter=name,
        suggestions=() if renaming.differs else (renaming.name,),
    )


def _bound_twice(written: Step, step: Step, flow: str, at: Place) -> Iterator[Problem]:
    """The flow parameter, given under its own name beside ``@``."""
    if flow in (step.inputs or {}):
        yield _twice(flow, f"in inputs under its name and as {FLOW!r}", (*at, "inputs", flow), step)
    if flow in step.params:
        how = f"in inputs as {FLOW!r} and in params"
        if written.inputs is None:
            how = 'in params and by the step before, which flows into it unless the step says "inputs": {}'
        yield _twice(flow, how, (*at, "params", flow), step)


def _twice(name: str, how: str, at: Place, step: Step) -> Problem:
    message = f"{name} is given twice: {how}"
    return Problem(code="invalid-value", message=message, pointer=pointer(*at), step=step.id, parameter=name)
