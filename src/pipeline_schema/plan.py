"""Plans: a document bound to callables, ready to run in this process.

Planning happens once, running many times: names are looked up, functions resolved and decorated, constants built and
references turned into slots before the first image is seen.
"""

from __future__ import annotations

import functools
import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from types import GeneratorType
from typing import Any, Literal, Protocol

import msgspec
import numpy as np

from pipeline_schema import graph
from pipeline_schema.calling import arrange, require_inputs, written
from pipeline_schema.check import check, find_binding_problems
from pipeline_schema.constants import Fresh, fitted, prepare
from pipeline_schema.containers import is_particular
from pipeline_schema.document import Input, Options, Pipeline
from pipeline_schema.errors import PlanError, StepError
from pipeline_schema.events import Event, OnEvent
from pipeline_schema.fan_out import HOST, Reading, find_shared
from pipeline_schema.problems import Problem, blocking, pointer, summarize
from pipeline_schema.seeding import seed_steps
from pipeline_schema.wiring import Getter, Slots, Wiring
from registry.catalog import lookup
from registry.decorate import Function
from registry.entry import FunctionEntry, FunctionKind
from registry.errors import ArgumentError, SourceUnavailableError
from registry.memory import borrowing, convert, counting, duplicate, is_plain, memory_type_of
from registry.options import CallOptions
from registry.recovery import listening
from registry.resolver import resolve
from registry.sharing import Sharing

__all__ = ["NOT_KNOWN", "NOT_NEEDED", "Plan", "StepCache", "compile_pipeline", "plan"]

NOT_KNOWN: Any = object()
NOT_NEEDED: Any = object()


class _Recall(Protocol):
    """What one run finds of results that are known already, and adds to them."""

    def recall(self, step: str, slots: Slots) -> Any: ...
    def keep(self, step: str, value: Any, seconds: float) -> str | None: ...


class _Prepared(Protocol):
    def begin(self, slots: Slots) -> _Recall: ...


class StepCache(Protocol):
    """Keeps results of steps between runs; `pipeline_schema.run.caching.cache.Cache` is one."""

    def prepare(self, plan: Plan) -> _Prepared: ...


_DEFAULT = CallOptions()


@dataclass(frozen=True, slots=True)
class _Call:
    """One step, bound."""

    id: str
    key: str
    function: Function
    constants: dict[str, Any]
    fresh: dict[str, Fresh]
    bound: dict[str, Getter]
    # Bound parameters that the function may write into: each call gets a copy.
    written: frozenset[str]
    # Slots that nothing reads after this step: their arrays can go.
    last_used: tuple[str, ...]

    def arguments(self, slots: Slots, lent: Collection[str] = ()) -> dict[str, Any]:
        """By parameter; those that are lent get their copy where they are brought to."""
        arguments = dict(self.constants)
        for name, make in self.fresh.items():
            arguments[name] = make()
        for name, get in self.bound.items():
            value = get(slots)
            own = name in self.written and not (name in lent and memory_type_of(value) is not None)
            arguments[name] = duplicate(value) if own else value
        return arguments


