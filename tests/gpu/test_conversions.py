"""Arrays on a GPU: what docs/memory.md says of copies, and what a pipeline brings where."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
import pytest

from pipeline_schema.document import Input, Pipeline, Step
from pipeline_schema.events import Event
from pipeline_schema.plan import plan
from registry.memory import convert, counting, duplicate, memory_type_of
from registry.resolver import resolve

pytestmark = pytest.mark.gpu

IMAGE = np.random.default_rng(0).integers(0, 65536, (64, 80), np.uint16)
DTYPES = ["bool", "int8", "uint8", "int16", "uint16", "int32", "uint32", "int64", "uint64", "float16", "float32",
          "float64", "complex64", "complex128"]  # fmt: skip


class Interface:
    """An array of another library on the GPU, which has the CUDA array interface alone."""

    def __init__(self, array: Any) -> None:
        self._array = array
        self.__cuda_array_interface__ = array.__cuda_array_interface__
        self.shape, self.dtype = array.shape, array.dtype


class Capsule:
    """An array of another library on the GPU, which speaks DLPack alone."""

    def __init__(self, array: Any) -> None:
        self._array = array
        self.shape, self.dtype = array.shape, array.dtype

    def __dlpack__(self, **options: Any) -> Any:
        return self._array.__dlpack__(**options)

    def __dlpack_device__(self) -> Any:
        return self._array.__dlpack_device__()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("view", [np.s_[:], np.s_[::2, ::-1], np.s_[3, 5], np.s_[:0]], ids=str)
def test_there_and_back_changes_nothing(cupy: Any, dtype: str, view: Any) -> None:
    """Every dtype, views, single pixels and no pixels at all."""
    array = np.asarray(IMAGE.astype(dtype)[view])
    there = convert(array, "cupy")
    assert memory_type_of(there) == ("cupy" if array.shape else "numpy")
    np.testing.assert_array_equal(convert(there, "numpy"), array, strict=True)


def test_an_array_that_is_there_is_handed_over(cupy: Any) -> None:
    """The very object, and nothing is counted."""
    there = cupy.asarray(IMAGE)
    with counting() as found:
        assert convert(there, "cupy") is there
    assert not found


@pytest.mark.parametrize("foreign", [Interface, Capsule])
def test_arrays_of_others_on_the_gpu_are_taken_without_a_copy(cupy: Any, foreign: Any) -> None:
    """By DLPack or the CUDA array interface: what is written here is seen there; to the host it is one copy."""
    there = cupy.asarray(IMAGE)
    taken = convert(foreign(there), "cupy")
    assert taken.data.ptr == there.data.ptr
    taken[0, 0] = 7
    assert int(there[0, 0]) == 7
    back = convert(foreign(there), "numpy")
    np.testing.assert_array_equal(back, there.get(), strict=True)
    assert not np.shares_memory(back, IMAGE)


def test_work_on_another_stream_is_waited_for(cupy: Any) -> None:
    """What a stream of the user's still computes is whole in what is taken over and pulled."""
    stream = cupy.cuda.Stream(non_blocking=True)
    with stream:
        array = cupy.zeros((2048, 2048), "float32")
        for _ in range(200):
            array += 1
        taken = convert(Capsule(array), "cupy")
        assert float(taken.min()) == 200
        np.testing.assert_array_equal(convert(array, "numpy"), np.full((2048, 2048), 200, "float32"))


def test_to_opencl_and_back(cupy: Any, opencl_gpu: Any) -> None:
    """By way of the host, value for value."""
    array = cupy.asarray(IMAGE)
    there = convert(array, "pyclesperanto")
    assert memory_type_of(there) == "pyclesperanto"
    np.testing.assert_array_equal(convert(there, "cupy").get(), IMAGE, strict=True)


@pytest.mark.parametrize("library", ["cupyx", "pyclesperanto"])
def test_a_fan_out_is_brought_once(library: str, request: pytest.FixtureRequest) -> None:
    """Three readers on the device of one array: one way in, and each output one way out."""
    request.getfixturevalue("cupy" if library == "cupyx" else "opencl_gpu")
    memory_type, key, params = {
        "cupyx": ("cupy", "cupyx:ndimage.gaussian_filter", {"sigma": 1}),
        "pyclesperanto": ("pyclesperanto", "pyclesperanto:gaussian_blur", {"sigma_x": 1, "sigma_y": 1}),
    }[library]
    steps = [Step(id=name, function=key, inputs={"@": "image"}, params=params) for name in "abc"]
    told: Counter[str] = Counter()

    def listen(event: Event) -> None:
        told.update(event.conversions or {})

    document = Pipeline(inputs={"image": Input()}, steps=steps, outputs={name: name for name in "abc"})
    done = plan(document).run({"image": IMAGE}, on_event=listen)
    assert told == {f"numpy to {memory_type}": 1, f"{memory_type} to numpy": 3}
    for name in "abc":
        np.testing.assert_array_equal(done[name], done["a"])


def test_who_writes_into_an_array_of_the_gpu_gets_a_copy(cupy: Any) -> None:
    """`cupy:median` may be asked to overwrite; the array that another step reads stays as it was."""
    steps = [
        Step(id="made", function="cupy:positive", inputs={"@": "image"}),
        Step(id="median", function="cupy:median", inputs={"@": "made"}, params={"overwrite_input": True}),
        Step(id="reads", function="cupy:positive", inputs={"@": "made"}),
    ]
    outputs = {"median": "median", "reads": "reads"}
    done = plan(Pipeline(inputs={"image": Input()}, steps=steps, outputs=outputs)).run({"image": IMAGE})
    np.testing.assert_array_equal(done["reads"], IMAGE)
    assert float(np.asarray(done["median"])) == float(np.median(IMAGE))
    there = cupy.asarray(IMAGE)
    other = duplicate(there)
    other[...] = 0
    np.testing.assert_array_equal(there.get(), IMAGE)


def test_functions_work_on_the_device_of_their_option(cupy: Any) -> None:
    """Arrays are brought there, results stay there, and CuPy's current device is as before."""
    last = cupy.cuda.runtime.getDeviceCount() - 1
    current = cupy.cuda.runtime.getDevice()
    function = resolve("cupyx:ndimage.gaussian_filter", device=last)
    for image in (IMAGE, cupy.asarray(IMAGE)):
        result = function(image, 1)
        assert result.device.id == last
    assert cupy.cuda.runtime.getDevice() == current
