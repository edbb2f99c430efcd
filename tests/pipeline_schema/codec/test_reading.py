"""From plain values to pipelines: everything that is wrong, at once."""

from __future__ import annotations

import json
from typing import Any

import pytest

from pipeline_schema.codec import dumps, from_plain, loads, read
from pipeline_schema.document import Input, Options, Pipeline, Step
from pipeline_schema.errors import DocumentError, UnsupportedVersionError
from pipeline_schema.limits import MAX_PROBLEMS
from pipeline_schema.problems import Problem

STEP = {"function": "a:b"}


def document(**fields: Any) -> dict[str, Any]:
    return {"format": "pipeline-schema/1", "steps": [STEP], **fields}


def problems_of(plain: Any) -> list[Problem]:
    """Of both ways in: from text, where the fast way comes first, and from plain values."""
    with pytest.raises(DocumentError) as caught:
        loads(json.dumps(plain))
    walked: list[Problem] = []
    from_plain(plain, walked)
    keyed = [(problem.code, problem.pointer, problem.message) for problem in caught.value.problems]
    assert keyed == [(problem.code, problem.pointer, problem.message) for problem in walked]
    assert all(problem.line == 1 and problem.column for problem in caught.value.problems)
    return walked


# Document, where the problem is, the name that is suggested.
BAD: list[tuple[Any, str, str | None]] = [
    ([], "", None),
    (None, "", None),
    ({"steps": []}, "", "pipeline-schema/1"),
    ({"format": "pipeline-schema/1"}, "", None),
    (document(format="pipeline/1"), "/format", "pipeline-schema/1"),
    (document(format=1), "/format", "pipeline-schema/1"),
    (document(stepz=[]), "/stepz", "steps"),
    (document(notes={}), "/notes", None),
    (document(unknown={}), "/unknown", None),
    (document(schema="s"), "/schema", "$schema"),
    (document(name=1), "/name", None),
    (document(name=None), "/name", None),
    (document(description=[]), "/description", None),
    (document(requires=["a"]), "/requires", None),
    (document(requires={"numpy": 2}), "/requires/numpy", None),
    (document(steps={}), "/steps", None),
    (document(steps=["a:b"]), "/steps/0", None),
    (document(steps=[{}]), "/steps/0", None),
    (document(steps=[{"function": ""}]), "/steps/0/function", None),
    (document(steps=[{"function": None}]), "/steps/0/function", None),
    (document(steps=[{**STEP, "parms": {}}]), "/steps/0/parms", "params"),
    (document(steps=[{**STEP, "notes": {}}]), "/steps/0/notes", None),
    (document(steps=[{**STEP, "unknown": {}}]), "/steps/0/unknown", None),
    (document(steps=[{**STEP, "cases": {}}]), "/steps/0/cases", None),
    (document(steps=[{**STEP, "id": "1st"}]), "/steps/0/id", None),
    (document(steps=[{**STEP, "id": "a" * 65}]), "/steps/0/id", None),
    (document(steps=[{**STEP, "id": "a\n"}]), "/steps/0/id", None),
    (document(steps=[{**STEP, "id": "\u00e4"}]), "/steps/0/id", None),
    (document(steps=[{**STEP, "id": None}]), "/steps/0/id", None),
    (document(steps=[{**STEP, "params": []}]), "/steps/0/params", None),
    (document(steps=[{**STEP, "params": {"$rng": 1}}]), "/steps/0/params/$rng", None),
    (document(steps=[{**STEP, "params": {"a": {"$rgn": 1}}}]), "/steps/0/params/a/$rgn", "$rng"),
    (document(steps=[{**STEP, "inputs": ["a"]}]), "/steps/0/inputs", None),
    (document(steps=[{**STEP, "inputs": {"x": 1}}]), "/steps/0/inputs/x", None),
    (document(steps=[{**STEP, "inputs": {"x": []}}]), "/steps/0/inputs/x", None),
    (document(steps=[{**STEP, "inputs": {"x": ["a", 1]}}]), "/steps/0/inputs/x", None),
    (document(steps=[{**STEP, "options": True}]), "/steps/0/options", None),
    (document(steps=[{**STEP, "options": {"memroy": "numpy"}}]), "/steps/0/options/memroy", "memory"),
    (document(steps=[{**STEP, "options": {"enabled": 1}}]), "/steps/0/options/enabled", None),
    (document(steps=[{**STEP, "options": {"enabled": "false"}}]), "/steps/0/options/enabled", None),
    (document(steps=[{**STEP, "options": {"device": True}}]), "/steps/0/options/device", None),
    (document(steps=[{**STEP, "options": {"device": -1}}]), "/steps/0/options/device", None),
    (document(steps=[{**STEP, "options": {"dtype": "unit8"}}]), "/steps/0/options/dtype", "uint8"),
    (document(steps=[{**STEP, "options": {"scale": "streach"}}]), "/steps/0/options/scale", "stretch"),
    (document(steps=[{**STEP, "options": {"slice_by_slice": "YX"}}]), "/steps/0/options/slice_by_slice", None),
    (document(inputs=[]), "/inputs", None),
    (document(inputs={"a b": {}}), "/inputs/a b", None),
    (document(inputs={"a": None}), "/inputs/a", None),
    (document(inputs={"a": {"kind": "imge"}}), "/inputs/a/kind", "image"),
    (document(inputs={"a": {"axis": "YX"}}), "/inputs/a/axis", "axes"),
    (document(inputs={"a": {"axes": ""}}), "/inputs/a/axes", None),
    (document(inputs={"a": {"axes": "YYX"}}), "/inputs/a/axes", None),
    (document(inputs={"a": {"axes": "FYX"}}), "/inputs/a/axes", None),
    (document(inputs={"a": {"axes": ["Y", "X"]}}), "/inputs/a/axes", None),
    (document(inputs={"a": {"channels": "DAPI"}}), "/inputs/a/channels", None),
    (document(inputs={"a": {"channels": ["c", "c"]}}), "/inputs/a/channels", None),
    (document(inputs={"a": {"default": {"$flaot": "nan"}}}), "/inputs/a/default/$flaot", "$float"),
    (document(inputs={"a": {"notes": {}}}), "/inputs/a/notes", None),
    (document(outputs=["a"]), "/outputs", None),
    (document(outputs={"a b": "b"}), "/outputs/a b", None),
    (document(outputs={"a": ["b"]}), "/outputs/a", None),
]


