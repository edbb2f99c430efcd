"""Slices of stacks on a GPU: the same as slice by slice by hand, without leaving the device."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import scipy.ndimage

from registry.memory import counting, memory_type_of
from registry.resolver import resolve

pytestmark = pytest.mark.gpu

STACK = np.random.default_rng(0).random((4, 3, 32, 40), dtype="float32")


@pytest.mark.parametrize("stack", [STACK[0], STACK], ids=["three axes", "four axes"])
def test_images(cupy: Any, stack: np.ndarray) -> None:
    """As a stack of as many axes, on the device, with nothing brought anywhere."""
    function = resolve("cupyx:ndimage.gaussian_filter", slice_by_slice=True)
    there = cupy.asarray(stack)
    with counting() as found:
        done = function(there, 1)
    assert not found
    assert memory_type_of(done) == "cupy"
    expected = np.empty_like(stack)
    for index in np.ndindex(stack.shape[:-2]):
        expected[index] = scipy.ndimage.gaussian_filter(stack[index], 1)
    np.testing.assert_allclose(done.get(), expected, rtol=1e-5, atol=1e-6)


def test_axes_by_name(cupy: Any) -> None:
    """Along Z of TZYX, whose place they keep."""
    done = resolve("cupyx:ndimage.gaussian_filter", slice_by_slice="Z").with_axes("TZYX")(cupy.asarray(STACK), 1)
    expected = np.stack([scipy.ndimage.gaussian_filter(STACK[:, z], 1) for z in range(3)], axis=1)
    np.testing.assert_allclose(done.get(), expected, rtol=1e-5, atol=1e-6)


def test_labels_that_go_on(cupy: Any) -> None:
    """Unique across slices, counted where they are."""
    masks = STACK[0] > 0.8
    function = resolve("cupyx:ndimage.label", slice_by_slice=True, unique_labels=True)
    with counting() as found:
        labels, counts = function(cupy.asarray(masks))
    assert not found
    singles = [scipy.ndimage.label(mask) for mask in masks]
    assert [int(count) for count in counts] == [count for _, count in singles]
    before, expected = 0, []
    for single, count in singles:
        expected.append(np.where(single > 0, single + before, 0))
        before += count
    np.testing.assert_array_equal(labels.get(), np.stack(expected))


def test_numbers(cupy: Any) -> None:
    """One a slice."""
    done = resolve("cupy:max", slice_by_slice=True)(cupy.asarray(STACK[0]))
    np.testing.assert_array_equal(cupy.asnumpy(done), STACK[0].max(axis=(1, 2)))


def test_another_dtype(cupy: Any) -> None:
    """Mapped on the device, by the rules of NumPy's arrays."""
    image = (STACK[0] * 65535).astype("uint16")
    options = {"dtype": "preserve", "scale": "cast", "slice_by_slice": True}
    done = resolve("cupyx:ndimage.gaussian_filter", **options)(cupy.asarray(image), 1)
    expected = resolve("scipy:ndimage.gaussian_filter", **options)(image, 1)
    assert done.dtype == expected.dtype == np.uint16
    assert int(np.abs(done.get().astype(int) - expected).max()) <= 1
