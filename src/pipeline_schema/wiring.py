"""Wiring: how results travel from step to step.

References become functions that read a slot, switched-off steps are bypassed, and each slot is dropped after its last
reader, so that a long pipeline holds no more arrays than it needs.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from pipeline_schema.document import Pipeline, Reference
from pipeline_schema.graph import FLOW, Ref, order, parse_reference
from registry.entry import FunctionEntry, FunctionKind
from registry.memory import memory_type_of

__all__ = ["Getter", "Slots", "Source", "Wiring", "pick"]

Slots = dict[str, Any]
Getter = Callable[[Slots], Any]

# The axes of what these functions return are those of what flows in.
_KEEPS_AXES = ("image", "labels", "mask")


class Source(NamedTuple):
    """What a reference leads to: two that lead to the same are equal, however they are written.

    Attributes
    ----------
    base : str
        The slot.
    item : int, str or None
        Which of several results, by position where that is known; None is the whole.
    """

    base: str
    item: int | str | None = None


class Wiring:
    """The references of a pipeline, ready to be followed.

    Parameters
    ----------
    pipeline : Pipeline
        Expanded, and free of `bad-reference` and `cycle`.
    entries : sequence of FunctionEntry
        One for each step.
    """

    def __init__(self, pipeline: Pipeline, entries: Sequence[FunctionEntry]) -> None:
        self._pipeline = pipeline
        self._entries = entries
        self._index = {str(step.id): index for index, step in enumerate(pipeline.steps)}
        self.running_order = [index for index in order(pipeline) if pipeline.steps[index].options.enabled]
        self.last_used = self._find_last_used()

    def step_id(self, index: int) -> str:
        """The id of a step."""
        return str(self._pipeline.steps[index].id)

    def bindings(self, index: int) -> dict[str, Reference]:
        """The references of a step by the function's own parameter names, ``@`` resolved."""
        entry, found = self._entries[index], {}
        for parameter, reference in (self._pipeline.steps[index].inputs or {}).items():
            if parameter != FLOW:
                found[parameter] = reference
            elif entry.flow is not None:
                found[entry.flow] = reference
        return found

    def bind(self, index: int) -> dict[str, Getter]:
        """What fetches each bound parameter of a step."""
        flow_only = FLOW in (self._pipeline.steps[index].inputs or {})
        flow = self._entries[index].flow
        return {
            parameter: self.getter(reference, first=flow_only and parameter == flow)
            for parameter, reference in self.bindings(index).items()
        }

    def getter(self, reference: Reference, *, first: bool = False) -> Getter:
        """What fetches a reference; `first` takes the first result of a multi-output function, as ``@`` does."""
        if not isinstance(reference, str):
            getters = [self.getter(text) for text in reference]
            return lambda slots: tuple([get(slots) for get in getters])
        ref, first = self._follow(reference, first)
        base, item = ref
        names = self._output_names(base)
        if item is not None:
            return lambda slots: pick(slots[base], item, names, base)
        if first and len(names) != 1:
            return lambda slots: slots[base][0] if isinstance(slots[base], tuple) and slots[base] else slots[base]
        return lambda slots: slots[base]

    def source(self, reference: str, *, first: bool = False) -> Source:
        """What a reference leads to; `first` as for `getter`."""
        ref, first = self._follow(reference, first)
        names = self._output_names(ref.base)
        if ref.item is not None:
            position = _position(ref.item, names)
            return Source(ref.base, ref.item if position is None else position)
        return Source(ref.base, 0 if first and len(names) > 1 else None)

    def sources(self, index: int) -> Iterator[tuple[str, Source, Getter]]:
        """For each reference of a step, of lists also: the parameter, what it leads to, and what fetches it."""
        flow_only = FLOW in (self._pipeline.steps[index].inputs or {})
        for parameter, reference in self.bindings(index).items():
            first = flow_only and parameter == self._entries[index].flow and isinstance(reference, str)
            for text in [reference] if isinstance(reference, str) else reference:
                yield parameter, self.source(text, first=first), self.getter(text, first=first)

    def reads(self, index: int) -> list[tuple[str, str, str]]:
        """What a step reads: parameter, who makes the value, and how it is taken from what that gives.

        Two steps of one function that read the same in the same way get the same.
        """
        flow_only = FLOW in (self._pipeline.steps[index].inputs or {})
        flow = self._entries[index].flow
        found = []
        for parameter, reference in sorted(self.bindings(index).items()):
            for text in [reference] if isinstance(reference, str) else reference:
                ref, first = self._follow(text, isinstance(reference, str) and flow_only and parameter == flow)
                several = "" if isinstance(reference, str) else "*"
                names = self._output_names(ref.base)
                taken = "first" if ref.item is None and first and len(names) != 1 else ref.item or ""
                found.append((parameter, ref.base, f"{several}{taken}:{','.join(names)}"))
        return found

    def bases(self, reference: str) -> list[str]:
        """Who makes the value that a reference leads to."""
        return list(self._sources(reference))

    def kind(self, reference: str) -> FunctionKind:
        """What a reference leads to, as far as document and catalog know."""
        ref, first = self._follow(reference, False)
        if ref.base in self._pipeline.inputs:
            return self._pipeline.inputs[ref.base].kind or "unknown"  # type: ignore[return-value]
        entry = self._entries[self._index[ref.base]]
        names = self._output_names(ref.base)
        if ref.item is None and not (first and len(names) > 1):
            return entry.kind if len(names) < 2 else "unknown"
        position = 0 if ref.item is None else _position(ref.item, names)
        return entry.outputs[position].kind if position is not None and position < len(names) else "unknown"

    def flow_axes(self, index: int) -> str | None:
        """The axes of what flows into a step; None if not known."""
        source = self.bindings(index).get(self._entries[index].flow or "")
        return self.axes(source) if isinstance(source, str) else None

    def axes(self, reference: str) -> str | None:
        """The axes of an array, as far as declared inputs and kinds of functions tell; None if not known."""
        seen: set[str] = set()
        while True:
            ref, _ = self._follow(reference, False)
            if ref.base in seen:
                return None
            seen.add(ref.base)
            if ref.base in self._pipeline.inputs:
                axes = self._pipeline.inputs[ref.base].axes
                return axes.upper() if axes else None
            index = self._index[ref.base]
            entry = self._entries[index]
            source = self.bindings(index).get(entry.flow or "")
            if self.kind(reference) not in _KEEPS_AXES or not isinstance(source, str):
                return None
            reference = source

    def _follow(self, reference: str, first: bool) -> tuple[Ref, bool]:
        """Past switched-off steps, to who makes the value."""
        while True:
            ref = parse_reference(reference)
            assert ref is not None, reference
            index = self._index.get(ref.base)
            if index is None or self._pipeline.steps[index].options.enabled:
                return ref, first
            inputs = self._pipeline.steps[index].inputs or {}
            flow = self._entries[index].flow
            passed = inputs[FLOW] if FLOW in inputs else inputs[flow or ""]
            assert isinstance(passed, str), passed
            reference, first = passed, first or FLOW in inputs

    def _output_names(self, base: str) -> tuple[str, ...]:
        index = self._index.get(base)
        return () if index is None else tuple(output.name for output in self._entries[index].outputs)

    def _sources(self, reference: Reference) -> Iterator[str]:
        for text in [reference] if isinstance(reference, str) else reference:
            yield self._follow(text, False)[0].base

    def _find_last_used(self) -> dict[int, tuple[str, ...]]:
        kept = {base for text in (self._pipeline.outputs or {}).values() for base in self._sources(text)}
        last: dict[str, int] = {}
        for index in self.running_order:
            last[str(self._pipeline.steps[index].id)] = index
            for reference in self.bindings(index).values():
                for base in self._sources(reference):
                    last[base] = index
        dropped: dict[int, list[str]] = {index: [] for index in self.running_order}
        for base, index in last.items():
            if base not in kept:
                dropped[index].append(base)
        return {index: tuple(names) for index, names in dropped.items()}


