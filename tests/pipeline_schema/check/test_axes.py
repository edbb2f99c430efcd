"""Axes: letters that are axes, and stacks that meet a function which could see them in two ways."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pipeline_schema.check import check
from pipeline_schema.codec import digest, dumps, loads
from pipeline_schema.document import Input, Options, Pipeline, Step
from pipeline_schema.problems import Problem

Find = Callable[..., list[Problem]]

BLUR = "skimage:filters.gaussian"


@pytest.mark.parametrize(
    ("axes", "wrong"), [("YX", 0), ("tczyx", 0), ("YXS", 0), ("", 1), ("YY", 1), ("FYX", 1), ("Q", 1)]
)
def test_axes_are_letters(find: Find, axes: str, wrong: int) -> None:
    """Declared axes are letters of T C Z Y X S in either case, each once."""
    assert len(find("invalid-value", Step(function=BLUR), image=Input(axes=axes))) == wrong


@pytest.mark.parametrize("axes", ["ZYX", "TYX", "CYX", "czyx"])
def test_a_stack_and_no_word_of_slices(find: Find, axes: str) -> None:
    """Where a stack flows into an image function, the step says whether slices are meant."""
    (problem,) = find("axis-ambiguous", Step(function=BLUR), image=Input(axes=axes))
    assert (problem.severity, problem.pointer) == ("warning", "/steps/0")
    assert "slice_by_slice" in problem.message


@pytest.mark.parametrize("axes", ["YX", "YXS", None])
def test_a_single_image_is_not_ambiguous(find: Find, axes: str | None) -> None:
    """A plane, with or without colours, is one image; where nothing is declared nothing is known."""
    assert not find("axis-ambiguous", Step(function=BLUR), image=Input(axes=axes))


def test_strict_makes_it_an_error(find: Find) -> None:
    """Who checks strictly can't run what may mean two things."""
    (problem,) = find("axis-ambiguous", Step(function=BLUR), image=Input(axes="ZYX"), strict=True)
    assert problem.severity == "error"


def test_the_stack_is_followed(find: Find) -> None:
    """A stack stays one through image functions and switched-off steps, and ends in a number."""
    steps = (
        Step(function=BLUR, id="said", options=Options(slice_by_slice=True)),
        Step(function=BLUR, id="off", options=Options(enabled=False)),
        Step(function="numpy:add", id="single_values", params={"x2": 1}),
        Step(function=BLUR, id="silent"),
        Step(function="skimage:filters.threshold_otsu", id="number"),
        Step(function="numpy:add", params={"x2": 1}, id="of_a_number"),
    )
    assert [problem.step for problem in find("axis-ambiguous", *steps, image=Input(axes="TYX"))] == ["silent"]


def test_an_explicit_false_is_an_answer() -> None:
    """`slice_by_slice: false` says that the stack is meant as a whole, and means the same as leaving it out."""
    step = Step(function="skimage:filters.gaussian", options=Options(slice_by_slice=False))
    said = Pipeline(inputs={"image": Input(axes="ZYX")}, steps=[step])
    silent = Pipeline(inputs={"image": Input(axes="ZYX")}, steps=[Step(function="skimage:filters.gaussian")])
    assert [problem.code for problem in check(silent)] == ["axis-ambiguous"]
    assert check(said, strict=True) == []
    assert check(loads(dumps(said)), strict=True) == []
    assert digest(said) == digest(silent)


@pytest.mark.parametrize(
    ("axes", "said", "advice"),
    [
        ("TYXS", True, 'name the axes to go along: "T"'),
        ("YXC", True, 'name the axes to go along: "C"'),
        ("YXS", True, "leave it out"),
        ("TYXS", "T", None),
        ("TZYX", True, None),
        ("TYXS", False, None),
        ("YX", True, None),
    ],
)
def test_slices_that_are_no_planes_are_told(find: Find, axes: str, said: bool | str, advice: str | None) -> None:
    """Of colour pictures in time ``true`` would take single rows with their colours for images."""
    step = Step(function="skimage:filters.gaussian", options=Options(slice_by_slice=said))
    found = find("axis-ambiguous", step, image=Input(axes=axes))
    assert [problem.pointer for problem in found] == ["/steps/0/options/slice_by_slice"] * (advice is not None)
    assert advice is None or advice in found[0].message


def test_what_trials_saw_is_told(find: Find) -> None:
    """The catalogs know which functions give other values for a stack, and which give none."""
    (problem,) = find("axis-ambiguous", Step(function=BLUR), image=Input(axes="ZYX"))
    assert "(in trials it gave other values for a stack than for its slices)" in problem.message
    flat = Step(function="skimage:filters.sobel_h", options=Options(slice_by_slice=False))
    (problem,) = find("axis-ambiguous", flat, image=Input(axes="ZYX"), strict=True)
    assert (problem.severity, problem.pointer) == ("warning", "/steps/0/options/slice_by_slice")
    assert "gave an error for stacks in trials" in problem.message
