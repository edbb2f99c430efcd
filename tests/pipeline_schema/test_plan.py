"""A document bound to callables gives what the same calls give when they are made by hand."""

from __future__ import annotations

import gc
import hashlib
import importlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.ndimage
import skimage

import registry
from pipeline_schema.codec import dumps, loads
from pipeline_schema.document import Input, Options, Pipeline, Step
from pipeline_schema.errors import PlanError, StepError
from pipeline_schema.events import Event
from pipeline_schema.plan import compile_pipeline, plan
from registry import loading, opencl, resolver
from registry.errors import ArgumentError
from registry.resolver import resolve


def one(*steps: Step, **kwargs: Any) -> Pipeline:
    return Pipeline(inputs=kwargs.pop("inputs", {"image": Input()}), steps=list(steps), **kwargs)


@pytest.fixture
def coins() -> np.ndarray:
    return skimage.data.coins()


def test_a_chain_is_the_same_calls(coins: np.ndarray) -> None:
    """Each step gets the result of the one before, and constants by name."""
    pipe = one(
        Step(function="skimage:filters.gaussian", params={"sigma": 2.0}),
        Step(function="skimage:filters.threshold_otsu"),
    )
    result = compile_pipeline(pipe)(image=coins)
    direct = skimage.filters.threshold_otsu(skimage.filters.gaussian(coins, sigma=2.0))
    assert result == {"threshold_otsu": direct}
    assert type(result["threshold_otsu"]) is float


def test_a_reference_can_be_bound_to_any_parameter(coins: np.ndarray) -> None:
    """Arrays, scalars and constructors feed whatever parameter they are bound to, also backwards in the document."""
    pipe = one(
        Step(id="mask", function="numpy:greater", inputs={"x1": "image", "x2": "level"}),
        Step(id="level", function="skimage:filters.threshold_otsu", inputs={"@": "image"}),
        Step(id="disk", function="skimage:morphology.disk", params={"radius": 3}),
        Step(id="closed", function="skimage:morphology.closing", inputs={"@": "mask", "footprint": "disk"}),
    )
    result = compile_pipeline(pipe)(image=coins)["closed"]
    direct = skimage.morphology.closing(coins > skimage.filters.threshold_otsu(coins), skimage.morphology.disk(3))
    np.testing.assert_array_equal(result, direct)
    assert result.dtype == direct.dtype


def test_items_of_several_results(coins: np.ndarray) -> None:
    """`id.0` and `id.name` are one item; a bare id is the whole; the implicit chain takes the first."""
    pipe = one(
        Step(id="found", function="scipy:ndimage.label", inputs={"@": "image"}),
        Step(id="size", function="numpy:max", inputs={"@": "found"}),
        outputs={"whole": "found", "count": "found.1", "labels": "found.0", "size": "size"},
    )
    mask = coins > 100
    result = compile_pipeline(pipe)(image=mask)
    labels, count = scipy.ndimage.label(mask)
    np.testing.assert_array_equal(result["labels"], labels)
    assert result["count"] == count == result["size"]
    assert isinstance(result["whole"], tuple)


def test_a_table_has_columns() -> None:
    """`id.name` reaches a column of a table."""
    labels = np.array([[1, 1, 0], [0, 0, 2]])
    pipe = one(
        Step(
            id="table",
            function="skimage:measure.regionprops_table",
            inputs={"label_image": "image"},
            params={"properties": ["label", "area"]},
        ),
        Step(id="largest", function="numpy:max", inputs={"@": "table.area"}),
    )
    assert compile_pipeline(pipe)(image=labels) == {"largest": 2.0}


def test_an_item_that_is_not_there_says_what_there_is() -> None:
    """A reference to a missing item fails its step and names what the result has."""
    pipe = one(Step(id="found", function="scipy:ndimage.label"), outputs={"third": "found.2"})
    with pytest.raises(PlanError, match=r"found\.labels, found\.num_features"):
        compile_pipeline(pipe)
    pipe = one(Step(id="parts", function="numpy:split", params={"indices_or_sections": 2}), outputs={"x": "parts.7"})
    with pytest.raises(StepError, match=r"parts\.7: 'parts' gave 2 results"):
        compile_pipeline(pipe)(image=np.ones(4))


