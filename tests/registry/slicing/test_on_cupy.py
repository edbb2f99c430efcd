"""Slices of CuPy's stacks, with a stand-in for a GPU; `tests/gpu` has the same with a real one."""

import numpy as np
import pytest
import scipy.ndimage

from registry.binding import Binding
from registry.entry import FunctionEntry, Output, Parameter
from registry.memory import memory_type_of
from registry.resolver import resolve
from registry.slicing import slice_layer

STACK = np.random.default_rng(0).random((3, 8, 9), dtype="float32")
HYPER = np.random.default_rng(1).random((2, 3, 8, 9), dtype="float32")


@pytest.fixture
def stays(host_cupy, monkeypatch):
    """Brings arrays to the stand-in, and lets none come back unless the test says so."""

    def there(array):
        return host_cupy.asarray(array)

    monkeypatch.setattr(host_cupy.ndarray, "get", lambda array: pytest.fail("an array came back to the host"))
    return there


def sliced(call, stack, kind="image", outputs=(), letters=True, axes=None, **options):
    flow = Parameter(name="image", role="data", kind="positional_or_keyword")
    entry = FunctionEntry(
        key="lab:f", import_path="lab:f", kind=kind, outputs=outputs, parameters=(flow,), flow="image",
        input_memory_type="cupy", output_memory_type="cupy",
    )  # fmt: skip
    layer = slice_layer(entry, Binding(entry), letters, axes, **options)
    return layer(lambda args, kwargs: call(*args, **kwargs))((stack,), {})


def host(array):
    """The values of an array of the stand-in."""
    assert memory_type_of(array) == "cupy"
    return array.view(np.ndarray)


@pytest.mark.parametrize("stack", [STACK, HYPER], ids=["three axes", "four axes"])
def test_a_stack_of_images_stays(stays, stack):
    """Any number of axes in, the same axes out, and nothing by way of the host."""
    done = resolve("cupyx:ndimage.gaussian_filter", slice_by_slice=True)(stays(stack), 1)
    expected = np.empty_like(stack)
    for index in np.ndindex(stack.shape[:-2]):
        expected[index] = scipy.ndimage.gaussian_filter(stack[index], 1)
    np.testing.assert_array_equal(host(done), expected, strict=True)


def test_axes_by_name_stay_where_they_are(stays):
    """Along Z of TZYX each T, Y, X block is a slice; the result has its axes in the order of the input."""
    done = sliced(lambda block: block * 2, stays(HYPER), letters="Z", axes="TZYX")
    np.testing.assert_array_equal(host(done), HYPER * 2, strict=True)


def test_numbers_are_arrays_on_the_device(stays, host_cupy):
    """CuPy's reductions give arrays of no dimensions: one number a slice, where they are."""
    done = sliced(lambda plane: host_cupy.asarray(plane.view(np.ndarray).max()), stays(STACK), kind="scalar")
    np.testing.assert_array_equal(host(done), STACK.max(axis=(1, 2)))


def test_several_results_and_tables(stays):
    """A tuple of what its items become, and a list of tables with columns on the device."""
    outputs = (Output(name="a", kind="image"), Output(name="n", kind="scalar"))
    images, numbers = sliced(lambda plane: (plane + 1, 7), stays(STACK), outputs=outputs)
    np.testing.assert_array_equal(host(images), STACK + 1)
    assert numbers.tolist() == [7, 7, 7]
    tables = sliced(lambda plane: {"row": plane[0]}, stays(STACK), kind="table")
    assert [memory_type_of(table["row"]) for table in tables] == ["cupy"] * 3


def test_labels_go_on_where_they_are(stays, host_cupy):
    """Counted by CuPy's own arithmetic, in the dtype that they have."""

    def label(plane):
        return host_cupy.asarray(scipy.ndimage.label(plane.view(np.ndarray) > 0.7)[0], dtype="uint16")

    done = sliced(label, stays(STACK), kind="labels", unique_labels=True)
    expected, before = [], 0
    for plane in STACK:
        labels, count = scipy.ndimage.label(plane > 0.7)
        expected.append(np.where(labels > 0, labels + before, 0))
        before += count
    np.testing.assert_array_equal(host(done), np.stack(expected).astype("uint16"), strict=True)


def test_a_stack_takes_its_own_memory_and_a_slice(stays, host_cupy):
    """One stack is made for the results, whatever the number of slices; each is written where it belongs."""
    stack = stays(STACK)
    host_cupy.begin()
    sliced(lambda plane: plane * 2, stack)
    assert host_cupy.count == 1
