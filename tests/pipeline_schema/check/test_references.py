"""References as far as results are known: items that exist, switched-off steps, results that nobody takes."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pipeline_schema.document import Options, Step
from pipeline_schema.problems import Problem

Find = Callable[..., list[Problem]]

BLUR = "skimage:filters.gaussian"


def test_a_reference_to_nothing(find: Find) -> None:
    """A reference to a name that is not there is answered with the closest."""
    (problem,) = find("bad-reference", Step(function=BLUR, inputs={"@": "imagee"}))
    assert problem.suggestions == ("image",)


def test_a_cycle(find: Find) -> None:
    """Steps that wait for each other are named."""
    steps = Step(function=BLUR, id="a", inputs={"@": "b"}), Step(function=BLUR, id="b", inputs={"@": "a"})
    (problem,) = find("cycle", *steps)
    assert "a, b" in problem.message


@pytest.mark.parametrize(("item", "wrong"), [("0", False), ("1", False), ("2", True), ("nosuch", True)])
def test_an_item_exists(find: Find, item: str, wrong: bool) -> None:
    """An item of a function with several results is one of them, by position or by name."""
    several = Step(function="numpy:divmod", id="parts", params={"x2": 2})
    problems = find("bad-reference", several, Step(function=BLUR, inputs={"@": f"parts.{item}"}))
    assert bool(problems) is wrong


@pytest.mark.parametrize("item", ["0", "image"])
def test_one_result_has_no_items(find: Find, item: str) -> None:
    """An array is no list of results: an item of a function that gives one image is refused before it fails."""
    (problem,) = find("bad-reference", Step(function=BLUR, id="soft"), outputs={"out": f"soft.{item}"})
    assert problem.pointer == "/outputs/out"
    assert "'soft'" in problem.message


def test_a_result_that_may_be_several(find: Find) -> None:
    """Some parameters make a function give a tuple; where one is set, items are not refused."""
    label = {"function": "skimage:measure.label", "id": "label"}
    assert find("bad-reference", Step(**label), outputs={"count": "label.1"})
    assert not find("bad-reference", Step(**label, params={"return_num": True}), outputs={"count": "label.1"})


def test_any_column_of_a_table(find: Find) -> None:
    """Columns of a table are known when it is made; naming one is no mistake."""
    table = Step(function="skimage:measure.regionprops_table", id="table", inputs={"label_image": "image"})
    assert not find("bad-reference", table, outputs={"area": "table.area"})


def test_an_item_of_a_step_that_is_off(find: Find) -> None:
    """A step that is switched off passes on its input, which has no items."""
    off = Step(function=BLUR, id="off", options=Options(enabled=False))
    assert not find("bad-reference", off, Step(function=BLUR))
    (problem,) = find("bad-reference", off, Step(function=BLUR, inputs={"@": "off.0"}))
    assert (problem.pointer, problem.parameter) == ("/steps/1/inputs/@", "@")


def test_a_step_that_is_off_and_has_nothing_to_pass_on(find: Find) -> None:
    """Who uses the result of a switched-off step without input is told before anything runs."""
    disk = {"function": "skimage:morphology.disk", "id": "off", "params": {"radius": 3}, "inputs": {}}
    closing = Step(function="skimage:morphology.closing", inputs={"@": "image", "footprint": "off"})
    assert not find("bad-reference", Step(**disk), closing)
    (problem,) = find("bad-reference", Step(**disk, options=Options(enabled=False)), closing)
    assert (problem.step, problem.parameter) == ("closing", "footprint")


def test_an_unused_step_is_a_warning(find: Find) -> None:
    """Work that nobody needs is pointed out, and runs."""
    steps = Step(function=BLUR, id="lost"), Step(function=BLUR, id="kept", inputs={"@": "image"})
    (problem,) = find("unused-step", *steps)
    assert (problem.step, problem.severity) == ("lost", "warning")
    assert not find("unused-step", *steps, outputs={"a": "lost", "b": "kept"})
