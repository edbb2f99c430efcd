"""Functions of a GPU beside those that they mirror: what both are called with, without a GPU."""

from __future__ import annotations

import numpy as np
import pytest

from registry.memory import memory_type_of
from registry.trials.pairs import difference, pairs


@pytest.mark.parametrize(("library", "least"), [("cupyx", 60), ("cucim", 200), ("cupy", 250)])
def test_both_can_be_called_alike(library: str, least: int) -> None:
    """Nearly every function has a twin whose arguments it takes by name: arrays of the host, as many as the twin's."""
    made, lacking = 0, []
    for pair in pairs(library):
        try:
            (args, kwargs), given = pair.arguments()
        except LookupError as error:
            lacking.append(str(error))
            continue
        made += 1
        assert len(given) == len(args) + len(kwargs)
        assert given.keys() <= {parameter.name for parameter in pair.entry.parameters}
        assert all(memory_type_of(value) in (None, "numpy") for value in given.values())
    assert made >= least
    assert lacking in ([], ["cupy:matmul has no x1, x2"])


@pytest.mark.parametrize(
    ("one", "other", "apart"),
    [
        (np.array([1, 2, 4]), np.array([1.0, 2.0, 5.0]), 0.2),
        (3, np.float32(3), 0.0),
        ((np.ones(2), 3), (np.ones(2), 6), 0.5),
        ({"a": [1]}, {"a": [2]}, 0.5),
        ({"a": 1}, {"b": 1}, float("inf")),
        (np.ones(2), np.ones(3), float("inf")),
        ((1, 2), (1,), float("inf")),
        (np.array([np.nan, 1]), np.array([np.nan, 1]), 0.0),
        (np.array([np.nan, 1]), np.array([0, 1]), float("inf")),
        (np.array([True, False]), np.array([True, True]), 1.0),
        (np.zeros(0), np.zeros(0), 0.0),
        ("text", "other", 0.0),
        (None, np.ones(2), float("inf")),
    ],
)
def test_how_far_results_lie_apart(one: object, other: object, apart: float) -> None:
    """By the greatest value of the other; what can't be compared is infinitely far."""
    assert difference(one, other) == apart