@pytest.mark.parametrize(("plain", "where", "suggestion"), BAD)
def test_what_is_wrong_is_named_in_its_place(plain: Any, where: str, suggestion: str | None) -> None:
    """Each fault is one problem, that points at it and suggests the nearest name."""
    (problem,) = problems_of(plain)
    assert (problem.code, problem.pointer) == ("schema-error", where)
    assert suggestion is None or problem.suggestions[0] == suggestion


def test_everything_that_is_wrong_is_said_at_once() -> None:
    """All faults of a document are collected, and each says of which step it is."""
    steps = [{"id": "s", "function": "a:b", "params": {"k": {"$rng": -1}}}, {"functoin": "a:b"}, 5]
    inputs = {"1": {"axes": "Q"}}
    found = problems_of({"format": "pipeline-schema/1", "inputs": inputs, "steps": steps, "outputs": {"x": 1}})
    assert [(problem.pointer, problem.step, problem.parameter) for problem in found] == [
        ("/inputs/1", None, None),
        ("/inputs/1/axes", None, None),
        ("/steps/0/params/k/$rng", "s", "k"),
        ("/steps/1/functoin", None, None),
        ("/steps/1", None, None),
        ("/steps/2", None, None),
        ("/outputs/x", None, None),
    ]


def test_problems_have_lines_and_columns() -> None:
    """A problem stands where an editor shows it."""
    text = '{"format": "pipeline-schema/1",\n "steps": [\n  {"function": "a:b", "parms": {}}]}'
    with pytest.raises(DocumentError, match="line 3, column 32") as caught:
        loads(text)
    (problem,) = caught.value.problems
    assert (problem.line, problem.column) == (3, 32)


def test_problems_are_counted_only_so_far() -> None:
    """A document in which everything is wrong costs no more than a thousand problems."""
    found = problems_of(document(steps=[{"a": 1}] * MAX_PROBLEMS))
    assert len(found) == MAX_PROBLEMS


