"""The cache of steps: a run that was changed at step 4 begins at step 4.

A step's result is kept under a digest of everything that it follows from: function, options and constants, the
versions that bring them, and what flows in, which is the digest of another step or, of an input, its content. So a
digest is known before anything runs, and steps whose results nobody needs are neither run nor read. What a digest does
not determine is not kept, and what depends on it goes by its content.
"""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Sequence
from functools import cache as once
from pathlib import Path
from typing import Any

import msgspec

from pipeline_schema.check.seeds import find_unseeded_steps
from pipeline_schema.document import Pipeline, Step
from pipeline_schema.plan import NOT_KNOWN, NOT_NEEDED, Plan
from pipeline_schema.run.caching.exact import InexactError, digest_of
from pipeline_schema.run.caching.shelf import ABSENT, DEFAULT_BYTES, Shelf
from pipeline_schema.run.versions import versions
from pipeline_schema.run.workers.functions import functions_of
from pipeline_schema.values import encode
from pipeline_schema.wiring import Slots, Wiring
from registry.catalog import lookup
from registry.entry import FunctionEntry
from registry.libraries import find_library
from registry.memory import convert, memory_type_of
from registry.plugins import stamp
from registry.relay import origin_of

__all__ = ["Cache"]

_FORMAT = "pipeline-cache/1"
# Reading a value back takes this long at least, and its sha256 so many bytes a second: what is faster made is not kept.
_READ_SECONDS = 0.002
_READ_BYTES_PER_SECOND = 300e6


class Cache:
    """Results of steps in a folder, which any number of processes may share.

    Parameters
    ----------
    folder : path
        Made if it is not there.
    limit : int
        In bytes; what was longest not asked for is dropped.

    Raises
    ------
    UsageError
        If it can't be a folder.
    """

    def __init__(self, folder: str | Path, *, limit: int = DEFAULT_BYTES) -> None:
        self._shelf = Shelf(Path(folder), limit)

    def prepare(self, plan: Plan) -> Prepared:
        """What a plan's runs need; made once."""
        return Prepared(self._shelf, plan)


class Prepared:
    """A cache for the steps of one plan.

    Attributes
    ----------
    parts : dict of str
        By step, a digest of all but what flows in; None of a step that gives another result with the same.
    """

    def __init__(self, shelf: Shelf, plan: Plan) -> None:
        self.shelf = shelf
        pipeline = plan.pipeline
        entries = [lookup(step.function) for step in pipeline.steps]
        wiring = Wiring(pipeline, entries)
        open_ = {problem.step for problem in find_unseeded_steps(pipeline, entries)}
        self.order = plan.step_ids
        self.reads = {wiring.step_id(index): wiring.reads(index) for index in wiring.running_order}
        self.outputs = [base for text in (pipeline.outputs or {}).values() for base in wiring.bases(text)]
        self.parts: dict[str, str | None] = {}
        for index in wiring.running_order:
            step, entry = pipeline.steps[index], entries[index]
            axes = wiring.flow_axes(index) if isinstance(step.options.slice_by_slice, str) else None
            self.parts[str(step.id)] = None if step.id in open_ else _part(step, entry, axes)

    def begin(self, slots: Slots) -> Recall:
        """For one run, whose inputs are in `slots`."""
        return Recall(self, slots)


