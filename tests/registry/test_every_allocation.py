"""Running out of memory at each allocation of a call: the result of an undisturbed call, or the library's own error."""

from __future__ import annotations

import gc
import importlib
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
import scipy.ndimage

from registry.errors import OutOfDeviceMemoryError
from registry.memory import convert
from registry.recovery import MOST_TRIES, listening
from registry.resolver import resolve

# As CLIc says it.
FULL = "Error: Failed to allocate buffer memory. OpenCL error: CL_MEM_OBJECT_ALLOCATION_FAILURE (-4)"
STACK = np.random.default_rng(0).integers(0, 9, (3, 8, 9)).astype("float32")
MASKS = (STACK > 4).astype("uint8")
# A call that allocates: for what comes in, what it makes in between, and what it gives.
CALLS: dict[str, tuple[str, dict[str, Any], tuple[Any, ...], dict[str, Any]]] = {
    "one image": ("pyclesperanto:gaussian_blur", {}, (STACK,), {"sigma_x": 1}),
    "two images": ("pyclesperanto:add_images_weighted", {}, (STACK, STACK + 1), {"factor1": 2}),
    "slices": ("pyclesperanto:absolute", {"slice_by_slice": True}, (-STACK,), {}),
    "slices of two": ("pyclesperanto:add_images_weighted", {"slice_by_slice": True}, (STACK, STACK), {"factor2": 3}),
    "another dtype": ("pyclesperanto:gaussian_blur", {"dtype": "uint8", "scale": "cast"}, (STACK,), {"sigma_y": 1}),
    "labels that go on": (
        "pyclesperanto:connected_component_labeling",
        {"slice_by_slice": True, "unique_labels": True},
        (MASKS,),
        {},
    ),
    "a device that is chosen": ("pyclesperanto:absolute", {"device": 0}, (-STACK,), {}),
}


class Device:
    """Counts what pyclesperanto allocates, lets chosen allocations fail as CLIc would, and knows which arrays live.

    Arrays are allocated by `_Array.create`, and inside the backend's functions where no output is handed over.
    """

    def __init__(self, backend: Any) -> None:
        self.count = 0
        self.fails: Callable[[int], bool] = lambda number: False
        self._backend = backend
        self._made: list[weakref.ref[Any]] = []
        self._create = backend._Array.create

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._backend, name)
        if not name.startswith("_") or isinstance(found, type) or not callable(found):
            return found

        def allocating(*args: Any) -> Any:
            if None not in args:
                return found(*args)
            self._allocate()
            return self._seen(found(*args))

        return allocating

    def create(self, *args: Any, **kwargs: Any) -> Any:
        self._allocate()
        return self._seen(self._create(*args, **kwargs))

    def begin(self, fails: Callable[[int], bool] = lambda number: False) -> None:
        self.count, self.fails, self._made = 0, fails, []

    @property
    def alive(self) -> int:
        return sum(ref() is not None for ref in self._made)

    def _allocate(self) -> None:
        self.count += 1
        if self.fails(self.count):
            raise RuntimeError(FULL)

    def _seen(self, made: Any) -> Any:
        if isinstance(made, self._backend._Array):
            self._made.append(weakref.ref(made))
        return made


@pytest.fixture
def device(cle: Any, monkeypatch: pytest.MonkeyPatch) -> Device:
    module = importlib.import_module("pyclesperanto._backend")
    stand_in = Device(module._get_backend())
    monkeypatch.setattr(stand_in._backend._Array, "create", staticmethod(stand_in.create))
    monkeypatch.setattr(module, "_active_backend", stand_in)
    return stand_in


@pytest.fixture(autouse=True)
def no_garbage() -> Iterator[None]:
    """What is let go must go without a collection."""
    gc.collect()
    gc.disable()
    yield
    gc.enable()


def call(name: str, **options: Any) -> tuple[Callable[[], Any], tuple[Any, ...]]:
    """A call, and copies of what it is given."""
    key, own, args, kwargs = CALLS[name]
    function = resolve(key, **own, **options)
    return lambda: function(*args, **kwargs), tuple(arg.copy() for arg in args)


def undisturbed(name: str, device: Device, **options: Any) -> tuple[Any, int]:
    """What a call gives, and how many allocations it makes."""
    device.begin()
    made = call(name, **options)[0]()
    return convert(made, "numpy"), device.count


