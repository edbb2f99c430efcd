"""Seeds: what draws random numbers says so before it runs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pipeline_schema.document import Input, Step
from pipeline_schema.problems import Problem

Find = Callable[..., list[Problem]]


@pytest.mark.parametrize(
    ("params", "warned"), [({}, True), ({"rng": None}, True), ({"rng": 42}, False), ({"rng": {"$rng": 42}}, False)]
)
def test_a_step_without_seed_is_a_warning(find: Find, params: dict[str, Any], warned: bool) -> None:
    """A function that draws random numbers is given a seed, or the document gives another result each time."""
    problems = find("unseeded", Step(function="skimage:util.random_noise", params=params))
    assert [(p.severity, p.parameter) for p in problems] == ([("warning", "rng")] if warned else [])


def test_a_seed_may_be_an_input(find: Find) -> None:
    """A seed that is set from outside is a seed."""
    step = Step(function="skimage:util.random_noise", inputs={"@": "image", "rng": "seed"})
    assert not find("unseeded", step, inputs={"seed": Input(default=1)})


def test_what_draws_nothing_needs_no_seed(find: Find) -> None:
    """Other functions are left alone."""
    assert not find("unseeded", Step(function="skimage:filters.gaussian"))


def test_hidden_state_is_a_warning_without_a_seed_to_set(find: Find) -> None:
    """What gives two results for one image in one process says so."""
    step = Step(function="skimage:segmentation.morphological_chan_vese", params={"num_iter": 3})
    (problem,) = find("unseeded", step)
    assert (problem.severity, problem.parameter) == ("warning", None)
    assert "hidden state" in problem.message


def test_hidden_state_that_few_images_show_is_a_note(find: Find) -> None:
    """Where the trials saw it for some images only, they are named."""
    (problem,) = find("unseeded", Step(function="skimage:filters.unsharp_mask"))
    assert problem.severity == "note"
    assert "(rgb)" in problem.message
