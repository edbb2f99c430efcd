"""Each slice by itself, and the results together again."""

import weakref
from typing import NamedTuple

import numpy as np
import pytest
import skimage.feature
import skimage.filters
import skimage.measure

from registry import resolver
from registry.binding import Binding
from registry.entry import FunctionEntry, Parameter
from registry.errors import ArgumentError
from registry.memory import convert, duplicate, memory_type_of
from registry.slicing import slice_layer

RNG = np.random.default_rng(0)
STACK = RNG.random((3, 12, 10))
HYPER = RNG.random((2, 3, 12, 10))
IMAGE = Parameter(name="image", role="data", required=True)
OTHER = Parameter(name="other", role="data")
OUT = Parameter(name="out", role="output")
ENTRY = FunctionEntry(key="lab:f", import_path="lab:f", parameters=(IMAGE, OTHER, OUT), flow="image")


def sliced(function, *args, letters=True, axes=None, **kwargs):
    """Call a Python function slice by slice."""
    layer = slice_layer(ENTRY, Binding(ENTRY), letters, axes)
    return layer(lambda args, kwargs: function(*args, **kwargs))(args, kwargs)


def test_each_slice_gets_the_direct_calls_result():
    """A stack's result equals the library called on every plane, which differs from the call on the whole stack."""
    done = resolver.resolve("skimage:filters.gaussian", slice_by_slice=True)(STACK, sigma=2)
    np.testing.assert_array_equal(done, np.stack([skimage.filters.gaussian(plane, sigma=2) for plane in STACK]))
    assert not np.array_equal(done, skimage.filters.gaussian(STACK, sigma=2))


def test_a_plane_is_called_directly():
    """Where there is nothing to iterate over, the function is called once, on the very same array."""
    plane = STACK[0]
    assert sliced(lambda image: image is plane, plane) is True


def test_several_axes_are_iterated_over():
    """All axes but the last two, in the input's own shape."""
    done = resolver.resolve("skimage:filters.sobel", slice_by_slice=True)(HYPER)
    assert done.shape == HYPER.shape
    np.testing.assert_array_equal(done[1, 2], skimage.filters.sobel(HYPER[1, 2]))


def test_scalars_become_one_value_a_slice():
    """Thresholds of a T, Z stack are an array of its T and Z."""
    levels = resolver.resolve("skimage:filters.threshold_otsu", slice_by_slice=True)(HYPER)
    assert levels.shape == (2, 3)
    assert levels[1, 0] == skimage.filters.threshold_otsu(HYPER[1, 0])


def test_one_value_a_slice_goes_with_its_slice():
    """The thresholds of an earlier step are handed out one to each slice."""
    levels = np.array([0.2, 0.5, 0.8])
    done = resolver.resolve("numpy:greater", slice_by_slice=True)(STACK, levels)
    np.testing.assert_array_equal(done, np.greater(STACK, levels[:, None, None]))


def test_arrays_of_the_same_stack_are_sliced_together():
    """A second image with the same leading shape goes along; a footprint is handed over whole."""
    assert sliced(lambda image, other: (image + other).sum(), STACK, -STACK).tolist() == [0.0] * 3
    footprint = np.ones((3, 3))
    assert sliced(lambda image, other: other is footprint, STACK, footprint).tolist() == [True] * 3
    assert sliced(lambda image, other=None: other.shape == (12, 10), STACK, other=STACK).all()


def test_tuples_are_stacked_item_by_item():
    """Each item of a tuple of results becomes what it would by itself, also in named tuples."""

    class Pair(NamedTuple):
        image: object
        count: object

    done = sliced(lambda image: Pair(image * 2, 3), STACK)
    assert isinstance(done, Pair)
    np.testing.assert_array_equal(done.image, STACK * 2)
    assert done.count.tolist() == [3, 3, 3]
    assert type(sliced(lambda image: (image, 1), STACK)) is tuple


def test_tables_and_ragged_results_stay_a_list():
    """What differs from slice to slice is not forced into one array."""
    tables = sliced(lambda image: {"area": image.sum(axis=0)}, STACK)
    assert [list(table) for table in tables] == [["area"]] * 3
    lengths = iter((1, 2, 3))
    assert [len(points) for points in sliced(lambda image: np.ones((next(lengths), 2)), STACK)] == [1, 2, 3]
    kinds = iter(("u1", "u2", "u1"))
    assert [r.dtype for r in sliced(lambda image: image.astype(next(kinds)), STACK)] == ["u1", "u2", "u1"]