@pytest.mark.parametrize("name", CALLS)
def test_each_allocation_may_fail_once(name: str, device: Device) -> None:
    """Whichever fails: the same result, told, inputs as they were, and nothing on the device but the result."""
    expected, allocations = undisturbed(name, device)
    kept = 1
    assert allocations >= 2
    for number in range(1, allocations + 1):
        device.begin(lambda count, number=number: count == number)
        told: list[str] = []
        run, given = call(name)
        with listening(told.append):
            result = run()
        np.testing.assert_array_equal(convert(result, "numpy"), expected, strict=True)
        assert len(told) == 1, number
        assert "tried again (1 of 3)" in told[0]
        assert device.alive == kept, number
        assert all(map(np.array_equal, CALLS[name][2], given))
        del result
        assert device.alive == 0


@pytest.mark.parametrize("name", CALLS)
def test_from_each_allocation_on_the_device_may_be_full(name: str, device: Device) -> None:
    """Then the library's own error comes, with what was tried, and no array is left on the device."""
    _, allocations = undisturbed(name, device)
    for number in range(1, allocations + 1):
        device.begin(lambda count, number=number: count >= number)
        told: list[str] = []
        run, given = call(name)
        with listening(told.append), pytest.raises((RuntimeError, OutOfDeviceMemoryError)) as caught:
            run()
        assert is_the_library_s(caught.value)
        assert len(told) == MOST_TRIES
        assert "tried again (3 of 3)" in caught.value.__notes__[0]
        assert all(map(np.array_equal, CALLS[name][2], given))
        del caught
        assert device.alive == 0


@pytest.mark.parametrize("dtype", ["float32", "uint16"])
def test_each_allocation_of_each_try_may_fail_until_it_is_split(device: Device, dtype: str) -> None:
    """However far each try came: slice by slice it gives the same, and when that fails too, the library's error."""
    stack = -STACK.astype(dtype)
    function = resolve("pyclesperanto:absolute", on_oom="split")
    device.begin()
    expected = convert(function(stack), "numpy")
    for number in range(1, device.count + 1):
        whole = [number * tried for tried in range(1, MOST_TRIES + 2)]
        device.begin(lambda count, whole=whole: count in whole)
        told: list[str] = []
        with listening(told.append):
            result = function(stack)
        np.testing.assert_array_equal(convert(result, "numpy"), expected, strict=True)
        assert len(told) == MOST_TRIES + 1
        assert told[-1].endswith("called it slice by slice")
        assert device.alive == 1
        del result
        split = device.count
        for later in range(whole[-1] + 1, split + 1):
            device.begin(lambda count, later=later, whole=whole: count in (*whole, later))
            with listening(told.append), pytest.raises((RuntimeError, OutOfDeviceMemoryError)) as caught:
                function(stack)
            assert is_the_library_s(caught.value)
            del caught
            assert device.alive == 0


@pytest.mark.parametrize("name", CALLS)
def test_raise_raises_at_each_allocation(name: str, device: Device) -> None:
    """Nothing is tried, nothing told, and nothing kept."""
    _, allocations = undisturbed(name, device, on_oom="raise")
    for number in range(1, allocations + 1):
        device.begin(lambda count, number=number: count == number)
        told: list[str] = []
        with listening(told.append), pytest.raises((RuntimeError, OutOfDeviceMemoryError)) as caught:
            call(name, on_oom="raise")[0]()
        assert is_the_library_s(caught.value)
        assert (told, device.count) == ([], number)
        del caught
        assert device.alive == 0


@pytest.mark.parametrize("number", [1, 2, 3, 4])
def test_on_a_gpu_each_allocation_may_fail_until_the_cpu_is_called(host_cupy: Any, number: int) -> None:
    """For what comes in and what the function makes: its twin's result, told, and the input as it was."""
    whole = [number * tried for tried in range(1, MOST_TRIES + 2)] if number < 4 else [1, 3, 6, 7]
    host_cupy.begin(lambda count: count in whole)
    told: list[str] = []
    given = STACK.copy()
    with listening(told.append):
        result = resolve("cupyx:ndimage.gaussian_filter", on_oom="cpu")(STACK, 1)
    np.testing.assert_array_equal(result, scipy.ndimage.gaussian_filter(STACK, 1))
    assert type(result) is np.ndarray
    assert told[-1].endswith("called scipy:ndimage.gaussian_filter")
    assert len(told) == MOST_TRIES + 1
    np.testing.assert_array_equal(STACK, given)


def is_the_library_s(error: BaseException) -> bool:
    """Whether an error is pyclesperanto's, or ours of an array that found no room, which has it for its cause."""
    own = error.__cause__ if isinstance(error, OutOfDeviceMemoryError) else error
    return type(own) is RuntimeError and str(own) == FULL and FULL in str(error)
