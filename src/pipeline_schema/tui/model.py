"""What a person does to a document, without a screen: add a step, set a parameter, bind, move, take it back.

A `Pipeline` is replaced at each change and never altered, so a check or a run that goes on elsewhere keeps what it got.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import msgspec

from pipeline_schema import graph
from pipeline_schema.document import NAME_PATTERN, Input, Pipeline, Reference, Step
from pipeline_schema.errors import UsageError
from registry.catalog import lookup
from registry.entry import FunctionEntry
from registry.errors import RegistryError

__all__ = ["Editor", "find_entry"]

_MOST_UNDONE = 100


def find_entry(key: str) -> FunctionEntry | None:
    """What is known about a function; None if nothing is."""
    try:
        return lookup(key)
    except RegistryError:
        return None


class Editor:
    """A document that is being edited.

    Parameters
    ----------
    pipeline : Pipeline, optional
        By default an empty one that takes an image.
    """

    def __init__(self, pipeline: Pipeline | None = None) -> None:
        self.pipeline = pipeline if pipeline is not None else Pipeline(inputs={"image": Input()})
        self._undo: list[Pipeline] = []
        self._last_change: object = None

    @property
    def ids(self) -> list[str]:
        """The id of every step, also where the document leaves it out."""
        return graph.step_ids(self.pipeline)

    def step(self, index: int) -> Step:
        """A step, as the document writes it."""
        return self.pipeline.steps[index]

    def add(self, key: str, *, after: int | None = None) -> int:
        """Add a step behind another (or at the end); gives its position."""
        index = len(self.pipeline.steps) if after is None else after + 1
        steps = list(self.pipeline.steps)
        steps.insert(index, Step(function=key, id=self._free_id(key)))
        self._replace_steps(steps)
        return index

    def delete(self, index: int) -> None:
        """Take a step out. What referred to it is left for `check` to name."""
        self._replace_steps([step for at, step in enumerate(self.pipeline.steps) if at != index])

    def move(self, index: int, by: int) -> int:
        """Move a step up (-1) or down (1); gives its new position."""
        target = min(max(index + by, 0), len(self.pipeline.steps) - 1)
        if target != index:
            steps = list(self.pipeline.steps)
            steps.insert(target, steps.pop(index))
            self._replace_steps(steps)
        return target

    def rename(self, index: int, name: str) -> None:
        """Give a step another id (an empty one is left out); references follow.

        Raises
        ------
        UsageError
            If it is no id, or is taken.
        """
        before = self.ids[index]
        if name == (self.step(index).id or ""):
            return
        if name and not re.fullmatch(NAME_PATTERN, name, re.ASCII):
            raise UsageError("an id has letters, digits, _ and -, starts with a letter or _, and is at most 64 long")
        if name != before and (name in self.ids or name in self.pipeline.inputs):
            raise UsageError(f"the id {name} is already taken")
        renamed = self._with_step(index, msgspec.structs.replace(self.step(index), id=name or None))
        after = graph.step_ids(renamed)[index]
        # A duplicate keeps its references where they are: they can only mean the first of that name.
        if self.ids.index(before) == index:
            renamed = _refer(renamed, before, after)
        self._commit(renamed, ("id", index))

    def set_param(self, index: int, name: str, value: Any) -> None:
        """Give a parameter a constant, in the document's notation; what it was bound to is dropped."""
        step = self.step(index)
        params = {**step.params, name: value}
        self._commit_step(index, name, params=params, inputs=self._without(index, name))

    def clear(self, index: int, name: str) -> None:
        """Leave a parameter to its default; the flow parameter takes the previous step's result again."""
        step = self.step(index)
        params = {key: value for key, value in step.params.items() if key != name}
        inputs = self._without(index, name)
        flow = self._flow(index)
        if name == flow:
            previous = self._previous(index)
            inputs = {**({graph.FLOW: previous} if previous else {}), **inputs} if inputs else None
        elif not inputs and flow not in params:
            inputs = None
        self._commit_step(index, name, params=params, inputs=inputs)

    def bind(self, index: int, name: str, reference: Reference) -> None:
        """Bind a parameter to a reference, or to a list of them; its constant is dropped."""
        step = self.step(index)
        flow = self._flow(index)
        inputs = dict(step.inputs or {})
        if step.inputs is None and flow is not None and name != flow:
            # Who has inputs says all of them, so what flowed in unsaid is said from now on.
            previous = self._previous(index)
            if previous is not None and flow not in step.params:
                inputs[graph.FLOW] = previous
        written = graph.FLOW if name == flow and name not in inputs else name
        params = {key: value for key, value in step.params.items() if key != name}
        self._commit_step(index, name, params=params, inputs={**inputs, written: reference})

    def set_option(self, index: int, name: str, value: Any) -> None:
        """Set an option of a step, for example ``enabled``."""
        if getattr(self.step(index).options, name) == value:
            return
        options = msgspec.structs.replace(self.step(index).options, **{name: value})
        self._commit_step(index, name, options=options)

    def bound(self, index: int, name: str) -> Reference | None:
        """What a parameter is bound to in the document's own words; None if it says nothing."""
        inputs = self.step(index).inputs or {}
        if name in inputs:
            return inputs[name]
        return inputs.get(graph.FLOW) if name == self._flow(index) else None

    def flows_in(self, index: int, name: str) -> str | None:
        """What flows into a parameter without being said; None if nothing does."""
        step = self.step(index)
        unsaid = step.inputs is None and name == self._flow(index) and name not in step.params
        return self._previous(index) if unsaid else None

    def references(self, index: int) -> list[str]:
        """What a step can refer to: inputs, other steps, and single results of those that have several."""
        found = list(self.pipeline.inputs)
        for at, (name, step) in enumerate(zip(self.ids, self.pipeline.steps, strict=True)):
            if at == index:
                continue
            found.append(name)
            entry = find_entry(step.function)
            if entry is not None and len(entry.outputs) > 1:
                found += [f"{name}.{output.name}" for output in entry.outputs]
        return found

    def undo(self) -> bool:
        """Take the last change back; False if there is none."""
        if not self._undo:
            return False
        self.pipeline = self._undo.pop()
        self._last_change = None
        return True

    def _flow(self, index: int) -> str | None:
        entry = find_entry(self.step(index).function)
        return entry.flow if entry is not None else None

    def _previous(self, index: int) -> str | None:
        return self.ids[index - 1] if index else next(iter(self.pipeline.inputs), None)

    def _without(self, index: int, name: str) -> dict[str, Reference] | None:
        """The inputs of a step, less those of a parameter."""
        inputs = self.step(index).inputs
        if name == self._flow(index):
            return {key: ref for key, ref in (inputs or {}).items() if key not in (name, graph.FLOW)}
        return None if inputs is None else {key: ref for key, ref in inputs.items() if key != name}

    def _free_id(self, key: str) -> str:
        probe = [*self.pipeline.steps, Step(function=key)]
        pinned = [msgspec.structs.replace(s, id=i) for s, i in zip(probe, self.ids, strict=False)]
        return graph.step_ids(msgspec.structs.replace(self.pipeline, steps=[*pinned, probe[-1]]))[-1]

    def _replace_steps(self, steps: Sequence[Step]) -> None:
        before = {id(step): name for step, name in zip(self.pipeline.steps, self.ids, strict=True)}
        changed = msgspec.structs.replace(self.pipeline, steps=list(steps))
        after = graph.step_ids(changed)
        if any(before.get(id(step), name) != name for step, name in zip(steps, after, strict=True)):
            # Unwritten ids count their likes: written down, no reference comes to mean another step.
            pinned = [msgspec.structs.replace(step, id=before.get(id(step), step.id)) for step in steps]
            changed = msgspec.structs.replace(self.pipeline, steps=pinned)
        self._commit(changed, None)

    def _with_step(self, index: int, step: Step) -> Pipeline:
        steps = list(self.pipeline.steps)
        steps[index] = step
        return msgspec.structs.replace(self.pipeline, steps=steps)

    def _commit_step(self, index: int, what: str, **changes: Any) -> None:
        self._commit(self._with_step(index, msgspec.structs.replace(self.step(index), **changes)), (what, index))

    def _commit(self, pipeline: Pipeline, change: object) -> None:
        """Take a new state; letters typed one after the other into one field are one change."""
        if change is None or change != self._last_change:
            self._undo = [*self._undo, self.pipeline][-_MOST_UNDONE:]
        self._last_change = change
        self.pipeline = pipeline


def _refer(pipeline: Pipeline, before: str, after: str) -> Pipeline:
    """The pipeline with every reference to a step rewritten to its new id."""

    def one(text: str) -> str:
        base, dot, item = text.partition(".")
        return f"{after}{dot}{item}" if base == before else text

    def many(reference: Reference) -> Reference:
        return one(reference) if isinstance(reference, str) else [one(text) for text in reference]

    def referring(step: Step) -> Step:
        inputs = {name: many(reference) for name, reference in (step.inputs or {}).items()}
        return msgspec.structs.replace(step, inputs=inputs) if inputs else step

    outputs = {name: one(ref) for name, ref in pipeline.outputs.items()} if pipeline.outputs is not None else None
    return msgspec.structs.replace(pipeline, steps=[referring(step) for step in pipeline.steps], outputs=outputs)
