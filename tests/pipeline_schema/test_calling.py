"""From names to positional and keyword arguments."""

from __future__ import annotations

from typing import Any

import pytest

from pipeline_schema.calling import arrange, written
from registry.catalog import lookup
from registry.entry import FunctionEntry, Parameter


def entry(*parameters: Parameter) -> FunctionEntry:
    return FunctionEntry(key="t:f", import_path="t:f", parameters=parameters)


UFUNC = entry(
    Parameter(name="x1", kind="positional_only", required=True),
    Parameter(name="x2", kind="positional_only", required=True),
    Parameter(name="dtype", kind="keyword_only"),
)
HOLES = entry(
    Parameter(name="a", kind="positional_only", required=True),
    Parameter(name="b", kind="positional_only", default=7),
    Parameter(name="c", kind="positional_only", default=8),
)
STAR = entry(
    Parameter(name="first", default=5),
    Parameter(name="arrays", kind="var_positional"),
    Parameter(name="axis", kind="keyword_only"),
)
COLOR = entry(Parameter(name="a", required=True), Parameter(name="b", required=True), Parameter(name="c", default=0))


@pytest.mark.parametrize(
    ("function", "given", "args", "kwargs"),
    [
        (UFUNC, {"x2": 2, "x1": 1, "dtype": "f"}, [1, 2], {"dtype": "f"}),
        (HOLES, {"a": 1, "c": 3}, [1, 7, 3], {}),
        (HOLES, {"a": 1}, [1], {}),
        (STAR, {"arrays": (1, 2), "axis": 0}, [5, 1, 2], {"axis": 0}),
        (STAR, {"first": 4, "arrays": (1, 2)}, [4, 1, 2], {}),
        (STAR, {"first": 4, "axis": 1}, [], {"first": 4, "axis": 1}),
        (COLOR, {"b": 2, "c": 3, "a": 1}, [1, 2], {"c": 3}),
        (COLOR, {"b": 2, "c": 3}, [], {"b": 2, "c": 3}),
    ],
)
def test_arrange(function: FunctionEntry, given: dict[str, Any], args: list[Any], kwargs: dict[str, Any]) -> None:
    """By position goes what must be given or has no keyword, holes are filled with defaults; all else goes by name."""
    assert arrange(function, dict(given)) == (args, kwargs)


@pytest.mark.parametrize(
    ("key", "params", "bound", "expected"),
    [
        ("skimage:filters.gaussian", {}, {"image"}, set()),
        ("skimage:morphology.flood_fill", {}, {"image"}, set()),
        ("skimage:morphology.flood_fill", {"in_place": True}, {"image"}, {"image"}),
        ("skimage:morphology.flood_fill", {}, {"image", "in_place"}, {"image", "in_place"}),
        ("skimage:graph.cut_threshold", {}, {"labels", "rag"}, {"labels", "rag"}),
        ("skimage:graph.cut_threshold", {"in_place": False}, {"labels", "rag"}, set()),
        ("numpy:nan_to_num", {"copy": False}, {"x"}, {"x"}),
        ("pyclesperanto:set_row", {}, {"input_image"}, {"input_image"}),
    ],
)
def test_what_a_call_may_write_into(key: str, params: dict[str, Any], bound: set[str], expected: set[str]) -> None:
    """All that is bound where the function changes its inputs or is asked to, and nothing elsewhere."""
    assert written(lookup(key), params, bound) == expected
