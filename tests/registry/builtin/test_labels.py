"""Builtin functions on labels: measure, choose, paint back."""

import numpy as np
import pytest
from skimage.measure import regionprops_table

from registry.builtin import count_labels, keep_labels, map_labels

LABELS = np.array([[1, 1, 0], [0, 4, 4], [7, 4, 0]], np.uint16)


def test_labels_are_kept_by_what_was_measured():
    """Objects of which the area is in range stay with their numbers and dtype; the others are background."""
    table = regionprops_table(LABELS, properties=["label", "area"])
    kept = keep_labels(LABELS, table, "area", low=2, high=2)
    assert kept.dtype == np.uint16
    np.testing.assert_array_equal(kept, np.where(LABELS == 1, 1, 0))


def test_labels_without_a_row_go():
    """What was filtered out of the table is filtered out of the image."""
    kept = keep_labels(LABELS, {"label": np.array([7]), "area": np.array([1.0])}, "area")
    np.testing.assert_array_equal(np.unique(kept), [0, 7])


def test_values_are_painted_in_the_order_of_labels():
    """The table's column goes to its objects although labels have gaps; background is 0."""
    painted = map_labels(LABELS, np.array([0.1, 0.4, 0.7]))
    np.testing.assert_array_equal(painted, [[0.1, 0.1, 0], [0, 0.4, 0.4], [0.7, 0.4, 0]])
    np.testing.assert_array_equal(
        map_labels(LABELS[:2, :2] * 0 + 3, np.array([5], np.int16)), np.full((2, 2), 5, np.int16)
    )


@pytest.mark.parametrize("values", [np.arange(2.0), np.arange(4.0), np.zeros((3, 1))])
def test_each_label_needs_one_value(values):
    """Too few, too many or too deep: refused."""
    with pytest.raises(ValueError, match="3 labels"):
        map_labels(LABELS, values)


def test_labels_are_counted_without_background():
    """Gaps do not count, nor does 0; an empty image has none."""
    assert count_labels(LABELS) == 3
    assert count_labels(np.zeros((2, 2), int)) == 0
    assert count_labels(np.array([2, 2])) == 1