@dataclass(frozen=True, slots=True)
class Plan:
    """A pipeline that is ready to run; call it with the pipeline's inputs by name.

    Attributes
    ----------
    pipeline : Pipeline
        With everything written out.
    entries : tuple of FunctionEntry
        Of every function that the document names.
    output_kinds : dict of str
        What each output is, as far as the catalog knows: ``image``, ``labels``, ``mask``, ``table``, ...
    """

    pipeline: Pipeline
    entries: tuple[FunctionEntry, ...]
    output_kinds: dict[str, FunctionKind]
    _calls: tuple[_Call, ...] = field(repr=False)
    _outputs: dict[str, Getter] = field(repr=False)
    _defaults: dict[str, Fresh] = field(repr=False)
    # Whether a function works, or its result is, elsewhere than in NumPy's memory.
    _mixed: bool = field(repr=False)
    # By step, what others read in the same other memory; worked out once, and only where something may be shared.
    _find_shared: Callable[[], dict[str, tuple[Reading, ...]]] = field(repr=False)
    _cache: _Prepared | None = field(default=None, repr=False)

    @property
    def inputs(self) -> dict[str, Input]:
        """The pipeline's inputs by name."""
        return self.pipeline.inputs

    @property
    def outputs(self) -> tuple[str, ...]:
        """The names of the outputs."""
        return tuple(self._outputs)

    @property
    def step_ids(self) -> tuple[str, ...]:
        """The steps that run, in their order."""
        return tuple(call.id for call in self._calls)

    def __call__(self, /, **inputs: Any) -> dict[str, Any]:
        """Run with inputs given by name, and ``results`` as for `run`, unless an input has that name; see `run`."""
        if "results" in self.inputs or "results" not in inputs:
            return self.run(inputs)
        return self.run(inputs, results=inputs.pop("results"))

    def run(
        self,
        inputs: Mapping[str, Any],
        *,
        results: Literal["numpy", "native"] = "numpy",
        on_event: OnEvent | None = None,
    ) -> dict[str, Any]:
        """Run the pipeline once, in this process.

        Parameters
        ----------
        inputs : mapping
            A value for each of the pipeline's inputs; those with a default may be left out.
        results : {'numpy', 'native'}
            ``native`` leaves results on the device where they were made.
        on_event : callable, optional
            Called with an `Event` when a step starts and when it has finished.

        Returns
        -------
        dict
            Output name to value: numpy arrays, Python scalars, tuples, dicts of arrays.

        Raises
        ------
        ArgumentError
            If an input is missing, unknown, or has another number of axes than the document declares.
        StepError
            If a function raises; the library's exception is its ``__cause__``.
        """
        slots = self._fill(inputs)
        known = None if self._cache is None else self._cache.begin(slots)
        # With a cache, a step may have nothing in its slot to share: what follows from it is known, and it never ran.
        sharing = Sharing() if known is None and self._shares(slots) else None
        if sharing is None:
            return self._run(slots, known, None, results, on_event)
        with borrowing(sharing):
            return self._run(slots, known, sharing, results, on_event)

    def _shares(self, slots: Slots) -> bool:
        """Whether an array may be brought to one place twice: never where all is NumPy's."""
        return self._mixed or any(type(v) is not np.ndarray and not is_plain(type(v)) for v in slots.values())

    def _run(
        self,
        slots: Slots,
        known: _Recall | None,
        sharing: Sharing | None,
        results: Literal["numpy", "native"],
        on_event: OnEvent | None,
    ) -> dict[str, Any]:
        total = len(self._calls)
        readings = self._find_shared() if sharing is not None else {}
        for index, call in enumerate(self._calls):
            shared = readings.get(call.id, ())
            if on_event is not None:
                on_event(Event(kind="step-started", step=call.id, key=call.key, index=index, total=total))
            started = time.perf_counter()
            conversions: Counter[str] | None = None
            result = NOT_KNOWN if known is None else known.recall(call.id, slots)
            if recalled := result is not NOT_KNOWN:
                seconds = time.perf_counter() - started
            else:
                try:
                    lent = _announce(call, shared, slots, sharing) if sharing is not None else ()
                    with nullcontext() if on_event is None else _watching(on_event, call) as conversions:
                        result = _perform(call, slots, lent)
                except Exception as error:
                    raise StepError(
                        f"step {call.id!r} ({call.key}) failed: {type(error).__name__}: {error}",
                        step=call.id,
                        key=call.key,
                        error_type=type(error).__name__,
                    ) from error
                seconds = time.perf_counter() - started
                problem = None if known is None else known.keep(call.id, result, seconds)
                if problem and on_event is not None:
                    on_event(Event(kind="note", step=call.id, key=call.key, message=problem))
            if sharing is not None:
                for reading in shared:
                    if reading.last and not (reading.output and results == "numpy"):
                        sharing.release(reading.get(slots), reading.place)
            slots[call.id] = result
            for name in call.last_used:
                del slots[name]
            if on_event is not None:
                on_event(
                    Event(
                        kind="step-finished",
                        step=call.id,
                        key=call.key,
                        index=index,
                        total=total,
                        seconds=seconds,
                        memory_type=memory_type_of(result),
                        conversions=dict(conversions) if conversions else None,
                        message="cached" if recalled else None,
                    )
                )
            del result
        values = {name: _read(name, get, slots) for name, get in self._outputs.items()}
        if results == "native":
            return values
        if sharing is not None:
            # Two outputs may be one array; and outputs are read only.
            sharing.private = False
            for value in values.values():
                sharing.expect(value, HOST)
        with counting() as conversions:
            values = {name: _to_host(value) for name, value in values.items()}
        if on_event is not None and conversions:
            on_event(Event(kind="outputs-converted", conversions=dict(conversions)))
        return values

    def _fill(self, inputs: Mapping[str, Any]) -> Slots:
        require_inputs(self.inputs, inputs)
        slots: Slots = {}
        for name, declared in self.inputs.items():
            if name in inputs:
                _check_axes(name, declared, inputs[name])
                slots[name] = inputs[name]
            else:
                slots[name] = self._defaults[name]()
        return slots


