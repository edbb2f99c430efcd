"""Functions that write into what they are given, and another reader of the same array."""

from __future__ import annotations

import contextlib
from typing import Any

import numpy as np
import pytest

from pipeline_schema.document import Input, Pipeline, Step
from pipeline_schema.errors import DocumentError
from pipeline_schema.plan import plan
from pipeline_schema.values import encode
from registry.catalog import entries
from registry.entry import FunctionEntry
from registry.memory import convert, memory_type_of
from registry.resolver import availability, resolve
from registry.trials.trial import RecipeError, RefusedError, Trial

# Parameters by which a function is asked to write into its input, and the value that asks.
ASKING = {"copy": False, "in_place": True, "overwrite_input": True}
# What makes an array anew, on each memory, so that a step's result has two readers.
COPY = {"numpy": "numpy:positive", "pyclesperanto": "pyclesperanto:copy"}


def find_writers() -> list[tuple[FunctionEntry, dict[str, Any]]]:
    """Functions that trials saw writing into their flow input, and those that can be asked to."""
    found: list[tuple[FunctionEntry, dict[str, Any]]] = []
    for library in ("builtin", "numpy", "scipy", "skimage", "pyclesperanto"):
        for entry in entries(library):
            if entry.observed is None or not entry.observed.images or "stateful" in entry.traits:
                continue
            asked = {name: value for name, value in ASKING.items() if entry.parameter(name) is not None}
            if asked or entry.flow in entry.observed.mutates:
                found.append((entry, asked))
    return found


WRITERS = find_writers()


@pytest.mark.parametrize(("entry", "asked"), WRITERS, ids=[entry.key for entry, _ in WRITERS])
def test_another_reader_sees_what_was_made(entry: FunctionEntry, asked: dict[str, Any]) -> None:
    """One step makes an array, one writes into it, one reads it afterwards: as if nobody had written."""
    memory_type = entry.input_memory_type
    if not (found := availability(entry.library)).available:
        pytest.skip(f"{found.message}; to run this test: {found.install}")
    flow, given, constants = _call(entry, entry.observed.images[0] if entry.observed else "2d")
    made = Step(id="made", function=COPY[memory_type], inputs={"@": "image"})
    writes = Step(
        id="writes", function=entry.key, params=constants | asked, inputs={"@": "made"} | {n: n for n in given}
    )
    reads = Step(id="reads", function=COPY[memory_type], inputs={"@": "made"})
    inputs = {"image": Input()} | {name: Input() for name in given}
    document = Pipeline(inputs=inputs, steps=[made, writes, reads], outputs={"reads": "reads", "made": "made"})
    before = flow.copy()
    done = plan(document).run({"image": flow, **given})
    expected = convert(convert(before, memory_type), "numpy")
    np.testing.assert_array_equal(done["reads"], expected)
    np.testing.assert_array_equal(done["made"], expected)
    np.testing.assert_array_equal(flow, before)


def test_some_do_write() -> None:
    """The test above is about something: called directly, functions of both memories change their input."""
    changed = set()
    for entry, asked in WRITERS:
        if not availability(entry.library).available or entry.observed is None:
            continue
        trial = Trial(resolve(entry.key))
        args, kwargs = trial.arguments(entry.observed.images[0])
        flow = args[0] if args else kwargs[entry.flow]
        before = convert(flow, "numpy").copy()
        trial.function(*args, **kwargs | asked)
        if not np.array_equal(before, convert(flow, "numpy"), equal_nan=before.dtype.kind == "f"):
            changed.add(entry.input_memory_type)
    assert "numpy" in changed
    assert not availability("pyclesperanto").available or "pyclesperanto" in changed


def _call(entry: FunctionEntry, image: str) -> tuple[Any, dict[str, Any], dict[str, Any]]:
    """What flows in, further arrays by name, and constants, all of NumPy."""
    try:
        args, kwargs = Trial(resolve(entry.key)).arguments(image)
    except (RefusedError, RecipeError) as error:
        pytest.fail(str(error))
    names = [parameter.name for parameter in entry.parameters if parameter.kind.startswith("positional")]
    given = dict(zip(names, args, strict=False)) | kwargs
    constants = {}
    for name in [name for name, value in given.items() if memory_type_of(value) is None]:
        # A graph of regions is no constant of a document, and comes in beside the image.
        with contextlib.suppress(DocumentError):
            constants[name] = encode(given[name])
            del given[name]
    arrays = {name: convert(value, "numpy") for name, value in given.items()}
    return arrays.pop(str(entry.flow)), arrays, constants
