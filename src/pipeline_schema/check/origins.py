"""Origins: who makes what a reference leads to, and of which kind it is, as far as document and catalogs tell.

Of a document that may have other problems: what leads nowhere has no origin.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from pipeline_schema.document import Pipeline, Reference, Step
from pipeline_schema.graph import FLOW, parse_reference
from registry.entry import FunctionEntry, FunctionKind

__all__ = ["Origin", "Origins", "bindings"]


class Origin(NamedTuple):
    """What a reference leads to, past steps that are switched off.

    Attributes
    ----------
    name : str
        Of an input of the pipeline, or the id of a step.
    item : str or None
        Which of its results; None is all that it gives.
    first : bool
        Whether the first of several is taken, as ``@`` does.
    step : Step or None
        None of an input.
    entry : FunctionEntry or None
        Of the step's function; None of an input, and where the function is not known.
    """

    name: str
    item: str | None
    first: bool
    step: Step | None
    entry: FunctionEntry | None


class Origins:
    """Where the values of one pipeline come from.

    Parameters
    ----------
    pipeline : Pipeline
        Expanded.
    entries : sequence
        One for each step, None where the function is not known.
    """

    def __init__(self, pipeline: Pipeline, entries: Sequence[FunctionEntry | None]) -> None:
        self._inputs = pipeline.inputs
        self._steps = {str(step.id): (step, entry) for step, entry in zip(pipeline.steps, entries, strict=True)}

    def find(self, reference: str, *, first: bool = False) -> Origin | None:
        """Follow a reference; None if it leads nowhere, or in a circle."""
        seen: set[str] = set()
        while (ref := parse_reference(reference)) is not None and ref.base not in seen:
            seen.add(ref.base)
            if ref.base in self._inputs:
                return Origin(ref.base, ref.item, first, None, None)
            if ref.base not in self._steps:
                return None
            step, entry = self._steps[ref.base]
            if step.options.enabled:
                return Origin(ref.base, ref.item, first, step, entry)
            inputs = step.inputs or {}
            flow = entry.flow if entry is not None else None
            passed = inputs.get(FLOW, inputs.get(flow or ""))
            if not isinstance(passed, str):
                return None
            reference, first = passed, first or FLOW in inputs
        return None

    def kind(self, origin: Origin) -> FunctionKind:
        """Of what kind a value is; ``unknown`` also of several results together."""
        if origin.step is None:
            return self._inputs[origin.name].kind or "unknown"  # type: ignore[return-value]
        if origin.entry is None:
            return "unknown"
        outputs = origin.entry.outputs
        if len(outputs) < 2:
            return origin.entry.kind if origin.item is None else "unknown"
        names = [output.name for output in outputs]
        item = "0" if origin.item is None and origin.first else origin.item
        if item is None or not (item in names or (item.isdecimal() and int(item) < len(names))):
            return "unknown"
        return outputs[names.index(item) if item in names else int(item)].kind


def bindings(step: Step, entry: FunctionEntry) -> dict[str, tuple[str, Reference]]:
    """What is bound to each parameter of an expanded step: the name in its ``inputs``, and the reference."""
    bound = {}
    for name, reference in (step.inputs or {}).items():
        parameter = entry.flow if name == FLOW else name
        if parameter is not None:
            bound[parameter] = (name, reference)
    return bound