def test_lists_of_references() -> None:
    """A list of references is a tuple of values."""
    pipe = one(Step(function="numpy:stack", inputs={"arrays": ["image", "image"]}))
    assert compile_pipeline(pipe)(image=np.arange(3))["stack"].shape == (2, 3)


def test_inputs_with_defaults_are_parameters(coins: np.ndarray) -> None:
    """An input with a default may be left out, and a constructor's argument can follow it."""
    pipe = one(
        Step(id="disk", function="skimage:morphology.disk", inputs={"radius": "radius"}),
        Step(id="opened", function="skimage:morphology.opening", inputs={"@": "image", "footprint": "disk"}),
        inputs={"image": Input(), "radius": Input(kind="scalar", default=2)},
    )
    ready = compile_pipeline(pipe)
    for radius in (2, 5):
        expected = skimage.morphology.opening(coins, skimage.morphology.disk(radius))
        given = {} if radius == 2 else {"radius": radius}
        np.testing.assert_array_equal(ready(image=coins, **given)["opened"], expected)


def test_int_and_float_give_different_pixels() -> None:
    """`2` and `2.0` stay what they are: uint8 200 times 2 is 144, times 2.0 is 400.0."""

    def double(factor: object) -> np.ndarray:
        pipe = one(Step(function="numpy:multiply", inputs={"x1": "image"}, params={"x2": factor}))
        return compile_pipeline(pipe)(image=np.array([[200]], np.uint8))["multiply"]

    assert double(2).tolist() == [[144]]
    assert double(2.0).tolist() == [[400.0]]


@pytest.mark.parametrize("factor", [np.float32(2), np.float64(2), np.int16(2), np.uint8(2), 2, 2.0, np.bool_(True)])
def test_numbers_of_numpy_stay_numbers_of_numpy(factor: object) -> None:
    """A NumPy number in a pipeline promotes as in a direct call: float32 pixels times float64(2) are float64."""
    pixels = np.array([[200]], np.float32)
    pipe = one(Step(function="numpy:multiply", inputs={"x1": "image"}, params={"x2": factor}))
    result = compile_pipeline(pipe)(image=pixels)["multiply"]
    assert result.dtype == np.multiply(pixels, factor).dtype
    assert compile_pipeline(loads(dumps(pipe)))(image=pixels)["multiply"].dtype == result.dtype


def test_a_number_of_numpy_is_a_number_to_functions(coins: np.ndarray) -> None:
    """Functions that ask for a number take NumPy's as well, through a document."""
    pipe = one(Step(function="skimage:filters.gaussian", params={"sigma": np.float64(2), "truncate": np.float32(3)}))
    expected = skimage.filters.gaussian(coins, sigma=np.float64(2), truncate=np.float32(3))
    np.testing.assert_array_equal(compile_pipeline(loads(dumps(pipe)))(image=coins)["gaussian"], expected)


def test_values_that_json_has_no_word_for(tmp_path: Path) -> None:
    """`$` values arrive as what they stand for: arrays, dtypes, files, slices, calls, functions, generators."""
    flat = np.arange(6.0).reshape(2, 3)
    np.save(tmp_path / "flat.npy", flat)
    sha = hashlib.sha256((tmp_path / "flat.npy").read_bytes()).hexdigest()
    pipe = one(
        Step(id="typed", function="numpy:astype", inputs={"x": "image"}, params={"dtype": {"$dtype": "float32"}}),
        Step(
            id="summed",
            function="numpy:add",
            inputs={"x1": "typed"},
            params={"x2": {"$file": {"path": "flat.npy", "sha256": sha}}},
        ),
        Step(id="part", function="builtin:getitem", params={"index": [{"$ellipsis": True}, {"$slice": [0, 2, None]}]}),
        Step(
            id="scaled",
            function="numpy:multiply",
            inputs={"x1": "part"},
            params={"x2": {"$array": {"dtype": "float64", "shape": [2], "data": [1.0, 10.0]}}},
        ),
    )
    result = compile_pipeline(pipe, base=tmp_path)(image=np.ones((2, 3), np.uint8))["scaled"]
    np.testing.assert_array_equal(result, (1 + flat)[:, :2] * [1.0, 10.0])