class Recall:
    """What one run finds in the cache, and puts there."""

    def __init__(self, prepared: Prepared, slots: Slots) -> None:
        self._prepared = prepared
        self._shelf = prepared.shelf
        self._digests: dict[str, str | None] = {name: _content(value) for name, value in slots.items()}
        self._found: dict[str, Any] = {}
        self._needed: set[str] = set()
        for step in prepared.order:
            self._digests[step] = self._digest(step)
        self._look(prepared.outputs)

    def recall(self, step: str, slots: Slots) -> Any:
        """The result of a step; `NOT_NEEDED` if nobody reads it, `NOT_KNOWN` if the step has to run."""
        if step in self._found:
            return self._found.pop(step)
        if step not in self._needed:
            return NOT_NEEDED
        if self._digests[step] is None and self._prepared.parts[step] is not None:
            # It follows from what has only now been made.
            for _, base, _ in self._prepared.reads[step]:
                if self._digests[base] is None:
                    self._digests[base] = _content(slots[base])
            self._digests[step] = self._digest(step)
            digest = self._digests[step]
            known = ABSENT if digest is None else self._shelf.get(digest)
            return NOT_KNOWN if known is ABSENT else known
        return NOT_KNOWN

    def keep(self, step: str, value: Any, seconds: float) -> str | None:
        """Keep a result that took so long to make; the reason, if that is not possible."""
        digest = self._digests[step]
        if digest is None or self._prepared.parts[step] is None:
            return None
        if seconds < _READ_SECONDS + getattr(value, "nbytes", 0) / _READ_BYTES_PER_SECOND:
            return None
        try:
            self._shelf.put(digest, value)
        except InexactError:
            return None
        except OSError as error:
            return f"the cache can't be written: {error.strerror or error}"
        return None

    def _digest(self, step: str) -> str | None:
        part = self._prepared.parts[step]
        reads = self._prepared.reads[step]
        if part is None or any(self._digests[base] is None for _, base, _ in reads):
            return None
        return _sum([part, [[name, self._digests[base], how] for name, base, how in reads]])

    def _look(self, bases: Sequence[str]) -> None:
        """Find what these need: results that are there, and, of those that are not, what they need."""
        left = list(bases)
        while left:
            step = left.pop()
            if step not in self._prepared.reads or step in self._needed or step in self._found:
                continue
            digest = self._digests[step]
            value = ABSENT if digest is None else self._shelf.get(digest)
            if value is not ABSENT:
                self._found[step] = value
                continue
            self._needed.add(step)
            left += [base for _, base, _ in self._prepared.reads[step]]


def _part(step: Step, entry: FunctionEntry, axes: str | None) -> str | None:
    """A digest of a step without what flows in; None if that does not determine its result."""
    keys = functions_of(Pipeline(steps=[step]))
    if not all(_is_determined(lookup(key), itself=lookup(key).key == entry.key) for key in keys):
        return None
    brought = [_brought(key) for key in keys]
    if None in brought:
        return None
    options = msgspec.to_builtins(step.options.call)
    return _sum([_FORMAT, entry.key, options, axes, encode(step.params), brought, _machine()])


def _is_determined(entry: FunctionEntry, *, itself: bool) -> bool:
    """Whether a function gives the same for the same; of the step's own one it is known whether it has a seed."""
    observed = entry.observed is not None and entry.observed.random and "random" not in entry.traits
    drawn = "random" in entry.traits and not itself
    # Another device rounds otherwise, and which one there is no document says.
    on_host = entry.input_memory_type == entry.output_memory_type == "numpy"
    return on_host and not (observed or drawn or "stateful" in entry.traits)


@once
def _machine() -> tuple[str, ...]:
    """What NumPy chooses its loops by: where it chooses others, sums are rounded otherwise."""
    import numpy as np

    found = np.show_config(mode="dicts") or {}
    return (platform.system(), platform.machine(), *sorted(found.get("SIMD Extensions", {}).get("found", ())))


def _brought(key: str) -> tuple[str, ...] | None:
    """Which state of a function this is; None if that can't be told."""
    entry = lookup(key)
    origin = origin_of(entry.key)
    if origin is None:
        return _released(entry.key, entry.fingerprint)
    # A function of a module has no version, and what is beside it may change.
    return (entry.key, entry.fingerprint, origin.sha256) if origin.sha256 else None


@once
def _released(key: str, fingerprint: str) -> tuple[str, ...]:
    library = find_library(key.partition(":")[0])
    # scikit-image and SciPy's own functions call SciPy and NumPy.
    brought = (f"{name} {version}" for name, version in versions([key, "scipy:"]).items())
    return (key, fingerprint, *brought, stamp(library.root) if library.source == "plugin" else "")


def _content(value: Any) -> str | None:
    memory = memory_type_of(value)
    try:
        # What is on a device has the pixels that the next step on the host will get.
        return digest_of(value if memory in (None, "numpy") else [memory, convert(value, "numpy")])
    except InexactError:
        return None


def _sum(facts: Any) -> str:
    return hashlib.sha256(msgspec.json.encode(facts, order="sorted")).hexdigest()
