"""Values of inputs: a default, or what replaces it, is judged by the functions that it is bound to."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pipeline_schema.check import find_setting_problems
from pipeline_schema.document import Input, Options, Pipeline, Step
from pipeline_schema.problems import Problem

Find = Callable[..., list[Problem]]

BLUR = "skimage:filters.gaussian"
BOUND: dict[str, str | list[str]] = {"@": "image", "truncate": "width"}


def test_a_default_is_judged_where_it_is_bound(find: Find) -> None:
    """A default that the function does not take is told at the default, with the step that takes it."""
    (problem,) = find("invalid-value", Step(function=BLUR, inputs=BOUND), inputs={"width": Input(default="four")})
    assert (problem.pointer, problem.step, problem.parameter) == ("/inputs/width/default", "gaussian", "width")
    assert '"four"' in problem.message
    assert not find("invalid-value", Step(function=BLUR, inputs=BOUND), inputs={"width": Input(default=4)})


def test_each_function_judges_it(find: Find) -> None:
    """A value that goes to two functions must suit both."""
    steps = Step(function=BLUR, inputs=BOUND), Step(function="numpy:add", inputs={"@": "image", "x2": "width"})
    problems = find("invalid-value", *steps, inputs={"width": Input(default="four")})
    assert "gaussian" in [problem.step for problem in problems]


def test_choices_are_suggested(find: Find) -> None:
    """A misspelled choice is answered with the one that was meant."""
    bound: dict[str, str | list[str]] = {"@": "image", "mode": "border"}
    (problem,) = find("invalid-value", Step(function=BLUR, inputs=bound), inputs={"border": Input(default="nearst")})
    assert problem.suggestions == ("nearest",)


def test_a_step_that_is_off_judges_nothing(find: Find) -> None:
    """What nothing takes is not wrong."""
    off = Step(function=BLUR, inputs=BOUND, options=Options(enabled=False))
    assert not find("invalid-value", off, inputs={"width": Input(default="four")})


@pytest.mark.parametrize("value", [4, 2.5, {"$float": "inf"}])
def test_right_settings(value: Any) -> None:
    """Values that replace a default are taken where a constant would be, in the document's notation."""
    assert not find_setting_problems(_pipeline(), {"width": value})


@pytest.mark.parametrize("value", ["four", None, [1, 2], {"sigma": 1}])
def test_wrong_settings(value: Any) -> None:
    """A value of ``--set`` is refused for what the default would be refused for."""
    (problem,) = find_setting_problems(_pipeline(), {"width": value})
    assert (problem.code, problem.severity, problem.parameter) == ("invalid-value", "error", "width")


def test_what_can_not_be_read_is_not_judged() -> None:
    """A value that is no value is another problem than one that does not fit, and is reported where it is read."""
    assert not find_setting_problems(_pipeline(), {"width": {"$flaot": "inf"}, "nosuch": 3})


def _pipeline() -> Pipeline:
    return Pipeline(
        inputs={"image": Input(axes="YX"), "width": Input(default=4)}, steps=[Step(function=BLUR, inputs=BOUND)]
    )
