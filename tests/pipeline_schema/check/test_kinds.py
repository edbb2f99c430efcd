"""Kinds: a warning where a result can never be what a parameter holds, and silence wherever it might."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pipeline_schema import graph
from pipeline_schema.check.kinds import find_kind_mismatches
from pipeline_schema.document import Input, Options, Pipeline, Step
from pipeline_schema.problems import Problem
from registry.entry import FunctionEntry, FunctionKind, Output, Parameter

Find = Callable[..., list[Problem]]


def _entry(key: str, kind: FunctionKind, holds: FunctionKind | None = None, **facts: Any) -> FunctionEntry:
    parameter = Parameter(name="image", role="data", types=facts.pop("types", ("array",)), holds=holds, required=True)
    return FunctionEntry(key=key, import_path="a:b", kind=kind, flow="image", parameters=(parameter,), **facts)


def _check(first: FunctionEntry, second: FunctionEntry, **step: Any) -> list[Problem]:
    steps = [Step(id="first", function=first.key), Step(id="second", function=second.key, **step)]
    pipeline = graph.expand(Pipeline(inputs={"image": Input()}, steps=steps))
    return list(find_kind_mismatches(pipeline, [first, second]))


@pytest.mark.parametrize(
    ("gives", "holds"),
    [("table", "image"), ("points", "labels"), ("scalar", "mask"), ("image", "table"), ("table", "points")],
)
def test_what_never_fits_is_a_warning(gives: FunctionKind, holds: FunctionKind) -> None:
    """A table is no image, points are no labels: told where it is bound, with both functions; the document runs."""
    (problem,) = _check(_entry("x:made", gives), _entry("x:taken", "image", holds))
    assert (problem.code, problem.severity, problem.pointer) == ("kind-mismatch", "warning", "/steps/1/inputs/@")
    assert "x:made" in problem.message
    assert "x:taken" in problem.message


@pytest.mark.parametrize(
    ("gives", "holds"),
    [
        ("image", "labels"),
        ("labels", "image"),
        ("mask", "labels"),
        ("values", "image"),
        ("unknown", "table"),
        ("table", None),
    ],
)
def test_what_may_fit_is_none(gives: FunctionKind, holds: FunctionKind | None) -> None:
    """An image may be labels, a constructor may make an image, and what is not known may be anything."""
    assert not _check(_entry("x:made", gives), _entry("x:taken", "image", holds))


def test_a_level_may_be_a_number() -> None:
    """A parameter that takes numbers beside arrays takes the scalar of a step."""
    assert not _check(_entry("x:level", "scalar"), _entry("x:above", "mask", "image", types=("array", "float")))


def test_one_of_several_results_must_be_named() -> None:
    """A tuple of results is no image; those that fit are suggested, and the implicit flow takes the first."""
    several = _entry(
        "x:label", "labels", outputs=(Output(name="labels", kind="labels"), Output(name="n", kind="scalar"))
    )
    taken = _entry("x:taken", "image", "labels")
    (problem,) = _check(several, taken, inputs={"image": "first"})
    assert problem.suggestions == ("first.labels",)
    assert not _check(several, taken)
    assert not _check(several, taken, inputs={"image": "first.labels"})
    assert _check(several, taken, inputs={"image": "first.1"})


def test_a_declared_input_counts() -> None:
    """What the document says of an input is what it is."""
    taken = _entry("x:taken", "image", "image")
    pipeline = graph.expand(Pipeline(inputs={"rows": Input(kind="table")}, steps=[Step(function="x:taken")]))
    assert [problem.step for problem in find_kind_mismatches(pipeline, [taken])] == ["taken"]


def test_a_switched_off_step_passes_its_input_on() -> None:
    """The kind is that of who makes the value, past steps that are off; a step that is off takes nothing."""
    table, image = _entry("x:measure", "table"), _entry("x:blur", "image", "image")
    steps = [
        Step(id="table", function="x:measure"),
        Step(id="off", function="x:blur", options=Options(enabled=False)),
        Step(id="last", function="x:blur"),
    ]
    pipeline = graph.expand(Pipeline(inputs={"image": Input()}, steps=steps))
    assert [problem.step for problem in find_kind_mismatches(pipeline, [table, image, image])] == ["last"]


def test_an_image_where_labels_are_wanted(find: Find) -> None:
    """What a function gives in fractions is no labels, and neither is what the document calls an image."""
    smooth = Step(id="smooth", function="skimage:filters.gaussian")
    measure = Step(function="skimage:measure.regionprops_table", inputs={"label_image": "smooth"})
    (problem,) = find("kind-mismatch", smooth, measure)
    assert (problem.severity, problem.parameter) == ("warning", "label_image")
    assert "threshold and label it first" in problem.message
    declared = Step(function="skimage:measure.regionprops_table", inputs={"label_image": "image"})
    assert find("kind-mismatch", declared, image=Input(kind="image"))


@pytest.mark.parametrize(
    "made",
    [
        Step(id="made", function="skimage:measure.label"),
        Step(id="made", function="numpy:multiply", params={"x2": 2}),
        Step(id="made", function="skimage:filters.gaussian", options=Options(dtype="uint16")),
        Step(id="made", function="skimage:segmentation.watershed"),
    ],
)
def test_what_may_be_labels_is_left(find: Find, made: Step) -> None:
    """Labels, arithmetic on them, and an image of whole numbers that was asked for."""
    assert not find("kind-mismatch", made, Step(function="skimage:measure.regionprops_table"))
