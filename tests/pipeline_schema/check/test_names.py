"""Names of parameters: known, bound once, and all that are needed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from pipeline_schema.check import check
from pipeline_schema.document import Input, Pipeline, Step
from pipeline_schema.problems import Problem

Find = Callable[..., list[Problem]]


def test_a_typo_is_answered_with_the_closest_parameter(find: Find) -> None:
    """An unknown parameter comes with the one that was meant, at its place."""
    (problem,) = find("unknown-parameter", Step(function="skimage:filters.gaussian", params={"sigm": 1}))
    assert problem.suggestions == ("sigma",)
    assert (problem.pointer, problem.step, problem.parameter) == ("/steps/0/params/sigm", "gaussian", "sigm")


def test_a_parameter_that_is_like_none_gets_the_whole_list(find: Find) -> None:
    """Where nothing is near, the message names what there is."""
    (problem,) = find("unknown-parameter", Step(function="skimage:filters.gaussian", params={"qqqq": 1}))
    assert not problem.suggestions
    assert "sigma" in problem.message


def test_an_unknown_parameter_in_inputs(find: Find) -> None:
    """References are bound to parameters that exist, as constants are."""
    step = Step(function="skimage:filters.gaussian", inputs={"@": "image", "sigm": "image"})
    (problem,) = find("unknown-parameter", step)
    assert problem.pointer == "/steps/0/inputs/sigm"


@pytest.mark.parametrize(
    ("params", "inputs", "missing"),
    [
        ({}, None, ["x2"]),
        ({"x2": 3}, None, []),
        ({}, {"x1": "image"}, ["x2"]),
        ({}, {"@": "image", "x2": "image"}, []),
        ({}, {}, ["x1", "x2"]),
    ],
)
def test_what_is_needed_must_be_bound(
    find: Find, params: dict[str, Any], inputs: dict[str, str | list[str]] | None, missing: list[str]
) -> None:
    """A required parameter is given as a constant, by reference or by flow; each that is not is named."""
    problems = find("missing-parameter", Step(function="numpy:greater", params=params, inputs=inputs))
    assert [problem.parameter for problem in problems] == missing


def test_a_document_without_inputs_is_told_to_declare_them() -> None:
    """Who writes a first document leaves them out; the answer is what to write, and it helps."""
    steps = [Step(function="skimage:filters.gaussian"), Step(function="skimage:filters.sobel")]
    (problem,) = check(Pipeline(steps=steps))
    assert (problem.code, problem.parameter) == ("missing-parameter", "image")
    assert '"inputs": {"image": {}}' in problem.message
    assert not check(Pipeline(inputs={"image": Input()}, steps=steps))


def test_constructors_need_their_parameters_too(find: Find) -> None:
    """A call within a value is checked like a step."""
    call = {"$call": "skimage:morphology.disk", "params": {"raduis": 3}}
    step = Step(function="skimage:morphology.closing", params={"footprint": call})
    (missing,) = find("missing-parameter", step)
    (unknown,) = find("unknown-parameter", step)
    assert missing.pointer == "/steps/0/params/footprint"
    assert (unknown.pointer, unknown.suggestions) == ("/steps/0/params/footprint/params/raduis", ("radius",))


def test_a_function_value_may_leave_parameters_open(find: Find) -> None:
    """Who calls a function value gives what is not bound."""
    step = Step(function="skimage:filters.gaussian", params={"sigma": {"$function": "numpy:mean"}})
    assert not find("missing-parameter", step)


@pytest.mark.parametrize(
    ("params", "inputs", "pointer"),
    [
        ({"x1": 1, "x2": 2}, None, "/steps/0/params/x1"),
        ({"x1": 1, "x2": 2}, {"@": "image"}, "/steps/0/params/x1"),
        ({"x2": 2}, {"@": "image", "x1": "image"}, "/steps/0/inputs/x1"),
        ({"x2": 2}, {"@": "image", "x2": "image"}, "/steps/0/params/x2"),
    ],
)
def test_a_parameter_is_given_once(
    find: Find, params: dict[str, Any], inputs: dict[str, str | list[str]] | None, pointer: str
) -> None:
    """A constant and a reference for one parameter are refused: neither may win silently."""
    problems = find("invalid-value", Step(function="numpy:greater", params=params, inputs=inputs))
    assert [problem.pointer for problem in problems if "twice" in problem.message] == [pointer]


def test_a_parameter_that_the_library_writes_into_is_refused(find: Find) -> None:
    """No document names an array for a library to write its result into."""
    step = Step(function="numpy:add", params={"x2": 1, "out": None})
    assert [p.parameter for p in find("invalid-value", step) if "writes its result" in p.message] == ["out"]


def test_where_a_dtype_may_stand_the_result_can_be_given_one(find: Find) -> None:
    """The dtype of a result may be said, also by name; an array or a reference to write into may not."""
    sobel = "scipy:ndimage.sobel"
    for dtype in ({"$dtype": "int16"}, "float32", None):
        assert not find("invalid-value", Step(function=sobel, params={"output": dtype}))
    array = {"$array": {"dtype": "uint8", "shape": [1], "data": [0]}}
    (constant,) = find("invalid-value", Step(function=sobel, params={"output": array}))
    assert "takes the dtype" in constant.message
    (reference,) = find("invalid-value", Step(function=sobel, inputs={"@": "image", "output": "image"}))
    assert "writes its result" in reference.message


def test_flow_into_a_constructor_binds_nothing(find: Find) -> None:
    """The implicit input of a step without flow parameter is none; an explicit one is refused."""
    constructor = {"function": "skimage:morphology.disk", "params": {"radius": 3}}
    assert not find("bad-reference", Step(**constructor))
    (problem,) = find("bad-reference", Step(**constructor, inputs={"@": "image"}))
    assert problem.pointer == "/steps/0/inputs/@"
