"""Several readers of one array: it is brought to another memory once, and none sees what another wrote into it."""

from __future__ import annotations

import contextlib
import importlib
import operator
import weakref
from collections import Counter
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from pipeline_schema import plan as planning
from pipeline_schema.document import Input, Options, Pipeline, Step
from pipeline_schema.errors import DocumentError
from pipeline_schema.events import Event
from pipeline_schema.fan_out import Reading
from pipeline_schema.plan import plan
from pipeline_schema.values import encode
from registry.catalog import entries
from registry.entry import FunctionEntry
from registry.memory import Place, convert, memory_type_of
from registry.options import CallOptions
from registry.resolver import availability, resolve
from registry.sharing import Sharing
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


IMAGE = np.random.default_rng(0).integers(0, 65536, (12, 16), np.uint16)


class Probe:
    """Counts, at the library, what goes to the device and comes back, and sees what is still there."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.counts: Counter[str] = Counter()
        self._pushed: list[weakref.ref[Any]] = []
        cle = importlib.import_module("pyclesperanto")
        push, array_class = cle.push, type(cle.push(np.zeros((2, 2))))
        get = array_class.get

        def counted_push(array: Any) -> Any:
            self.counts["push"] += 1
            pushed = push(array)
            self._pushed.append(weakref.ref(pushed))
            return pushed

        def counted_get(array: Any, *rest: Any) -> Any:
            self.counts["get"] += 1
            return get(array, *rest)

        monkeypatch.setattr(cle, "push", counted_push)
        monkeypatch.setattr(array_class, "get", counted_get)

    @property
    def on_device(self) -> int:
        return sum(ref() is not None for ref in self._pushed)


@pytest.fixture
def probe(opencl: None, monkeypatch: pytest.MonkeyPatch) -> Probe:
    return Probe(monkeypatch)


def step(name: str, key: str, reference: str | dict[str, Any] = "image", **params: Any) -> Step:
    inputs = reference if isinstance(reference, dict) else {"@": reference}
    return Step(id=name, function=key, inputs=inputs, params=params)


BLUR, ROW, ADD = "pyclesperanto:gaussian_blur", "pyclesperanto:set_row", "pyclesperanto:add_images_weighted"
# What reads what; how often the device is pushed to, and pulled from, for it; outputs are counted too.
FANS = {
    "three on the device read an input": (
        [step("a", BLUR, sigma_x=1), step("b", BLUR, sigma_y=2), step("c", BLUR)], "abc", 1, 3,
    ),
    "one of them writes into it": (
        [step("a", BLUR, sigma_x=1), step("b", ROW, row_index=2, value=7), step("c", BLUR)], "abc", 1, 3,
    ),
    "the last of them writes into it": (
        [step("a", BLUR, sigma_x=1), step("b", ROW, row_index=2, value=7)], "ab", 1, 2,
    ),
    "one step reads it twice": (
        [step("a", ADD, {"input_image0": "image", "input_image1": "image"}, factor1=2, factor2=3)], "a", 1, 1,
    ),
    "a list of references": (
        [step("a", BLUR, sigma_x=1), step("b", "numpy:stack", {"arrays": ["a", "a", "image"]})], "b", 1, 1,
    ),
    "a result of NumPy": (
        [step("n", "numpy:negative"), step("a", BLUR, "n", sigma_x=1), step("b", BLUR, "n")], "ab", 1, 2,
    ),
    "a result of the device, on the host, and put out": (
        [step("a", BLUR, sigma_x=1), step("n", "numpy:negative", "a"), step("m", "numpy:abs", "a")], "anm", 1, 1,
    ),
    "a result of the device, put out under two names": ([step("a", BLUR, sigma_x=1)], "aa", 1, 1),
    "there and back": (
        [
            step("a", BLUR, sigma_x=1), step("n", "numpy:negative", "a"),
            step("b", BLUR, "n"), step("c", BLUR, "n", sigma_y=1), step("d", BLUR, "a", sigma_y=1),
        ],
        "bcd", 2, 4,
    ),
}  # fmt: skip


def run_by_hand(steps: list[Step], image: np.ndarray) -> dict[str, Any]:
    """Each step called with arrays of its own."""
    values: dict[str, Any] = {"image": image}
    for one in steps:
        function = resolve(one.function)
        bound = {function.entry.flow if name == "@" else name: ref for name, ref in (one.inputs or {}).items()}
        read = {
            n: [values[r].copy() for r in ref] if isinstance(ref, list) else values[ref].copy()
            for n, ref in bound.items()
        }
        first = read.pop(function.entry.parameters[0].name)
        values[str(one.id)] = convert(function(first, **read, **one.params), "numpy")
    return values


@pytest.mark.parametrize(("steps", "outputs", "pushed", "pulled"), FANS.values(), ids=FANS)
def test_each_array_is_brought_to_a_memory_once(
    steps: list[Step], outputs: str, pushed: int, pulled: int, probe: Probe
) -> None:
    """However many read it there: a probe at the library counts it, and pixels are those of calls one by one."""
    expected = run_by_hand(steps, IMAGE)
    probe.counts.clear()
    named = {f"{name}{n}": name for n, name in enumerate(outputs)}
    given, told = IMAGE.copy(), Counter[str]()

    def listen(event: Event) -> None:
        told.update(event.conversions or {})

    done = plan(Pipeline(inputs={"image": Input()}, steps=steps, outputs=named)).run({"image": given}, on_event=listen)
    assert probe.counts == {"push": pushed, "get": pulled}
    assert told == {"numpy to pyclesperanto": pushed, "pyclesperanto to numpy": pulled}
    for output, name in named.items():
        np.testing.assert_array_equal(done[output], expected[name], strict=True)
    np.testing.assert_array_equal(given, IMAGE)


def test_it_is_let_go_after_its_last_reader_there(probe: Probe) -> None:
    """What was brought to the device stays for the steps that read it, and no longer."""
    steps = [
        step("a", BLUR, sigma_x=1),
        step("b", "numpy:negative"),
        step("c", BLUR),
        step("d", "numpy:abs"),
        step("e", BLUR, "d"),
    ]
    there: list[int] = []

    def look(event: Event) -> None:
        if event.kind == "step-finished":
            there.append(probe.on_device)

    outputs = {name: name for name in "abc"}
    plan(Pipeline(inputs={"image": Input()}, steps=steps, outputs=outputs)).run({"image": IMAGE}, on_event=look)
    assert there == [1, 1, 0, 0, 0]


def test_slices_are_brought_one_by_one(probe: Probe) -> None:
    """A stack that is worked on slice by slice may not fit the device as a whole, and is not brought there."""
    stack = np.stack([IMAGE] * 3)
    blurs = [Step(id=n, function=BLUR, inputs={"@": "image"}, options=Options(slice_by_slice=True)) for n in "ab"]
    plan(Pipeline(inputs={"image": Input()}, steps=blurs, outputs={"a": "a", "b": "b"})).run({"image": stack})
    assert probe.counts["push"] == 6


def test_a_pipeline_of_numpy_alone_pays_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where no array can be brought anywhere, nothing is shared, or asked."""
    monkeypatch.setattr(planning, "Sharing", lambda: pytest.fail("shared"))
    steps = [step("a", "numpy:negative"), step("b", "numpy:abs")]
    document = Pipeline(inputs={"image": Input()}, steps=steps, outputs={"a": "a", "b": "b"})
    assert plan(document).run({"image": IMAGE})["b"].dtype == IMAGE.dtype


