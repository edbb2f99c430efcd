"""Options of a step: values that exist, and that its function can honour; the rule is that of resolving."""

from __future__ import annotations

import itertools
from collections.abc import Callable

import msgspec
import pytest

from pipeline_schema.document import Options, Step
from pipeline_schema.problems import Problem
from registry import devices, opencl, resolver
from registry.errors import ArgumentError
from registry.options import DTYPES

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
    options = Options(memory="numpy", dtype="preserve", scale="cast", slice_by_slice="TZ", on_oom="raise")
    assert not find("invalid-value", Step(function="skimage:filters.gaussian", options=options))
    there = Options(memory="cupy", device=0)
    assert not find("invalid-value", Step(function="builtin:project", params={"axis": 0}, options=there))


def test_each_wrong_option_is_told_once(find: Find) -> None:
    """An option that does not exist in this form is not also said to be unfit for the function."""
    step = Step(function="skimage:filters.gaussian", options=Options(device=-1, scale="strech", memory="cupy"))
    problems = find("invalid-value", step)
    assert sorted(problem.pointer.rpartition("/")[2] for problem in problems) == ["device", "memory", "scale"]


@pytest.mark.parametrize("key", ["skimage:filters.gaussian", "pyclesperanto:gaussian_blur", "builtin:crop"])
def test_check_refuses_what_resolving_refuses(find: Find, key: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An option that a document may say is one that the function can be resolved with, and the other way round.

    Where there are two devices: which there are here is told when planning, and not by who checks a document.
    """
    monkeypatch.setattr(devices, "listed", lambda memory_type: ("first", "second"))
    monkeypatch.setattr(resolver, "_functions", {})
    if key.startswith("pyclesperanto") and opencl.status().state != "ready":
        pytest.skip("pyclesperanto has no device here")
    choices = {
        "memory": (None, "numpy", "cupy", "pyclesperanto", "tape"),
        "device": (None, -1, 0, 1),
        "dtype": ("native", *DTYPES[1::5], "float64", "uint61"),
        "scale": ("auto", "cast", "log"),
        "on_oom": ("retry", "split", "raise"),
    }
    for values in itertools.product(*choices.values()):
        options = Options(**dict(zip(choices, values, strict=True)))
        refused = [p for p in find("invalid-value", Step(function=key, options=options)) if "/options/" in p.pointer]
        assert _refused_by_resolving(key, options) in ({p.pointer.rpartition("/")[2] for p in refused} or {None}), (
            options
        )


def _refused_by_resolving(key: str, options: Options) -> str | None:
    try:
        resolver.resolve(key, **msgspec.structs.asdict(options.call))
    except ArgumentError as error:
        return error.parameter
    return None
