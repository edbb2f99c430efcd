"""Keys: what is not known is answered with what is near, and what is known but can't run here with what to install."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from pipeline_schema.check import check
from pipeline_schema.document import Pipeline, Step
from pipeline_schema.limits import MAX_PROBLEMS
from pipeline_schema.problems import Problem
from registry import libraries, opencl
from registry.catalog import use_version

Find = Callable[..., list[Problem]]


@pytest.mark.parametrize(
    ("key", "nearest"),
    [
        ("skimage:filters.gausian", "skimage:filters.gaussian"),
        ("skimage:filter.gaussian", "skimage:filters.gaussian"),
        ("skimage:gaussian", "skimage:filters.gaussian"),
        ("skimage:filters.treshold_otsu", "skimage:filters.threshold_otsu"),
        ("skimag:filters.gaussian", "skimage:filters.gaussian"),
        ("skimage.filters.gaussian", "skimage:filters.gaussian"),
        ("gaussian", "skimage:filters.gaussian"),
        ("regionprops_tabel", "skimage:measure.regionprops_table"),
        ("numpy:graeter", "numpy:greater"),
        ("scipy:ndimage.gaussian_blur", "scipy:ndimage.gaussian_filter"),
        ("scipy:gaussian_filter", "scipy:ndimage.gaussian_filter"),
        ("pyclesperanto:gausian_blur", "pyclesperanto:gaussian_blur"),
    ],
)
def test_a_typo_is_answered_with_the_closest_key(find: Find, key: str, nearest: str) -> None:
    """A key that is not known, or not spelled like one, comes with the key that was meant among its suggestions."""
    (problem,) = find("unknown-function", Step(function=key))
    assert nearest in problem.suggestions
    assert (problem.severity, problem.pointer) == ("error", "/steps/0/function")


def test_a_function_of_another_library_is_suggested(find: Find) -> None:
    """Who asks one library for the function of another is told which library has it."""
    (problem,) = find("unknown-function", Step(function="skimage:gaussian_blur"))
    assert "pyclesperanto:gaussian_blur" in problem.suggestions


def test_the_message_says_which_version_was_searched(find: Find) -> None:
    """A function that another version of a library has is not simply unknown."""
    (problem,) = find("unknown-function", Step(function="skimage:filters.gaussssian"))
    assert "scikit-image" in problem.message
    assert "did you mean" not in problem.message


def test_an_excluded_function_is_refused_with_its_reason(find: Find) -> None:
    """What the registry leaves out on purpose says why."""
    (problem,) = find("excluded-function", Step(function="pyclesperanto:execute"))
    assert "executes-code" in problem.message
    assert not find("unknown-function", Step(function="pyclesperanto:execute"))


def test_an_alias_is_a_note(find: Find) -> None:
    """Another name of a function is accepted, and the name that is in the catalog is told."""
    (problem,) = find("deprecated", Step(function="skimage:morphology.label"))
    assert (problem.severity, problem.suggestions) == ("note", ("skimage:measure.label",))


def test_a_library_that_is_missing_is_a_warning(find: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    """A document for another machine can be checked here: it is told what to install, and its parameters are judged."""
    lacking = libraries.Missing(library="skimage", message="it is not installed", install="pip install scikit-image")
    monkeypatch.setattr(libraries, "missing", lambda prefix: lacking if prefix == "skimage" else None)
    step = Step(function="skimage:filters.gaussian", params={"sigm": 1})
    (problem,) = find("unavailable-function", step)
    assert (problem.severity, problem.install) == ("warning", "pip install scikit-image")
    assert find("unknown-parameter", step)


def test_a_device_that_is_missing_is_no_missing_library(find: Find, monkeypatch: pytest.MonkeyPatch) -> None:
    """pyclesperanto without a device is told apart from pyclesperanto that is not installed."""
    found = opencl.OpenCLStatus(state="no-device", message="no device was found", install="attach a GPU")
    monkeypatch.setattr(libraries, "missing", lambda prefix: None)
    monkeypatch.setattr(opencl, "foresee", lambda: found)
    (problem,) = find("unavailable-function", Step(function="pyclesperanto:gaussian_blur"))
    assert "is installed, and no device was found" in problem.message
    assert problem.install == "attach a GPU"


def test_a_function_of_another_version_is_unavailable(find: Find) -> None:
    """What another version has is known: the step is judged, and told which version has it and what replaced it."""
    step = Step(function="skimage:morphology.skeletonize_3d", params={"imag": 1})
    with use_version("skimage", "0.26.0"):
        (problem,) = find("unavailable-function", step)
        assert "is not in scikit-image 0.26.0; 0.22.0, 0.23.2 and 0.24.0 have it" in problem.message
        assert "skimage:morphology.skeletonize is said to replace it" in problem.message
        assert problem.install == "pip install 'scikit-image==0.24.0'"
        assert find("unknown-parameter", step)[0].suggestions == ("image",)
        assert not find("unknown-function", step)
    with use_version("skimage", "0.24.0"):
        assert not find("unavailable-function", step)


def test_a_key_within_a_value_is_looked_up(find: Find) -> None:
    """Constructors and functions named by constants are known too, at their own place."""
    call = {"$call": "skimage:morphology.dsk", "params": {"radius": 3}}
    step = Step(function="skimage:morphology.closing", params={"footprint": call})
    (problem,) = find("unknown-function", step)
    assert problem.pointer == "/steps/0/params/footprint/$call"
    assert "skimage:morphology.disk" in problem.suggestions


def test_ten_thousand_unknown_functions_take_no_minute() -> None:
    """Finding close names is bounded, so that a hostile document costs seconds at most."""
    pipeline = Pipeline(steps=[Step(function=f"skimage:filters.gausian_{n}", inputs={}) for n in range(10_000)])
    started = time.perf_counter()
    problems = check(pipeline)
    assert sum(problem.code == "unknown-function" for problem in problems) == MAX_PROBLEMS
    assert time.perf_counter() - started < 15