def test_an_array_of_a_device_that_comes_in_is_pulled_once(probe: Probe) -> None:
    """Also where all functions are NumPy's, and only what the user gives is elsewhere."""
    steps = [step("a", "numpy:negative"), step("b", "numpy:abs")]
    document = Pipeline(inputs={"image": Input()}, steps=steps, outputs={"a": "a", "b": "b"})
    done = plan(document).run({"image": convert(IMAGE, "pyclesperanto")})
    assert probe.counts == {"push": 1, "get": 1}
    np.testing.assert_array_equal(done["a"], -IMAGE)


def test_what_is_shared_is_recovered_too(probe: Probe, monkeypatch: pytest.MonkeyPatch) -> None:
    """The array has no room on its way to the device, once: tried again, told, and brought once for both."""
    cle = importlib.import_module("pyclesperanto")
    push, fails = cle.push, [True]

    def full(array: Any) -> Any:
        if fails and fails.pop():
            raise RuntimeError("Error: Failed to allocate buffer memory. OpenCL error: CL_OUT_OF_HOST_MEMORY (-6)")
        return push(array)

    monkeypatch.setattr(cle, "push", full)
    told: list[Event] = []
    steps = [step("a", BLUR, sigma_x=1), step("b", ROW, row_index=2, value=7), step("c", BLUR, sigma_x=1)]
    document = Pipeline(inputs={"image": Input()}, steps=steps, outputs={"a": "a", "c": "c"})
    done = plan(document).run({"image": IMAGE}, on_event=told.append)
    np.testing.assert_array_equal(done["a"], done["c"])
    assert [event.step for event in told if event.kind == "note"] == ["a"]
    assert probe.counts["push"] == 1


@pytest.mark.parametrize(("on_oom", "lent"), [("retry", ["a"]), ("cpu", [])])
def test_what_a_twin_on_the_cpu_may_write_into_is_copied_before(on_oom: str, lent: list[str]) -> None:
    """A device gets a copy of its own; the twin that may be called instead must not get the array of others."""
    call = SimpleNamespace(written=frozenset({"a"}), function=SimpleNamespace(options=CallOptions(on_oom=on_oom)))
    reading = Reading(
        parameter="a", get=operator.itemgetter("made"), place=Place("cupy", None), last=False, output=False
    )
    assert planning._announce(call, (reading,), {"made": np.ones(3)}, Sharing()) == lent