def test_a_generator_is_new_at_each_call(coins: np.ndarray) -> None:
    """`$rng` starts from its seed at every call, so that no item depends on another."""
    pipe = one(Step(function="skimage:util.random_noise", params={"rng": {"$rng": 42}}))
    ready = compile_pipeline(pipe)
    first, second = ready(image=coins)["random_noise"], ready(image=coins)["random_noise"]
    np.testing.assert_array_equal(first, second)
    np.testing.assert_array_equal(first, skimage.util.random_noise(coins, rng=np.random.default_rng(42)))


def test_constants_are_private_to_a_call() -> None:
    """A function that writes into an array constant does not change the next call."""
    array = {"$array": {"dtype": "float64", "shape": [2], "data": [1.0, 2.0]}}
    ready = compile_pipeline(Pipeline(steps=[Step(function="numpy:negative", params={"x": array})]))
    first = ready(results="native")["negative"]
    first += 1
    assert ready()["negative"].tolist() == [-1.0, -2.0]


def test_a_switched_off_step_passes_on_what_flows_in(coins: np.ndarray) -> None:
    """`enabled: false` bypasses a step, whoever refers to it."""
    pipe = one(
        Step(function="skimage:filters.gaussian", params={"sigma": 2.0}, options=Options(enabled=False)),
        Step(function="skimage:filters.threshold_otsu"),
    )
    ready = compile_pipeline(pipe)
    assert ready.step_ids == ("threshold_otsu",)
    assert ready(image=coins) == {"threshold_otsu": skimage.filters.threshold_otsu(coins)}


def test_slice_letters_use_the_declared_axes() -> None:
    """`slice_by_slice: "Z"` works along the Z that the document declares, wherever it stands."""
    stack = np.random.default_rng(0).random((2, 3, 16, 16))
    pipe = one(
        Step(function="skimage:filters.gaussian", params={"sigma": 1.0}, options=Options(slice_by_slice="CZ")),
        inputs={"image": Input(axes="CZYX")},
    )
    result = compile_pipeline(pipe)(image=stack)["gaussian"]
    expected = np.stack([[skimage.filters.gaussian(plane, sigma=1.0) for plane in volume] for volume in stack])
    np.testing.assert_array_equal(result, expected)


def test_axes_are_compared_with_the_array(coins: np.ndarray) -> None:
    """An array with another number of axes than declared is refused by name."""
    pipe = one(Step(function="skimage:filters.gaussian"), inputs={"image": Input(axes="YX")})
    with pytest.raises(ArgumentError, match=r"'image' declares axes YX .* 3 axes"):
        compile_pipeline(pipe)(image=np.zeros((3, 4, 5)))


@pytest.mark.parametrize(
    ("given", "message"), [({}, "'image' is missing"), ({"imaeg": 1}, "no input 'imaeg'; did you mean 'image'")]
)
def test_missing_and_unknown_inputs(given: dict[str, Any], message: str) -> None:
    """Inputs are named right, or the error says how."""
    with pytest.raises(ArgumentError, match=message):
        compile_pipeline(one(Step(function="skimage:filters.gaussian")))(**given)


def test_a_raising_function_is_a_step_error_with_its_cause() -> None:
    """The library's exception stays what it is, behind a StepError that names step and function."""
    pipe = one(Step(id="smooth", function="skimage:filters.gaussian", params={"sigma": -1.0}))
    with pytest.raises(StepError, match="step 'smooth'") as caught:
        compile_pipeline(pipe)(image=np.zeros((4, 4)))
    assert (caught.value.step, caught.value.key) == ("smooth", "skimage:filters.gaussian")
    assert isinstance(caught.value.__cause__, ValueError)


def test_all_problems_come_before_the_first_step() -> None:
    """A plan with unknown names, functions and failing constants is refused as a whole."""
    pipe = one(
        Step(function="skimage:filters.gausian"),
        Step(function="skimage:filters.gaussian", params={"sigmaa": 1}),
        outputs={"x": "nothing"},
    )
    with pytest.raises(PlanError) as caught:
        compile_pipeline(pipe)
    assert {p.code for p in caught.value.problems} == {"unknown-function", "unknown-parameter", "bad-reference"}


