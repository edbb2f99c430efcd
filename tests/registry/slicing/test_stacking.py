"""Results of slices, put together as they come."""

import tracemalloc

import numpy as np
import pytest

from registry.memory import convert, counting, memory_type_of
from registry.resolver import resolve
from registry.slicing.stacking import Axes, Stacking

THREE = Axes(iterated=(0,), lead=(3,), ndim=3)
PLANE = np.ones((2, 4))


def stacked(results, axes=THREE):
    """All results in one."""
    stacking = Stacking(axes)
    for result in results:
        stacking.add(result)
    return stacking.whole()


@pytest.mark.parametrize(
    "results",
    [
        [PLANE, PLANE, 3],
        [PLANE, PLANE, PLANE[:1]],
        [PLANE, PLANE.astype("f4"), None],
        [1, 2.5, PLANE],
        [None, None, 1],
        ["a", "b", "c"],
        [(1, PLANE), (2, PLANE), (3, PLANE, 4)],
        [{"area": [1]}, {"area": [2]}, {"area": []}],
    ],
)
def test_what_differs_is_a_list_of_what_was_given(results):
    """Whenever it begins to differ, nothing that came before is lost."""
    done = stacked(results)
    assert isinstance(done, list)
    assert repr(done) == repr(results)


def test_a_result_that_is_reused_is_kept_as_it_was():
    """A function may write each slice's result into the same array."""
    buffer = np.zeros((2, 2))

    def results():
        for value in (1, 2, 3):
            buffer[:] = value
            yield buffer

    assert stacked(results())[:, 0, 0].tolist() == [1, 2, 3]


def test_masks_of_masked_arrays_stay():
    """A masked result is stacked with its mask."""
    done = stacked([np.ma.masked_equal([[number, 0]], number) for number in (1, 2, 3)])
    assert isinstance(done, np.ma.MaskedArray)
    assert done.mask.tolist() == [[[True, False]]] * 3


def test_a_stack_takes_its_own_memory_and_that_of_one_slice():
    """A hundred slices of 1 MiB: the peak is the output and a few slices, not the output twice."""
    plane = 2**20
    source = np.zeros((100, 1024, 1024), "uint8")
    invert = resolve("numpy:invert", slice_by_slice=True)
    invert(source[:2])
    tracemalloc.start()
    done = invert(source)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert done.nbytes == 100 * plane
    assert peak < 102.5 * plane


def test_a_device_stack_is_not_brought_home(cle):
    """Taking and stacking planes converts nothing."""
    stack = cle.push(np.random.default_rng(0).random((4, 8, 6), dtype="float32"))
    with counting() as conversions:
        done = resolve("pyclesperanto:absolute", slice_by_slice=True)(stack)
    assert memory_type_of(done) == "pyclesperanto"
    assert not conversions
    np.testing.assert_array_equal(done.get(), stack.get())


def test_device_planes_that_differ_are_a_list_on_the_device(cle):
    """Planes of another shape at the end: those before come out of the stack again."""
    planes = [cle.push(np.full((2, 3), number, "f4")) for number in (1, 2)]
    done = stacked([*planes, cle.push(np.ones((3, 3), "f4"))])
    assert [memory_type_of(plane) for plane in done] == ["pyclesperanto"] * 3
    assert [plane.get()[0, 0] for plane in done] == [1, 2, 1]


def test_device_results_whose_axes_are_not_in_order_are_put_together_on_the_host(cle):
    """One row a slice, and slices along the second axis: the values are right, and on the device again."""
    rows = [cle.push(np.full((1, 4), number, "f4")) for number in (1, 2, 3)]
    done = stacked(rows, Axes(iterated=(1,), lead=(3,), ndim=3))
    assert memory_type_of(done) == "pyclesperanto"
    assert convert(done, "numpy")[0, :, 0].tolist() == [1, 2, 3]
