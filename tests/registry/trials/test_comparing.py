"""Whether two results are the same is a question of values, and sometimes has no answer."""

import numpy as np
import pytest
from scipy.sparse import csr_matrix
from skimage import segmentation, transform

from registry.trials.comparing import compare_stack, same, worst

ARRAY = np.arange(12.0).reshape(3, 4)


class Opaque:
    """Keeps what it holds to itself."""

    def __init__(self, held):
        self._held = held


class Open:
    """Shows what it holds."""

    def __init__(self, held):
        self.held = held


def relabelled():
    return segmentation.relabel_sequential(np.array([[0, 5, 7], [9, 0, 5]]))


@pytest.mark.parametrize(
    "make",
    [
        lambda: ARRAY.copy(),
        lambda: np.float32(3.5),
        lambda: [(1, "a", None), ARRAY.copy()],
        lambda: {"area": ARRAY.copy(), "label": [1, 2]},
        lambda: csr_matrix(np.diag([1.0, 2.0])),
        relabelled,
        lambda: transform.AffineTransform(scale=2.0),
        lambda: np.array([{"a": 1}, (2, 3)], dtype=object),
        lambda: Open(Open(ARRAY.copy())),
        lambda: np.array([np.nan, np.inf]),
    ],
    ids=["array", "number", "list", "table", "sparse", "relabelled", "transform", "objects", "nested", "not-finite"],
)
def test_equal_values_are_the_same_whatever_holds_them(make):
    """Two that were made alike are the same, though they are two objects."""
    one, other = make(), make()
    assert one is not other
    assert same(one, other) is True


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (ARRAY, ARRAY + 1),
        (ARRAY, ARRAY.astype("float32")),
        (ARRAY, ARRAY[:2]),
        (1, 1.0),
        ([1, 2], [1]),
        ({"a": 1}, {"b": 1}),
        ((ARRAY, Opaque(1)), (ARRAY + 1, Opaque(1))),
        (csr_matrix(np.diag([1.0, 2.0])), csr_matrix(np.diag([1.0, 3.0]))),
        (csr_matrix((2, 2)), csr_matrix((2, 3))),
        (transform.AffineTransform(scale=2.0), transform.AffineTransform(scale=3.0)),
        (Open(1), Open(2)),
    ],
)
def test_other_values_are_not_the_same(one, other):
    """Wherever in a result they are."""
    assert same(one, other) is False


def test_rounding_is_no_difference():
    """Sums in another order are the same result."""
    assert same(ARRAY, ARRAY * (1 + 1e-6)) is True


def test_of_what_shows_no_values_nothing_is_said():
    """Neither the same nor another: that would be called random."""
    assert same(Opaque(1), Opaque(2)) is None
    assert same([1, Opaque(1)], [1, Opaque(2)]) is None
    assert same(lambda: 1, lambda: 2) is None


def test_an_object_that_holds_itself_comes_to_an_end():
    """Only so many levels are opened."""
    one, other = Open(None), Open(None)
    one.held, other.held = one, other
    assert same(one, other) is None


@pytest.mark.parametrize(
    ("stack", "slices", "said"),
    [
        (ARRAY, list(ARRAY), "slices"),
        (ARRAY + 1, list(ARRAY), "values"),
        (ARRAY[0], list(ARRAY), "shape"),
        (3.0, [1.0, 2.0], "shape"),
        ((np.stack([ARRAY, ARRAY]), 3), [(ARRAY, 1), (ARRAY, 2)], "slices"),
        ((ARRAY, ARRAY), [(ARRAY,), (ARRAY,)], "shape"),
        (None, [None, None], ""),
    ],
)
def test_a_stack_is_compared_with_its_slices(stack, slices, said):
    """Of several results the images count."""
    assert compare_stack(stack, slices) == said


def test_the_worst_answer_counts():
    """A function that fails on one kind of stack fails on stacks."""
    assert worst({"slices", "shape", "error"}) == "error"
    assert worst({"slices", ""}) == "slices"
    assert worst(set()) == ""