def _announce(call: _Call, shared: tuple[Reading, ...], slots: Slots, sharing: Sharing) -> list[str]:
    """Say what a step reads that others read in the same place; gives the parameters whose arrays must go there."""
    sharing.private = bool(call.written)
    lent = []
    for reading in shared:
        value = reading.get(slots)
        sharing.expect(value, reading.place)
        # Where the twin on the CPU may be called instead, it must not be with the array that others read.
        if memory_type_of(value) != reading.place.memory_type and call.function.options.on_oom != "cpu":
            lent.append(reading.parameter)
    return lent


def _perform(call: _Call, slots: Slots, lent: Collection[str] = ()) -> Any:
    args, kwargs = arrange(call.function.entry, call.arguments(slots, lent))
    result = call.function(*args, **kwargs)
    # What is yielded can be read once, and by this process; results are read by all that refer to them.
    return list(result) if isinstance(result, GeneratorType) else result


@contextmanager
def _watching(on_event: OnEvent, call: _Call) -> Iterator[Counter[str]]:
    """Tell of recoveries while a step runs, and count the arrays that it brings to another memory."""
    with listening(partial(_tell_recovery, on_event, call)), counting() as conversions:
        yield conversions


def _tell_recovery(on_event: OnEvent, call: _Call, message: str) -> None:
    on_event(Event(kind="note", step=call.id, key=call.key, message=message))


def compile_pipeline(
    pipeline: Pipeline, *, base: Path | None = None, cache: StepCache | None = None, seed: int | None = None
) -> Plan:
    """Check a pipeline, values included, and bind it to the functions of this machine.

    Parameters
    ----------
    pipeline : Pipeline
    base : Path, optional
        The document's folder: what ``$file`` paths are relative to.
    cache : StepCache, optional
        Where results of steps are kept, and found again.
    seed : int, optional
        From 0 to 2**63 - 1: each step that draws random numbers, and of which the document says no seed, gets one that
        follows from this and from its id. Its generator is new at each call.

    Returns
    -------
    Plan
        Call it with the pipeline's inputs by name.

    Raises
    ------
    PlanError
        With all problems that keep the document from running here.
    ArgumentError
        If the seed is none.
    """
    _refuse(check(pipeline, base=base))
    return plan(pipeline, base=base, cache=cache, seed=seed)


