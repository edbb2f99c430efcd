"""A GPU whose memory is full: filled by the test, all but a little."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import scipy.ndimage

from registry.errors import OutOfDeviceMemoryError
from registry.recovery import MOST_TRIES, listening
from registry.resolver import resolve
from registry.shortage import is_out_of_memory

pytestmark = pytest.mark.gpu

MIB = 2**20
IMAGE = np.random.default_rng(0).random((1024, 1024), dtype="float32")


@pytest.fixture
def filled(cupy: Any) -> Iterator[Any]:
    """Leaves so many bytes of CuPy's pool for the test: a limit, and nearly all of the device allocated besides."""
    pool = cupy.get_default_memory_pool()
    pool.free_all_blocks()
    before = pool.get_limit()
    held: list[Any] = []

    def leave(bytes_left: int) -> None:
        pool.free_all_blocks()
        free, _ = cupy.cuda.runtime.memGetInfo()
        held.append(cupy.cuda.alloc(max(free - 512 * MIB, MIB)))
        pool.set_limit(size=pool.used_bytes() + bytes_left)

    yield leave
    held.clear()
    pool.set_limit(size=before)
    pool.free_all_blocks()


def test_what_the_library_raises_is_recognised(cupy: Any, filled: Any) -> None:
    """CuPy's own error of a full pool, and ours of an array on its way there."""
    filled(MIB)
    with pytest.raises(cupy.cuda.memory.OutOfMemoryError) as caught:
        cupy.empty((64 * MIB,), "uint8")
    assert is_out_of_memory(caught.value)
    with pytest.raises(OutOfDeviceMemoryError):
        resolve("cupyx:ndimage.gaussian_filter", on_oom="raise")(IMAGE, 1)


def test_the_device_itself_is_full(cupy: Any) -> None:
    """More than the device has, with no limit of the pool."""
    _, total = cupy.cuda.runtime.memGetInfo()
    with pytest.raises(cupy.cuda.memory.OutOfMemoryError) as caught:
        cupy.empty((2 * total,), "uint8")
    assert is_out_of_memory(caught.value)


def test_the_cpu_takes_over(filled: Any) -> None:
    """After three tries its twin is called, and that is told."""
    filled(MIB)
    told: list[str] = []
    given = IMAGE.copy()
    with listening(told.append):
        result = resolve("cupyx:ndimage.gaussian_filter", on_oom="cpu")(IMAGE, 1)
    np.testing.assert_array_equal(result, scipy.ndimage.gaussian_filter(IMAGE, 1))
    np.testing.assert_array_equal(IMAGE, given)
    assert len(told) == MOST_TRIES + 1
    assert told[-1].endswith("called scipy:ndimage.gaussian_filter")


def test_a_stack_is_split(cupy: Any, filled: Any) -> None:
    """Where the whole needs more than there is, slices do not."""
    stack = cupy.asarray(np.stack([IMAGE] * 8))
    function = resolve("cupy:sqrt", on_oom="split")
    expected = np.sqrt(np.stack([IMAGE] * 8))
    # The stack of results fits, once, and a slice besides.
    filled(stack.nbytes + 8 * MIB)
    told: list[str] = []
    with listening(told.append):
        result = function(stack)
    np.testing.assert_allclose(result.get(), expected, rtol=1e-6)


def test_trying_again_helps_where_memory_was_let_go(cupy: Any, filled: Any) -> None:
    """Blocks that the pool keeps for nobody are given back before the second try."""
    filled(32 * MIB)
    for size in range(1, 24):
        cupy.empty((size * MIB,), "uint8")
    told: list[str] = []
    with listening(told.append):
        result = resolve("cupyx:ndimage.gaussian_filter")(IMAGE, 1)
    np.testing.assert_allclose(result.get(), scipy.ndimage.gaussian_filter(IMAGE, 1), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("number", range(1, 4))
def test_each_allocation_may_fail(cupy: Any, number: int) -> None:
    """The n-th allocation of a call fails as the pool does: the same result, and told."""
    function = resolve("cupyx:ndimage.gaussian_filter")
    expected = function(IMAGE, 1).get()
    pool, seen = cupy.get_default_memory_pool(), []

    def limited(size: int) -> Any:
        seen.append(size)
        if len(seen) == number:
            raise cupy.cuda.memory.OutOfMemoryError(size, 0)
        return pool.malloc(size)

    told: list[str] = []
    with cupy.cuda.using_allocator(limited), listening(told.append):
        result = function(IMAGE, 1)
    np.testing.assert_array_equal(result.get(), expected)
    assert len(told) == (1 if len(seen) >= number else 0)


def test_opencl_on_a_gpu(opencl_gpu: Any) -> None:
    """An image that is larger than the device is refused by its driver, and that is recognised."""
    with pytest.raises(RuntimeError) as caught:
        opencl_gpu.create((60_000, 60_000, 60_000), np.float32)
    assert is_out_of_memory(caught.value)