def test_what_could_be_read_is_given_along_with_the_problems() -> None:
    """Who reports problems can look further than the first kind of them."""
    problems: list[Problem] = []
    found = read(json.dumps(document(outputs={"a": 1, "b": "c"})), problems)
    assert found is not None
    assert (found.steps[0].function, found.outputs) == ("a:b", {"b": "c"})
    assert len(problems) == 1


def test_a_document_is_read_as_it_is_written() -> None:
    """Every word of the format arrives in its field, and nothing is filled in."""
    text = json.dumps(
        {
            "$schema": "s.json",
            "format": "pipeline-schema/1.0",
            "name": "n",
            "description": "d",
            "requires": {"numpy": ">=2"},
            "inputs": {"a": {"kind": "image", "axes": "cyx", "channels": ["x"], "default": None, "description": "e"}},
            "steps": [
                {
                    "id": "s",
                    "function": "no such function",
                    "params": {"p": [1, 2.0]},
                    "inputs": {"@": "a", "y": ["a", "s.0"]},
                    "options": {"enabled": False, "memory": None, "slice_by_slice": "TZ", "device": 1},
                    "description": "f",
                    "x-step": {"$any": None},
                },
                {"function": "a:b"},
            ],
            "outputs": {"o": "s.name"},
            "x-top": [1],
        }
    )
    given = Input(kind="image", axes="CYX", channels=["x"], default=None, description="e")
    first = Step(
        id="s",
        function="no such function",
        params={"p": [1, 2.0]},
        inputs={"@": "a", "y": ["a", "s.0"]},
        options=Options(enabled=False, slice_by_slice="TZ", device=1),
        description="f",
        notes={"x-step": {"$any": None}},
    )
    assert loads(text) == Pipeline(
        schema="s.json",
        format="pipeline-schema/1.0",
        name="n",
        description="d",
        requires={"numpy": ">=2"},
        inputs={"a": given},
        steps=[first, Step(function="a:b")],
        outputs={"o": "s.name"},
        notes={"x-top": [1]},
    )


def test_a_default_of_null_is_a_default() -> None:
    """An input whose default is null may be left out; one without default may not."""
    pipe = loads(json.dumps(document(inputs={"a": {"default": None}, "b": {}})))
    assert (pipe.inputs["a"].has_default, pipe.inputs["b"].has_default) == (True, False)


def test_a_newer_major_is_refused_with_a_hint() -> None:
    """A document of another language is not guessed at, whatever else is in it."""
    with pytest.raises(UnsupportedVersionError) as caught:
        loads('{"format": "pipeline-schema/2", "nodes": []}')
    (problem,) = caught.value.problems
    assert (problem.code, problem.line, bool(problem.install)) == ("unknown-version", 1, True)


def test_a_newer_minor_opens_and_is_saved_verbatim() -> None:
    """Words, values and kinds of steps that are not known here are kept as they were written."""
    plain = {
        "format": "pipeline-schema/1.7",
        "cache": {"$size": 5},
        "inputs": {"a": {"kind": "mesh", "unit": "um"}, "b": {"axes": "YX"}},
        "steps": [
            {"id": "pre", "by": "C", "cases": {"DAPI": [{"function": "a:b"}], "*": []}},
            {"function": "a:b", "params": {"radius": {"$length": [0.5, "um"]}}, "options": {"tiles": 4}},
            {"function": "a:b", "params": {"sigma": 2}, "id": "known"},
        ],
        "outputs": {"o": "known"},
    }
    pipe = loads(json.dumps(plain))
    assert pipe.unknown == {"cache": {"$size": 5}}
    assert pipe.inputs["a"].unknown == {"kind": "mesh", "unit": "um"}
    assert pipe.steps[0].unknown == {"by": "C", "cases": {"DAPI": [{"function": "a:b"}], "*": []}}
    assert set(pipe.steps[1].unknown) == {"params", "options"}
    assert (pipe.steps[2].params, pipe.steps[2].unknown) == ({"sigma": 2}, {})
    assert json.loads(dumps(pipe)) == plain


def test_other_formats_are_refused_by_name() -> None:
    """There are three formats, and the error says which."""
    with pytest.raises(ValueError, match="json, yaml, msgpack"):
        loads("{}", format="xml")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="json, yaml, msgpack"):
        dumps(Pipeline(), format="xml")  # type: ignore[call-overload]