def test_a_constructor_that_fails_is_a_problem_at_its_place() -> None:
    """A `$call` is made when planning, and its failure is no step's."""
    footprint = {"$call": "skimage:morphology.footprint_rectangle", "params": {"shape": [3, -3]}}
    pipe = one(Step(function="skimage:morphology.closing", params={"footprint": footprint}))
    with pytest.raises(PlanError) as caught:
        plan(pipe)
    (problem,) = caught.value.problems
    assert (problem.code, problem.pointer) == ("invalid-value", "/steps/0/params/footprint")


def test_events_tell_each_step(coins: np.ndarray) -> None:
    """Every step says when it starts and when it has finished, in order, with its memory type."""
    events: list[Event] = []
    pipe = one(Step(function="skimage:filters.gaussian"), Step(function="skimage:filters.threshold_otsu"))
    compile_pipeline(pipe).run({"image": coins}, on_event=events.append)
    assert [(e.kind, e.step, e.index, e.total) for e in events] == [
        ("step-started", "gaussian", 0, 2),
        ("step-finished", "gaussian", 0, 2),
        ("step-started", "threshold_otsu", 1, 2),
        ("step-finished", "threshold_otsu", 1, 2),
    ]
    assert events[1].memory_type == "numpy"


class Traced(np.ndarray):
    """An array that can be counted; ufuncs give their results the same class."""


def test_arrays_are_dropped_after_their_last_reader() -> None:
    """A long chain does not hold every array that it made."""
    alive: list[int] = []

    def count(event: Event) -> None:
        if event.kind == "step-finished":
            gc.collect()
            alive.append(sum(isinstance(thing, Traced) for thing in gc.get_objects()))

    ready = compile_pipeline(one(*(Step(function="numpy:negative") for _ in range(6))))
    ready.run({"image": np.zeros((4, 4)).view(Traced)}, on_event=count)
    assert len(alive) == 6
    assert max(alive) <= 3


def test_results_stay_on_the_device_when_asked(opencl: None, coins: np.ndarray) -> None:
    """`results="native"` hands out what the last function made; otherwise NumPy."""
    pipe = one(Step(function="pyclesperanto:gaussian_blur", params={"sigma_x": 1.0, "sigma_y": 1.0}))
    ready = compile_pipeline(pipe)
    native, host = ready(image=coins, results="native")["gaussian_blur"], ready(image=coins)["gaussian_blur"]
    assert type(native).__module__.startswith("pyclesperanto")
    assert type(host) is np.ndarray
    np.testing.assert_array_equal(native.get(), host)


def test_a_function_that_can_not_be_had_here_is_a_problem_beside_the_others() -> None:
    """A known library that is not installed is refused with its place and what to install, together with typos."""
    pipe = one(Step(function="cucim:filters.gaussian"), Step(function="skimage:filters.gausian"))
    if registry.availability("cucim").available:
        pytest.skip("cuCIM is installed here; to run this test use an environment without it")
    with pytest.raises(PlanError) as caught:
        compile_pipeline(pipe)
    found = {problem.code: problem for problem in caught.value.problems}
    assert found.keys() == {"unavailable-function", "unknown-function"}
    assert found["unavailable-function"].pointer == "/steps/0/function"
    assert "cuda12" in str(found["unavailable-function"].install)
    with pytest.raises(PlanError):
        plan(one(Step(function="cucim:filters.gaussian")))


def test_a_function_that_writes_into_its_input_does_not_reach_a_sibling(opencl: None, coins: np.ndarray) -> None:
    """Who changes an array in place gets a copy: other readers of it, and the caller's own, stay as they were."""
    pipe = one(
        Step(id="smooth", function="pyclesperanto:gaussian_blur", params={"sigma_x": 1, "sigma_y": 1}),
        Step(id="row", function="pyclesperanto:set_row", params={"row_index": 3, "value": 0}),
        Step(
            id="filled",
            function="skimage:morphology.flood_fill",
            inputs={"image": "image"},
            params={"seed_point": [0, 0], "new_value": 7, "in_place": True},
        ),
        outputs={"smooth": "smooth", "row": "row", "filled": "filled"},
    )
    given = coins.copy()
    result = compile_pipeline(pipe)(image=given)
    expected = resolve("pyclesperanto:gaussian_blur")(coins, sigma_x=1, sigma_y=1).get()
    np.testing.assert_array_equal(result["smooth"], expected)
    expected[3] = 0
    np.testing.assert_array_equal(result["row"], expected)
    assert result["filled"][0, 0] == 7
    np.testing.assert_array_equal(given, coins)


