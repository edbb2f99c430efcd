"""Names that go away: since when, until when, and what to write instead."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from pipeline_schema.document import Step
from pipeline_schema.problems import Problem
from registry.catalog import use_version

Find = Callable[..., list[Problem]]


@pytest.fixture(autouse=True)
def _newest() -> Iterator[None]:
    """What is said is said of one version, whatever is installed."""
    with use_version("skimage", "0.26.0"):
        yield


def test_a_function_that_goes_away_says_when_and_what_replaces_it(find: Find) -> None:
    """A warning at the key, with since, removal and replacement."""
    (problem,) = find("deprecated", Step(function="skimage:morphology.binary_closing"))
    assert problem.message == (
        "skimage:morphology.binary_closing is deprecated since 0.26, and goes away in 0.28; "
        "use skimage:morphology.closing"
    )
    assert (problem.severity, problem.pointer, problem.suggestions) == ("warning", "/steps/0/function", ())


def test_other_results_are_told(find: Find) -> None:
    """A replacement that gives other results says so."""
    (problem,) = find("deprecated", Step(function="skimage:morphology.binary_erosion"))
    assert problem.message.endswith("use skimage:morphology.erosion, which gives other results")


def test_a_function_within_a_value_is_told_at_its_place(find: Find) -> None:
    """A constructor that goes away is as deprecated as a step."""
    call = {"$call": "skimage:morphology.square", "params": {"width": 3}}
    (problem,) = find("deprecated", Step(function="skimage:morphology.closing", params={"footprint": call}))
    assert problem.pointer == "/steps/0/params/footprint/$call"


@pytest.mark.parametrize(
    ("function", "old", "new", "suggested"),
    [
        ("skimage:restoration.rolling_ball", "num_threads", "workers", ("workers",)),
        ("skimage:morphology.remove_small_objects", "min_size", "max_size", ()),
    ],
)
def test_a_renamed_parameter_is_suggested_where_it_means_the_same(
    find: Find, function: str, old: str, new: str, suggested: tuple[str, ...]
) -> None:
    """The new name is told; it is suggested only where it can be written without a thought."""
    (problem,) = find("deprecated", Step(function=function, params={old: 4}))
    assert (problem.severity, problem.pointer) == ("warning", f"/steps/0/params/{old}")
    assert f" {new}" in problem.message
    assert ("means something else" in problem.message) == (not suggested)
    assert problem.suggestions == suggested


def test_a_function_with_a_renamed_parameter_is_fine_without_it(find: Find) -> None:
    """Who uses the new name hears nothing."""
    assert not find("deprecated", Step(function="skimage:restoration.rolling_ball", params={"workers": 1}))


def test_a_name_of_an_older_version_is_known(find: Find) -> None:
    """A document of an older version is told what the parameter is called now: that is no slip."""
    step = Step(function="skimage:morphology.medial_axis", params={"random_state": 3})
    (problem,) = find("deprecated", step)
    assert (problem.severity, problem.suggestions) == ("error", ("rng",))
    assert not find("unknown-parameter", step)
    with use_version("skimage", "0.22.0"):
        (problem,) = find("deprecated", step)
        assert problem.suggestions == ("rng",)