def plan(
    pipeline: Pipeline, *, base: Path | None = None, cache: StepCache | None = None, seed: int | None = None
) -> Plan:
    """Bind a pipeline to the functions of this machine, without judging its values: a worker does, after its parent.

    Parameters
    ----------
    pipeline : Pipeline
    base : Path, optional
        The document's folder: what ``$file`` paths are relative to.
    cache : StepCache, optional
        Where results of steps are kept, and found again.
    seed : int, optional
        From 0 to 2**63 - 1: each step that draws random numbers, and of which the document says no seed, gets one that
        follows from this and from its id. Its generator is new at each call.

    Returns
    -------
    Plan

    Raises
    ------
    PlanError
        With all problems that keep the document from running here.
    ArgumentError
        If the seed is none.
    """
    expanded = graph.expand(pipeline)
    _refuse(find_binding_problems(pipeline))
    problems: list[Problem] = []
    entries = [lookup(step.function) for step in expanded.steps]
    if seed is not None:
        expanded = seed_steps(expanded, entries, seed)
    wiring = Wiring(expanded, entries)
    calls: dict[int, _Call] = {}
    for index in wiring.running_order:
        step, entry = expanded.steps[index], entries[index]
        function = _resolve(entry, step.options, wiring, index, problems)
        constants, fresh = {}, {}
        for name, plain in step.params.items():
            where: tuple[str | int, ...] = ("steps", index, "params", name)
            ready = prepare(plain, base=base, problems=problems, at=where, step=step.id, parameter=name, entry=entry)
            if isinstance(ready, Fresh):
                fresh[name] = ready
            else:
                constants[name] = ready
        if function is None:
            continue
        calls[index] = _Call(
            id=str(step.id),
            key=entry.key,
            function=function,
            constants=constants,
            fresh=fresh,
            bound=(bound := {name: _fitting(get, entry, name) for name, get in wiring.bind(index).items()}),
            written=written(entry, step.params, bound),
            last_used=wiring.last_used[index],
        )
    defaults = {}
    for name, declared in expanded.inputs.items():
        if declared.has_default:
            ready = prepare(declared.default, base=base, problems=problems, at=("inputs", name, "default"))
            defaults[name] = ready if isinstance(ready, Fresh) else Fresh(ready)
    _refuse(problems)
    outputs = expanded.outputs or {}
    functions = {index: call.function for index, call in calls.items()}
    made = Plan(
        pipeline=expanded,
        entries=tuple({entry.key: entry for entry in entries}.values()),
        output_kinds={name: wiring.kind(text) for name, text in outputs.items()},
        _calls=tuple(calls.values()),
        _outputs={name: wiring.getter(text) for name, text in outputs.items()},
        _defaults=defaults,
        _mixed=any(f.input_memory_type != "numpy" or f.output_memory_type != "numpy" for f in functions.values()),
        _find_shared=functools.cache(partial(find_shared, wiring, functions, outputs.values())),
    )
    return made if cache is None else replace(made, _cache=cache.prepare(made))


def _refuse(problems: list[Problem]) -> None:
    errors = blocking(problems)
    if errors:
        raise PlanError(f"the pipeline can't run:\n{summarize(errors)}", problems=errors)


def _resolve(
    entry: FunctionEntry, options: Options, wiring: Wiring, index: int, problems: list[Problem]
) -> Function | None:
    try:
        chosen = options.call
        function = resolve(entry.key) if chosen == _DEFAULT else resolve(entry.key, **msgspec.structs.asdict(chosen))
        if not isinstance(options.slice_by_slice, str):
            return function
        axes = wiring.flow_axes(index)
        return function if axes is None else function.with_axes(axes)
    except (SourceUnavailableError, ArgumentError) as error:
        lacking = isinstance(error, SourceUnavailableError)
        option = getattr(error, "parameter", None)
        problems.append(
            Problem(
                code="unavailable-function" if lacking else "invalid-value",
                message=str(error),
                pointer=pointer("steps", index, *(("options", option) if option is not None else ())),
                step=wiring.step_id(index),
                install=getattr(error, "install", None),
            )
        )
        return None


def _fitting(get: Getter, entry: FunctionEntry, name: str) -> Getter:
    parameter = entry.parameter(name)
    if parameter is None or not is_particular(parameter):
        return get
    return lambda slots: fitted(get(slots), parameter)


def _check_axes(name: str, declared: Input, value: Any) -> None:
    if declared.axes is None:
        return
    ndim = getattr(value, "ndim", None)
    if ndim != len(declared.axes):
        raise ArgumentError(
            f"the input {name!r} declares axes {declared.axes} ({len(declared.axes)}), "
            f"and got {'no array' if ndim is None else f'an array of {ndim} axes, shape {tuple(value.shape)}'}",
            parameter=name,
        )


def _read(name: str, get: Getter, slots: Slots) -> Any:
    try:
        return get(slots)
    except LookupError as error:
        raise StepError(f"output {name!r}: {error}", step=name, key="", error_type=type(error).__name__) from error


def _to_host(value: Any) -> Any:
    """Numpy arrays and Python scalars, whatever made the value; the same types that a subprocess gives."""
    if memory_type_of(value) is not None:
        return convert(value, "numpy")
    if isinstance(value, tuple):
        return tuple(_to_host(item) for item in value)
    if type(value) is list:
        return [_to_host(item) for item in value]
    if type(value) is dict:
        return {key: _to_host(item) for key, item in value.items()}
    if isinstance(value, np.generic):
        return value.item()
    # Objects of a library that stand for an array, such as scikit-image's ArrayMap.
    return np.asarray(value) if hasattr(value, "__array__") and not isinstance(value, np.ndarray) else value