def test_what_a_function_yields_is_a_list(coins: np.ndarray) -> None:
    """A pyramid, which scikit-image yields layer by layer, can be read by several steps and by position."""
    pipe = one(
        Step(id="pyramid", function="skimage:transform.pyramid_gaussian", params={"max_layer": 2}),
        outputs={"all": "pyramid", "coarse": "pyramid.2"},
    )
    result = compile_pipeline(pipe)(image=coins)
    direct = list(skimage.transform.pyramid_gaussian(coins, max_layer=2))
    assert type(result["all"]) is list
    for ours, expected in zip([*result["all"], result["coarse"]], [*direct, direct[2]], strict=True):
        np.testing.assert_array_equal(ours, expected, strict=True)


def test_results_are_of_the_types_that_a_subprocess_gives(coins: np.ndarray) -> None:
    """A named tuple of a library is a tuple, and what stands for an array is one."""
    pipe = one(
        Step(id="counts", function="numpy:unique_counts"),
        Step(id="dense", function="skimage:segmentation.relabel_sequential", inputs={"@": "image"}),
        outputs={"counts": "counts", "first": "counts.0", "dense": "dense"},
    )
    result = compile_pipeline(pipe)(image=coins)
    assert type(result["counts"]) is tuple
    np.testing.assert_array_equal(result["first"], np.unique(coins))
    assert [type(item) for item in result["dense"]] == [np.ndarray] * 3


def test_inputs_with_the_names_of_our_own_arguments() -> None:
    """An input may be called ``results``, or ``self``."""
    pipe = one(
        Step(function="numpy:add", inputs={"x1": "results", "x2": "self"}),
        inputs={"results": Input(), "self": Input()},
    )
    assert compile_pipeline(pipe)(results=np.arange(3), self=1)["add"].tolist() == [1, 2, 3]


def test_inputs_are_given_by_name() -> None:
    """A key that is no text is refused with our own error."""
    pipe = one(Step(function="numpy:negative"))
    with pytest.raises(ArgumentError, match="given by name, and 1 is no text"):
        compile_pipeline(pipe).run({1: np.arange(3)})  # type: ignore[dict-item]


def test_what_comes_by_an_input_is_as_a_constant_would_be() -> None:
    """A parameter that wants a dtype or a list gets one, whether written in the step, a default, or given."""
    pipe = one(
        Step(id="typed", function="numpy:zeros", inputs={"dtype": "dtype"}, params={"shape": [2]}),
        Step(id="blocks", function="numpy:block", inputs={"arrays": "rows"}),
        inputs={"dtype": Input(default="uint16"), "rows": Input(default=[[1, 2], [3, 4]])},
        outputs={"typed": "typed", "blocks": "blocks"},
    )
    ready = compile_pipeline(pipe)
    assert ready()["typed"].dtype == "uint16"
    assert ready()["blocks"].tolist() == [[1, 2], [3, 4]]
    assert ready(dtype="int8", rows=((5,), (6,)))["blocks"].tolist() == [[5], [6]]


def test_a_recovery_is_an_event(monkeypatch: pytest.MonkeyPatch) -> None:
    """When a device runs out of memory and the call is tried again, whoever watches the run is told, with the step."""
    if (found := opencl.status()).state != "ready":
        pytest.skip(f"{found.message}; {found.install}")
    import pyclesperanto

    raw, calls = pyclesperanto.absolute, []

    def limited(*args: Any, **kwargs: Any) -> Any:
        calls.append(args)
        if len(calls) == 1:
            raise RuntimeError("Error: Failed to allocate buffer memory. OpenCL error: CL_INVALID_BUFFER_SIZE (-61)")
        return raw(*args, **kwargs)

    monkeypatch.setattr(resolver, "_functions", {})
    monkeypatch.setitem(loading._raw, "pyclesperanto:absolute", limited)
    told: list[Event] = []
    ready = plan(one(Step(id="up", function="pyclesperanto:absolute")))
    result = ready.run({"image": np.full((4, 4), -2.0, "float32")}, on_event=told.append)
    assert result["up"].tolist() == np.full((4, 4), 2.0).tolist()
    assert [event.kind for event in told] == ["step-started", "note", "step-finished", "outputs-converted"]
    assert (told[1].step, told[1].key) == ("up", "pyclesperanto:absolute")
    assert "ran out of device memory" in str(told[1].message)
    del calls[:]
    with pytest.warns(RuntimeWarning, match="ran out of device memory: freed"):
        ready.run({"image": np.full((4, 4), -2.0, "float32")})


