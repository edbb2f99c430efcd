"""Wiring: what a reference to an item of a result leads to."""

from __future__ import annotations

import numpy as np
import pytest

from pipeline_schema.codec import loads
from pipeline_schema.plan import plan
from pipeline_schema.wiring import pick


@pytest.mark.parametrize(
    ("value", "item", "expected"),
    [
        ((1, 2), "1", 2),
        ([1, 2], "0", 1),
        ((1, 2), "angle", 2),
        ({"area": 3}, "area", 3),
        (np.array([2.0, 98.0]), "1", 98.0),
        (np.array([(1, 2.5)], [("votes", "i8"), ("yc", "f8")]), "yc", [2.5]),
        (np.array([(1, 2.5)], [("votes", "i8"), ("yc", "f8")])[0], "yc", 2.5),
    ],
)
def test_an_item_is_found_by_position_name_or_key(value: object, item: str, expected: object) -> None:
    """Of tuples, lists, tables, arrays of one dimension, and records."""
    assert pick(value, item, ("length", "angle"), "step") == expected


@pytest.mark.parametrize("value", [np.zeros((2, 2)), np.array([1.0]), (1,), {"area": 1}, 2.0])
def test_an_item_that_is_not_there_is_named(value: object) -> None:
    """An image has no items, whatever its length; a row has as many as it is long."""
    with pytest.raises(LookupError, match=r"^step\.1: 'step' "):
        pick(value, "1", (), "step")


def test_who_takes_an_image_for_several_learns_how_to_take_a_part() -> None:
    """``v, u = optical_flow_tvl1(...)`` unpacks one array of shape (2, Y, X)."""
    with pytest.raises(LookupError, match=r"one ndarray of shape \(2, 4, 4\).*builtin:getitem"):
        pick(np.zeros((2, 4, 4)), "0", (), "flow")


def test_two_percentiles_are_the_range_of_a_stretch() -> None:
    """What a notebook unpacks into two names are two items of one step."""
    pipeline = loads(
        """{"format": "pipeline-schema/1", "inputs": {"image": {}}, "steps": [
            {"id": "p", "function": "numpy:percentile", "params": {"q": [2, 98]}},
            {"function": "skimage:exposure.rescale_intensity", "inputs": {"image": "image", "in_range": ["p.0", "p.1"]}}
        ], "outputs": {"stretched": "rescale_intensity"}}"""
    )
    from skimage import data, exposure

    image = data.camera()
    low, high = np.percentile(image, (2, 98))
    expected = exposure.rescale_intensity(image, in_range=(low, high))
    np.testing.assert_array_equal(plan(pipeline)(image=image)["stretched"], expected, strict=True)
