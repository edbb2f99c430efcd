"""Option `device`, and the device of a worker: where functions work, and that nobody else is moved."""

from __future__ import annotations

import os
import pickle
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest

from pipeline_schema.document import Input, Options, Pipeline, Step
from pipeline_schema.errors import PlanError
from pipeline_schema.plan import plan
from registry import devices, opencl
from registry.errors import ArgumentError
from registry.resolver import resolve

# Two devices of PoCL's, each with memory of its own: only a process that has not begun yet can be given them. Both are
# of its driver with threads: on the other, calls of several threads lock each other up, without us too.
TWO_DEVICES = """
import numpy as np, threading, pyclesperanto
from pipeline_schema.document import Input, Options, Pipeline, Step
from pipeline_schema.plan import plan
from registry import devices, opencl
from registry.memory import counting
from registry.resolver import resolve
image = np.random.default_rng(0).integers(0, 99, (3, 9, 11)).astype("float32")
current = pyclesperanto.get_device().index
other = 1 - current
blur = resolve("pyclesperanto:gaussian_blur", device=other)
expected = pyclesperanto.gaussian_blur(image, sigma_x=1).get()
"""


@pytest.fixture
def two_devices(tmp_path: Any) -> Any:
    """Runs a program where pyclesperanto has two devices."""
    found = opencl.status()
    if found.pocl is None or found.state != "ready":
        pytest.skip(
            f"needs PoCL, two devices of which can be had; {found.install or 'install pocl-binary-distribution'}"
        )

    def run(program: str) -> str:
        code = "from registry import opencl; opencl.require()" + TWO_DEVICES + textwrap.dedent(program)
        env = os.environ | {"POCL_DEVICES": "pthread pthread"}
        done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, env=env, timeout=100)
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()

    return run


@pytest.fixture(autouse=True)
def nobody_s_choice() -> Iterator[None]:
    """No test leaves a device chosen."""
    yield
    devices.use(None)


def test_a_function_works_on_its_device(two_devices: Any) -> None:
    """Results are there, whatever comes in and from where; pixels are the same, and the current device stays."""
    two_devices("""
        results = [blur(image, sigma_x=1), blur(pyclesperanto.push(image), sigma_x=1)]
        results += [resolve("pyclesperanto:gaussian_blur", device=other, slice_by_slice=True)(image, sigma_x=1)]
        results += [resolve("pyclesperanto:gaussian_blur", device=other, dtype="uint8", scale="cast")(image)]
        assert [result.device.index for result in results] == [other] * 4
        for result in results[:3]:
            np.testing.assert_array_equal(result.get(), expected)
        add = resolve("pyclesperanto:add_images_weighted", device=other)
        assert add(pyclesperanto.push(image), blur(image)).device.index == other
        assert resolve("pyclesperanto:gaussian_blur")(image, sigma_x=1).device.index == current
        assert pyclesperanto.get_device().index == current
    """)


def test_arrays_go_from_device_to_device_once(two_devices: Any) -> None:
    """A chain on one device converts at its ends; a step on another is a change of device, and counted."""
    two_devices("""
        S = lambda name, ref, index: Step(id=name, function="pyclesperanto:gaussian_blur", inputs={"@": ref},
                                          params={"sigma_x": 1}, options=Options(device=index))
        document = Pipeline(inputs={"image": Input()}, outputs={"c": "c", "e": "e"}, steps=[
            S("a", "image", other), S("b", "a", other), S("c", "b", current), S("d", "image", other),
            S("e", "b", current)])
        told = []
        done = plan(document).run({"image": image}, on_event=lambda e: told.append((e.step, e.conversions)))
        told = [(step, dict(found)) for step, found in told if found]
        across = {"pyclesperanto to pyclesperanto": 1}
        assert told == [("a", {"numpy to pyclesperanto": 1}), ("c", across),
                        (None, {"pyclesperanto to numpy": 2})], told
        once = pyclesperanto.gaussian_blur(pyclesperanto.gaussian_blur(expected, sigma_x=1), sigma_x=1)
        np.testing.assert_array_equal(done["c"], once.get())
        np.testing.assert_array_equal(done["e"], once.get())
    """)


def test_threads_do_not_disturb_each_other(two_devices: Any) -> None:
    """Eight threads, half on each device, at once."""
    two_devices("""
        functions = [resolve("pyclesperanto:gaussian_blur", device=n % 2) for n in range(8)]
        together, found = threading.Barrier(8), {}
        def work(n):
            together.wait()
            found[n] = [functions[n](image, sigma_x=1) for _ in range(5)]
        threads = [threading.Thread(target=work, args=(n,)) for n in range(8)]
        [t.start() for t in threads]; [t.join() for t in threads]
        assert sorted(found) == list(range(8))
        for n, results in found.items():
            for result in results:
                assert result.device.index == n % 2
                np.testing.assert_array_equal(result.get(), expected)
    """)


