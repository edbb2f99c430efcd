"""Calls on a GPU: from several threads, and from another process."""

from __future__ import annotations

import pickle
import threading
from typing import Any

import numpy as np
import pytest

from pipeline_schema.codec import dumps
from pipeline_schema.document import Input, Pipeline, Step
from pipeline_schema.plan import plan
from pipeline_schema.run.workers.process import Worker
from registry.memory import memory_type_of
from registry.resolver import resolve

pytestmark = pytest.mark.gpu

IMAGE = np.random.default_rng(0).random((128, 160), dtype="float32")
CHAINS = {
    "cupyx": ("cupy", [("cupyx:ndimage.gaussian_filter", {"sigma": 2}), ("cupyx:ndimage.sobel", {})]),
    "cucim": ("cucim", [("cucim:filters.gaussian", {"sigma": 2}), ("cucim:filters.sobel", {})]),
    "pyclesperanto": (
        "opencl_gpu",
        [("pyclesperanto:gaussian_blur", {"sigma_x": 2, "sigma_y": 2}), ("pyclesperanto:sobel", {})],
    ),
}


@pytest.mark.parametrize("name", CHAINS)
def test_eight_threads_give_the_results_of_one(name: str, request: pytest.FixtureRequest) -> None:
    """One callable, eight threads, an image each, several times, on whatever stream a thread has."""
    needs, ((key, params), *_) = CHAINS[name]
    request.getfixturevalue(needs)
    function = resolve(key)
    images = [IMAGE + number for number in range(8)]
    expected = [function(image, **params).get() for image in images]
    found: list[list[Any]] = [[] for _ in images]
    together = threading.Barrier(8)

    def work(number: int) -> None:
        together.wait()
        found[number] = [function(images[number], **params).get() for _ in range(5)]

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for results, wanted in zip(found, expected, strict=True):
        assert len(results) == 5
        for result in results:
            np.testing.assert_array_equal(result, wanted)


@pytest.mark.parametrize("name", CHAINS)
def test_a_subprocess_gives_what_a_call_gives(name: str, request: pytest.FixtureRequest) -> None:
    """The same device, the same bits; here what is on the device stays there until the end."""
    needs, calls = CHAINS[name]
    request.getfixturevalue(needs)
    steps = [Step(function=key, params=params) for key, params in calls]
    document = Pipeline(inputs={"image": Input()}, steps=steps)
    (native,) = plan(document).run({"image": IMAGE}, results="native").values()
    assert memory_type_of(native) == resolve(calls[0][0]).output_memory_type
    with Worker() as worker:
        worker.load(dumps(document).encode())
        (there,) = worker.run_values({"image": IMAGE}).values()
    np.testing.assert_array_equal(there, native.get(), strict=True)


@pytest.mark.parametrize("name", CHAINS)
def test_a_callable_is_its_key(name: str, request: pytest.FixtureRequest) -> None:
    """After calls on the device, too, it is shipped as a name."""
    needs, ((key, params), *_) = CHAINS[name]
    request.getfixturevalue(needs)
    function = resolve(key)
    function(IMAGE, **params)
    assert len(pickle.dumps(function)) < 300
    assert pickle.loads(pickle.dumps(function)) is function