def pick(value: Any, item: str, names: tuple[str, ...], base: str) -> Any:
    """One of several results: by position, by the name of an output, or by the key of a mapping.

    An array of one dimension is several results too, as in ``low, high = numpy.percentile(image, (2, 98))``, and the
    fields of an array of records are what a table's columns are. An image has no items: who wants a plane of it says so
    with ``builtin:getitem``.

    Raises
    ------
    LookupError
        If there is no such item; the message names what there is.
    """
    if isinstance(value, Mapping):
        if item in value:
            return value[item]
        raise LookupError(f"{base}.{item}: {base!r} is a table with {', '.join(map(str, value)) or 'no columns'}")
    fields = getattr(getattr(value, "dtype", None), "names", None) or ()
    if item in fields:
        return value[item]
    position = _position(item, names)
    is_row = memory_type_of(value) is not None and len(value.shape) == 1
    if is_row or isinstance(value, (tuple, list)):
        if position is not None and position < len(value):
            return value[position]
        known = ", ".join(fields or names) or "no names"
        raise LookupError(f"{base}.{item}: {base!r} gave {len(value)} results ({known}); positions count from 0")
    what = f"{base!r} gave one {type(value).__name__}"
    if memory_type_of(value) is not None and value.shape:
        shape = tuple(value.shape)
        raise LookupError(
            f"{base}.{item}: {what} of shape {shape}, which has no items; a step of builtin:getitem takes a part of it"
        )
    raise LookupError(f"{base}.{item}: {what}, which has no items")


def _position(item: str, names: tuple[str, ...]) -> int | None:
    if item.isdecimal():
        return int(item)
    return names.index(item) if item in names else None