def test_a_worker_has_its_device(two_devices: Any) -> None:
    """`use` chooses for all functions that say nothing; an option wins; no library's current device changes."""
    two_devices("""
        before = resolve("pyclesperanto:gaussian_blur")
        devices.use(other)
        here = resolve("pyclesperanto:gaussian_blur")
        assert here(image, sigma_x=1).device.index == other
        assert resolve("pyclesperanto:gaussian_blur", device=current)(image).device.index == current
        assert before(image).device.index == current
        assert resolve("numpy:negative")(image).sum() == -image.sum()
        devices.use(None)
        assert resolve("pyclesperanto:gaussian_blur") is before
        assert pyclesperanto.get_device().index == current
    """)


def test_a_device_that_is_not_there_is_refused_when_planning(opencl: None) -> None:
    """With its place in the document, and the devices that there are."""
    options = Options(device=7)
    document = Pipeline(inputs={"image": Input()}, steps=[Step(function="pyclesperanto:absolute", options=options)])
    with pytest.raises(PlanError, match=r"there is no device 7; devices of pyclesperanto here are 0: ") as caught:
        plan(document)
    (problem,) = caught.value.problems
    assert (problem.code, problem.pointer, problem.step) == ("invalid-value", "/steps/0/options/device", "absolute")
    devices.use(7)
    with pytest.raises(ArgumentError, match="no device 7"):
        resolve("pyclesperanto:absolute")


@pytest.mark.parametrize("index", [-1, True, "0", 1.0])
def test_what_is_no_index_is_refused(index: Any) -> None:
    """A worker is given a whole number from 0."""
    with pytest.raises(ArgumentError, match="by its index"):
        devices.use(index)


def test_the_cpu_has_no_device() -> None:
    """An option that would do nothing is refused; the worker's device does not concern functions of NumPy."""
    with pytest.raises(ArgumentError, match="works on the CPU"):
        resolve("numpy:negative", device=0)
    devices.use(3)
    assert resolve("numpy:negative").device is None


def test_a_worker_s_device_is_not_shipped(opencl: None) -> None:
    """Another process has a device of its own."""
    devices.use(0)
    function = resolve("pyclesperanto:absolute")
    assert function.device == 0
    shipped = pickle.dumps(function)
    devices.use(None)
    assert pickle.loads(shipped) is resolve("pyclesperanto:absolute")
    assert pickle.loads(shipped).device is None


class FakeDevice:
    """What `cupy.cuda.Device` is used for; the gpu tests have the real one."""

    current = 0

    def __init__(self, index: int) -> None:
        self.id = index

    def __enter__(self) -> None:
        self._before, FakeDevice.current = FakeDevice.current, self.id

    def __exit__(self, *_: object) -> None:
        FakeDevice.current = self._before


def test_cupy_s_current_device_is_set_for_a_call_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Within, it is the one that is chosen; afterwards, also after an error, the one before."""
    monkeypatch.setitem(sys.modules, "cupy.cuda", SimpleNamespace(Device=FakeDevice))
    monkeypatch.setitem(sys.modules, "cupy", SimpleNamespace(cuda=sys.modules["cupy.cuda"]))
    array, near = SimpleNamespace(device=FakeDevice(0)), SimpleNamespace(device=FakeDevice(1))
    found: list[Any] = []

    def work() -> None:
        with devices.choosing("cupy", 1):
            found.extend([FakeDevice.current, devices.chosen("cupy"), devices.chosen("pyclesperanto")])
            found.extend([devices.is_elsewhere(array, "cupy"), devices.is_elsewhere(near, "cupy")])
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        work()
    assert found == [1, 1, None, True, False]
    assert (FakeDevice.current, devices.chosen("cupy")) == (0, None)
    assert not devices.is_elsewhere(array, "cupy")


def test_without_cuda_there_are_no_devices(monkeypatch: pytest.MonkeyPatch) -> None:
    """A driver that is missing is no error of the list."""

    def count() -> int:
        raise RuntimeError("CUDA driver version is insufficient")

    runtime = SimpleNamespace(getDeviceCount=count)
    monkeypatch.setitem(sys.modules, "cupy", SimpleNamespace())
    monkeypatch.setitem(sys.modules, "cupy.cuda", SimpleNamespace(runtime=runtime))
    assert devices.listed("cupy") == ()
    runtime.getDeviceCount = lambda: 2
    runtime.getDeviceProperties = lambda n: {"name": f"GPU {n}".encode()}
    assert devices.listed("cupy") == ("GPU 0", "GPU 1")
    with pytest.raises(ArgumentError, match="no device 2; devices of cupy here are 0: GPU 0; 1: GPU 1"):
        devices.require("cupy", 2, "cupy:sqrt")
