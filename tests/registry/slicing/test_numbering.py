"""Labels that are unique across slices."""

from typing import NamedTuple

import numpy as np
import pytest
import skimage.measure

from registry import resolver
from registry.entry import FunctionEntry, Output
from registry.errors import ArgumentError
from registry.memory import convert
from registry.slicing import numbering
from registry.slicing.numbering import Numbering, gives_labels

LABELS = FunctionEntry(key="lab:f", import_path="lab:f", kind="labels")
MASKS = np.array([[[1, 0, 1]], [[0, 0, 0]], [[1, 1, 0]], [[1, 0, 1]]], bool)


def test_each_slice_goes_on_counting():
    """Objects of a stack that is labelled plane by plane have numbers of their own; without the option they share."""
    unique = resolver.resolve("skimage:measure.label", slice_by_slice=True, unique_labels=True)(MASKS)
    assert unique.tolist() == [[[1, 0, 2]], [[0, 0, 0]], [[3, 3, 0]], [[4, 0, 5]]]
    shared = resolver.resolve("skimage:measure.label", slice_by_slice=True)(MASKS)
    np.testing.assert_array_equal(shared, np.stack([skimage.measure.label(mask) for mask in MASKS]))


def test_on_the_device_too(cle):
    """A stack of pyclesperanto in, one out."""
    label = resolver.resolve("pyclesperanto:connected_component_labeling", slice_by_slice=True, unique_labels=True)
    done = label(cle.push(MASKS.astype("uint8")))
    assert type(done).__name__ == "_Array"
    assert np.unique(done.get()).tolist() == [0, 1, 2, 3, 4, 5]


@pytest.mark.parametrize("dtype", ["uint8", "int8", "uint16", "int16", "uint32", "int32", "float32"])
def test_the_device_counts_as_the_host_does(cle, dtype, monkeypatch):
    """Value for value and dtype for dtype, also for labels below 0, and without a way by the host."""
    planes = [np.array([[0, 1, 3]]), np.array([[2, 0, 2]]), np.array([[0, 0, 0]]), np.array([[7, 1, 0]])]
    if dtype[0] != "u":
        planes.append(np.array([[-3, 0, 5]]))
    planes = [plane.astype(dtype) for plane in planes]
    host, device = Numbering(LABELS), Numbering(LABELS)
    pushed = [cle.push(plane) for plane in planes]
    monkeypatch.setattr(numbering, "convert", lambda *_: pytest.fail("by way of the host"))
    for plane, there in zip(planes, pushed, strict=True):
        expected, done = host.renumbered(plane), device.renumbered(there)
        np.testing.assert_array_equal(done.get(), expected, strict=True)
        np.testing.assert_array_equal(there.get(), plane)


@pytest.mark.parametrize(
    ("first", "second", "by_host"),
    [
        ([0, 2**24 - 2], [1, 2], False),
        ([0, 2**24 - 1], [1, 2], True),
        ([1, 5], [0, 2**24 - 5], False),
        ([1, 5], [0, 2**24 - 4], True),
        ([1, 2**24 + 1], [0, 3], True),
        ([1, 5], [-(2**24) - 1, 3], True),
        ([2**30, 2**30 + 1], [2**24 + 1, 2**24 + 3], True),
    ],
)
def test_labels_that_float32_would_merge_are_counted_on_the_host(cle, first, second, by_host, monkeypatch):
    """The device counts where its arithmetic is exact, up to 2**24; beyond, the way by the host is."""
    ways = []
    monkeypatch.setattr(numbering, "convert", lambda value, to: ways.append(to) or convert(value, to))
    host, device = Numbering(LABELS), Numbering(LABELS)
    for plane in (np.array([first], "int32"), np.array([second], "int32")):
        np.testing.assert_array_equal(device.renumbered(cle.push(plane)).get(), host.renumbered(plane), strict=True)
    assert bool(ways) is by_host


def test_the_device_refuses_what_its_dtype_can_not_count(cle):
    """The same error as on the host."""
    device = Numbering(LABELS)
    device.renumbered(cle.push(np.array([[0, 200]], "uint8")))
    with pytest.raises(ArgumentError, match="256 labels in this many slices, and uint8 can't"):
        device.renumbered(cle.push(np.array([[0, 56]], "uint8")))


def test_only_labels_among_several_results_are_counted_on():
    """What the catalog calls labels, at its place in a tuple; each place counts for itself."""

    class Found(NamedTuple):
        image: object
        labels: object
        others: object

    outputs = tuple(Output(name=n, kind=k) for n, k in zip(Found._fields, ("image", "labels", "labels"), strict=True))
    numbering = Numbering(FunctionEntry(key="lab:f", import_path="lab:f", outputs=outputs))
    one = Found(np.array([[7, 7]]), np.array([[1, 2]]), np.array([[0, 5]]))
    numbering.renumbered(one)
    second = numbering.renumbered(one)
    assert isinstance(second, Found)
    assert [part.tolist() for part in second] == [[[7, 7]], [[3, 4]], [[0, 10]]]


@pytest.mark.parametrize(("dtype", "most"), [("uint8", 255), ("int16", 2**15 - 1), ("float32", 2**24)])
def test_more_labels_than_the_dtype_counts_are_refused(dtype, most):
    """Nothing wraps, nothing is rounded to its neighbour: the error says how many there are."""
    numbering = Numbering(LABELS)
    numbering.renumbered(np.array([[0, most - 1]], dtype))
    assert int(numbering.renumbered(np.array([[0, 1]], dtype))[0, 1]) == most
    with pytest.raises(ArgumentError, match=f"{most + 1} labels") as caught:
        numbering.renumbered(np.array([[0, 1]], dtype))
    assert caught.value.parameter == "unique_labels"


def test_what_is_no_array_of_labels_passes():
    """None, masks, and values below 0 stay what they are."""
    numbering = Numbering(LABELS)
    assert numbering.renumbered(None) is None
    mask = np.array([[True]])
    assert numbering.renumbered(mask) is mask
    numbering.renumbered(np.array([[3]]))
    assert numbering.renumbered(np.array([[-1, 0, 1]])).tolist() == [[-1, 0, 4]]


@pytest.mark.parametrize(
    ("key", "options", "match"),
    [
        ("skimage:measure.label", {}, "nothing without option slice_by_slice"),
        ("skimage:filters.gaussian", {"slice_by_slice": True}, "labels are not known to be among its results"),
    ],
)
def test_the_option_must_mean_something(key, options, match):
    """It is refused where no slices are, and where no labels are."""
    with pytest.raises(ArgumentError, match=match):
        resolver.resolve(key, unique_labels=True, **options)


def test_the_catalog_says_who_gives_labels():
    """By the kind of the function, or of one of its outputs."""
    assert gives_labels(LABELS)
    assert not gives_labels(FunctionEntry(key="lab:f", import_path="lab:f", kind="image"))
