"""Options of a step: values that exist, and memory that the function works in."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pipeline_schema.document import Options, Step
from pipeline_schema.problems import Problem

Find = Callable[..., list[Problem]]


@pytest.mark.parametrize(
    ("options", "name", "suggestion"),
    [
        (Options(dtype="uint61"), "dtype", "uint16"),
        (Options(scale="streched"), "scale", "stretch"),
        (Options(on_oom="rety"), "on_oom", "retry"),
        (Options(slice_by_slice="YX"), "slice_by_slice", None),
        (Options(device=-1), "device", None),
        (Options(memory="cupy"), "memory", "numpy"),
    ],
)
def test_a_wrong_option(find: Find, options: Options, name: str, suggestion: str | None) -> None:
    """A value that an option does not take is refused at its place, with the closest that it does."""
    (problem,) = find("invalid-value", Step(function="skimage:filters.gaussian", options=options))
    assert problem.pointer == f"/steps/0/options/{name}"
    assert suggestion is None or suggestion in problem.suggestions


def test_right_options(find: Find) -> None:
    """Options that a function takes are no problem."""
    options = Options(memory="numpy", dtype="preserve", scale="cast", slice_by_slice="TZ", on_oom="raise", device=0)
    assert not find("invalid-value", Step(function="skimage:filters.gaussian", options=options))