@pytest.mark.usefixtures("opencl")
def test_a_chain_converts_where_its_memory_changes(coins: np.ndarray, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three steps on the device: one way in, one way out, as the events say and as a probe at the library counts."""
    cle = importlib.import_module("pyclesperanto")
    array_class = type(cle.push(np.zeros((2, 2))))
    pushed, pulled = [], []

    def probe(owner: Any, name: str, seen: list[tuple[int, ...]]) -> None:
        original = getattr(owner, name)

        def counted(array: Any, *rest: Any) -> Any:
            seen.append(tuple(array.shape))
            return original(array, *rest)

        monkeypatch.setattr(owner, name, counted)

    probe(cle, "push", pushed)
    probe(array_class, "get", pulled)
    events: list[Event] = []
    sigmas = {"sigma_x": 1, "sigma_y": 1}
    device = [Step(id=name, function="pyclesperanto:gaussian_blur", params=sigmas) for name in "abc"]
    compile_pipeline(one(Step(function="numpy:negative"), *device)).run({"image": coins}, on_event=events.append)
    told = [(event.step, event.conversions) for event in events if event.conversions]
    assert told == [("a", {"numpy to pyclesperanto": 1}), (None, {"pyclesperanto to numpy": 1})]
    assert (pushed, pulled) == ([coins.shape], [coins.shape])


def test_nothing_is_converted_on_one_memory(coins: np.ndarray) -> None:
    """A chain of NumPy functions converts nothing, and no event says so."""
    events: list[Event] = []
    steps = [Step(function=f"skimage:filters.{name}") for name in ("gaussian", "sobel")]
    compile_pipeline(one(*steps)).run({"image": coins}, on_event=events.append)
    assert [event.conversions for event in events] == [None] * 4


def test_an_image_comes_by_position_where_the_library_looks_at_positions_alone() -> None:
    """scikit-image moves the channels of images that come by position, and not of those that come by keyword."""
    hsv = np.random.default_rng(0).random((3, 4, 5))
    step = Step(function="skimage:color.hsv2rgb", params={"channel_axis": 0})
    result = compile_pipeline(one(step))(image=hsv)["hsv2rgb"]
    np.testing.assert_array_equal(result, skimage.color.hsv2rgb(hsv, channel_axis=0))


def test_a_result_has_the_dtype_that_is_asked_of_the_library() -> None:
    """SciPy computes in the dtype of its result: a gradient of unsigned integers needs another."""
    image = np.array([[0, 200, 0], [200, 0, 200]], np.uint8)
    step = Step(function="scipy:ndimage.sobel", params={"output": "int16"})
    result = compile_pipeline(one(step))(image=image)["sobel"]
    np.testing.assert_array_equal(result, scipy.ndimage.sobel(image, output=np.int16))
    assert result.dtype == np.int16
    assert result.min() < 0


def test_numbers_of_numpy_arrive_as_numbers_of_numpy(coins: np.ndarray) -> None:
    """scikit-image asks whether a count is an integer; an array without axes is none."""
    parts = skimage.morphology.disk(5, decomposition="sequence")
    assert any(isinstance(count, np.integer) for _, count in parts)
    pipe = loads(dumps(one(Step(function="skimage:morphology.dilation", params={"footprint": parts}))))
    result = compile_pipeline(pipe)(image=coins)["dilation"]
    np.testing.assert_array_equal(result, skimage.morphology.dilation(coins, parts))


def test_a_dtype_is_its_name_where_the_library_takes_names(coins: np.ndarray) -> None:
    """The ranges of scikit-image are called by a dtype's name, and know no dtype."""
    pipe = loads(dumps(one(Step(function="skimage:exposure.rescale_intensity", params={"out_range": np.uint8}))))
    result = compile_pipeline(pipe)(image=coins.astype(np.int16))["rescale_intensity"]
    np.testing.assert_array_equal(
        result, skimage.exposure.rescale_intensity(coins.astype(np.int16), out_range=np.uint8)
    )