def test_functions_that_return_nothing_return_nothing():
    """None for every slice is None."""
    assert sliced(lambda image: None, STACK) is None


def test_letters_need_the_axes():
    """An array does not know which of its axes is Z: the error says how to say it."""
    with pytest.raises(ArgumentError, match="with_axes") as caught:
        resolver.resolve("skimage:filters.gaussian", slice_by_slice="Z")(STACK)
    assert caught.value.parameter == "slice_by_slice"


def test_letters_name_the_axes_to_iterate_over():
    """Of a T, Z, Y, X image, "T" gives the function its volumes, "Z" its time series, and axes stay in place."""
    for letters, shape in (("T", (3, 12, 10)), ("Z", (2, 12, 10)), ("ZT", (12, 10))):
        seen = []
        done = sliced(
            lambda image, seen=seen: (seen.append(image.shape), image)[1], HYPER, letters=letters, axes="TZYX"
        )
        assert set(seen) == {shape}
        np.testing.assert_array_equal(done, HYPER)


def test_axes_that_do_not_fit_are_named():
    """A letter that is not among the axes, and axes that are not as many as the array's, are said."""
    gaussian = resolver.resolve("skimage:filters.gaussian", slice_by_slice="T")
    with pytest.raises(ArgumentError, match="no axis T"):
        gaussian.with_axes("ZYX")(STACK)
    with pytest.raises(ArgumentError, match="4 axes where the array has 3"):
        gaussian.with_axes("TZYX")(STACK)


def test_a_stack_without_slices_is_an_error():
    """Nobody knows what an empty stack's result looks like."""
    with pytest.raises(ArgumentError, match=r"\(0, 12, 10\) has no slices"):
        sliced(lambda image: image, STACK[:0])


def test_an_output_array_is_refused():
    """Each slice would overwrite what the one before wrote."""
    with pytest.raises(ArgumentError, match="parameter out"):
        sliced(lambda image, out: image, STACK, out=STACK)


def test_a_device_stack_stays_on_the_device(cle):
    """pyclesperanto's stack in, pyclesperanto's stack out, also for planes of a single pixel's width."""
    blur = resolver.resolve("pyclesperanto:gaussian_blur", slice_by_slice=True)
    done = blur(cle.push(STACK), sigma_x=1, sigma_y=1)
    assert memory_type_of(done) == "pyclesperanto"
    single = [cle.gaussian_blur(plane, sigma_x=1, sigma_y=1).get() for plane in STACK]
    np.testing.assert_array_equal(done.get(), np.stack(single))
    add = resolver.resolve("pyclesperanto:add_image_and_scalar", slice_by_slice=True)
    assert add(cle.push(np.ones((4, 1, 1), "f4")), scalar=1).shape == (4, 1, 1)


@pytest.mark.parametrize("there", ["numpy", "cupy", "pyclesperanto"])
def test_one_slice_is_held_at_a_time(there, request):
    """What the slice before was, and what came of it, is gone when the next one is worked on."""
    needed = {"cupy": "host_cupy", "pyclesperanto": "cle"}
    if there in needed:
        request.getfixturevalue(needed[there])
    stack, seen = convert(STACK, there), []

    def copied(image):
        assert not [ref for ref in seen if ref() is not None]
        result = duplicate(image)
        seen.extend((weakref.ref(image), weakref.ref(result)))
        return result

    done = sliced(copied, stack)
    assert len(seen) == 2 * len(STACK)
    assert memory_type_of(done) == there


def test_a_stack_too_deep_for_the_device_is_worked_on_slice_by_slice(cle):
    """Four dimensions do not fit pyclesperanto, their slices do; the stack of results is NumPy's."""
    done = resolver.resolve("pyclesperanto:gaussian_blur", slice_by_slice=True)(HYPER, sigma_x=1, sigma_y=1)
    assert memory_type_of(done) == "numpy"
    np.testing.assert_array_equal(done[1, 1], cle.gaussian_blur(HYPER[1, 1], sigma_x=1, sigma_y=1).get())


def test_real_functions_with_labels_and_points():
    """Labels are stacked as they are; points of each slice stay apart."""
    mask = STACK > 0.7
    labels = resolver.resolve("skimage:measure.label", slice_by_slice=True)(mask)
    np.testing.assert_array_equal(labels, np.stack([skimage.measure.label(plane) for plane in mask]))
    peaks = resolver.resolve("skimage:feature.peak_local_max", slice_by_slice=True)(STACK)
    for found, plane in zip(peaks, STACK, strict=True):
        np.testing.assert_array_equal(found, skimage.feature.peak_local_max(plane))
