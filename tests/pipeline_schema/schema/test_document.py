"""The schema and the decoder agree: what one accepts the other accepts, and names are completed from the catalogs."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

import registry.errors
from pipeline_schema.check import check
from pipeline_schema.problems import Problem
from pipeline_schema.schema import pipeline_schema
from pipeline_schema.values import parse

ROOT = Path(registry.errors.__file__).parents[2]
EXAMPLES = sorted((ROOT / "examples").glob("*.pipeline.json"))

Document = dict[str, Any]

BASE: Document = {
    "format": "pipeline-schema/1",
    "inputs": {"image": {"axes": "YX"}},
    "steps": [
        {"id": "smooth", "function": "skimage:filters.gaussian", "params": {"sigma": 2}},
        {"id": "level", "function": "skimage:filters.threshold_otsu"},
        {"id": "mask", "function": "numpy:greater", "inputs": {"x1": "smooth", "x2": "level"}},
    ],
    "outputs": {"mask": "mask", "level": "level"},
}


@pytest.fixture(scope="module")
def validator() -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(pipeline_schema())


def put(value: Any, *path: str | int) -> Document:
    """The base document with a value put somewhere."""
    document = copy.deepcopy(BASE)
    place: Any = document
    for part in path[:-1]:
        place = place[part] if isinstance(place, list) else place.setdefault(part, {})
    place[path[-1]] = value
    return document


def without(key: str) -> Document:
    """The base document without one of its keys."""
    return {name: value for name, value in BASE.items() if name != key}


def of_value(value: Any) -> Document:
    """The base document with a constant, of a function that takes anything."""
    return put({"id": "smooth", "function": "mylab:anything", "params": {"value": value}}, "steps", 0)


SHA = "0" * 64
# What a schema can see: it knows nothing of references or of this machine, and less of values than the checker.
OF_THE_SCHEMA = ("schema-error", "unknown-function", "unknown-parameter")

RIGHT = {
    "the base": BASE,
    "no inputs of the document": {
        **without("inputs"),
        "steps": [{"function": "numpy:add", "inputs": {}, "params": {"x1": {"$list": [1]}, "x2": {"$list": [1]}}}],
        "outputs": {"sum": "add"},
    },
    "no outputs": without("outputs"),
    "a minor version": put("pipeline-schema/1.0", "format"),
    "$schema": put("../schemas/pipeline-1.schema.json", "$schema"),
    "name, description": {**BASE, "name": "x", "description": "y"},
    "requires": put(">=1", "requires", "numpy"),
    "a note": put({"anything": [None]}, "x-note"),
    "a note in a step": put(1, "steps", 0, "x-note"),
    "a note in an input": put(1, "inputs", "image", "x-note"),
    "lower-case axes": put("yx", "inputs", "image", "axes"),
    "channels": put(["DAPI"], "inputs", "image", "channels"),
    "kind": put("labels", "inputs", "image", "kind"),
    "a default": put({"default": 3}, "inputs", "level_of_noise"),
    "@": put({"@": "image"}, "steps", 0, "inputs"),
    "an item": put([{"id": "counts", "function": "numpy:histogram"}], "steps") | {"outputs": {"counts": "counts.0"}},
    "options": put({"dtype": "float32", "slice_by_slice": "TZ", "enabled": True}, "steps", 0, "options"),
    "a float": put(0.5, "steps", 0, "params", "cval"),
    "$float": put({"$float": "nan"}, "steps", 0, "params", "cval"),
    "an alias": put({"id": "level", "function": "skimage:morphology.label"}, "steps", 1),
}

WRONG = {
    "no document": [],
    "no format": without("format"),
    "no steps": without("steps"),
    "another format": put("something/1", "format"),
    "a newer major": put("pipeline-schema/2", "format"),
    "an unknown key": put(1, "step"),
    "an unknown key of a step": put({}, "steps", 0, "parameters"),
    "an unknown key of an input": put("YX", "inputs", "image", "axis"),
    "an unknown option": put(True, "steps", 0, "options", "slicewise"),
    "steps as an object": put({}, "steps"),
    "a step as a string": put("skimage:filters.gaussian", "steps", 0),
    "a step without function": put({"id": "x"}, "steps", 0),
    "a function as a number": put(3, "steps", 0, "function"),
    "a key that is none": put("skimage.filters.gaussian", "steps", 0, "function"),
    "a typo in a function": put("skimage:filters.gausian", "steps", 0, "function"),
    "a typo in a parameter": put(2, "steps", 0, "params", "sigm"),
    "a typo in an input": put("image", "steps", 2, "inputs", "x3"),
    "@ in params": put("image", "steps", 0, "params", "@"),
    "an output parameter": put(None, "steps", 2, "params", "out"),
    "params as a list": put([], "steps", 0, "params"),
    "a reference that is none": put("a b", "steps", 2, "inputs", "x1"),
    "a reference as a number": put(3, "steps", 2, "inputs", "x1"),
    "an output that is no name": put("mask", "outputs", "1st"),
    "an output as a list": put(["mask"], "outputs", "mask"),
    "an id that is no name": put("a.b", "steps", 0, "id"),
    "an input that is no name": put({}, "inputs", "1st"),
    "axes that are none": put("XQ", "inputs", "image", "axes"),
    "an unknown kind": put("picture", "inputs", "image", "kind"),
    "channels as a string": put("DAPI", "inputs", "image", "channels"),
    "requires as a list": put(["numpy"], "requires"),
    "a wrong dtype": put("uint7", "steps", 0, "options", "dtype"),
    "a wrong axis of slices": put("YX", "steps", 0, "options", "slice_by_slice"),
    "a negative device": put(-1, "steps", 0, "options", "device"),
    "enabled as a number": put(1, "steps", 0, "options", "enabled"),
    "name as a number": put(3, "name"),
    "an unknown tag": of_value({"$flot": "nan"}),
    "two tags": of_value({"$float": "nan", "$int": "3"}),
    "a sibling of a tag": of_value({"$float": "nan", "unit": 3}),
    "params beside another tag": of_value({"$float": "nan", "params": {}}),
    "a wrong $float": of_value({"$float": "NaN"}),
    "a wrong $int": of_value({"$int": "0x10"}),
    "a wrong $slice": of_value({"$slice": [1]}),
    "a $slice of step 0": of_value({"$slice": [0, 1, 0]}),
    "a $range with null": of_value({"$range": [0, None, 1]}),
    "a wrong $ellipsis": of_value({"$ellipsis": False}),
    "a wrong $complex": of_value({"$complex": [1]}),
    "a wrong $dtype": of_value({"$dtype": "object"}),
    "a wrong $bytes": of_value({"$bytes": "***"}),
    "a wrong $dict": of_value({"$dict": [["a"]]}),
    "a $dict with a list as key": of_value({"$dict": [[[1], 2]]}),
    "a wrong $list": of_value({"$list": 3}),
    "a negative seed": of_value({"$rng": -1}),
    "an array without dtype": of_value({"$array": {"shape": [1], "data": [1]}}),
    "an array of objects": of_value({"$array": {"dtype": "object", "shape": [1], "data": [1]}}),
    "an array with data twice": of_value({"$array": {"dtype": "uint8", "shape": [1], "data": [1], "base64": "AQ=="}}),
    "an array of negative shape": of_value({"$array": {"dtype": "uint8", "shape": [-1], "data": []}}),
    "a file without hash": of_value({"$file": {"path": "a.npy"}}),
    "a file elsewhere": of_value({"$file": {"path": "../a.npy", "sha256": SHA}}),
    "a file that is absolute": of_value({"$file": {"path": "/a.npy", "sha256": SHA}}),
    "a file of no array": of_value({"$file": {"path": "a.pkl", "sha256": SHA}}),
    "a call of no key": of_value({"$call": "disk", "params": {"radius": 3}}),
    "a call with a typo": of_value({"$call": "skimage:morphology.disk", "params": {"radus": 3}}),
    "a function with a typo": of_value({"$function": "numpy:maen"}),
    "a tag in a list": of_value([{"$flot": "nan"}]),
    "a tag in an object": of_value({"a": {"b": {"$flot": "nan"}}}),
}


@pytest.mark.parametrize(
    ("document", "right"),
    [
        *[pytest.param(d, True, id=name) for name, d in RIGHT.items()],
        *[pytest.param(d, False, id=name) for name, d in WRONG.items()],
    ],
)
def test_schema_and_checker_agree(document: Any, right: bool, validator: jsonschema_rs.Draft202012Validator) -> None:
    """What an editor underlines the checker refuses, and what it leaves alone the checker accepts."""
    errors = [problem for problem in check(json.dumps(document)) if problem.severity == "error"]
    assert (validator.is_valid(document), not errors) == (right, right), errors


def places(value: Any, at: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Every place of a document but the whole."""
    for key, item in value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ():
        yield (*at, key)
        yield from places(item, (*at, key))


JUNK: list[Any] = [None, True, 3, -1.5, "", "junk", "skimage:filters.median", [], ["image"], [None], {}, {"junk": 1}]
RICH: Document = {
    **BASE,
    "$schema": "x",
    "name": "x",
    "requires": {"numpy": ">=1"},
    "inputs": {"image": {"axes": "YX", "kind": "image", "channels": ["DAPI"], "default": {"$float": "nan"}}},
    "steps": [
        {
            "id": "smooth",
            "function": "skimage:morphology.closing",
            "params": {"footprint": {"$call": "skimage:morphology.disk", "params": {"radius": 3}}},
            "inputs": {"@": "image"},
            "options": {"dtype": "uint8", "slice_by_slice": True, "enabled": True, "device": 0, "memory": "numpy"},
        },
        {
            "id": "sum",
            "function": "numpy:add",
            "params": {"x2": {"$array": {"dtype": "uint8", "shape": [], "data": 1}}},
        },
        *BASE["steps"][1:],
    ],
}


@pytest.mark.parametrize("place", places(RICH), ids=lambda place: "/".join(map(str, place)))
def test_junk_anywhere(place: tuple[str | int, ...], validator: jsonschema_rs.Draft202012Validator) -> None:
    """Whatever stands anywhere, checking gives problems and raises nothing; the schema refuses nothing else."""
    for junk in (*JUNK, {"$junk": 1}):
        document = copy.deepcopy(RICH)
        inner: Any = document
        for part in place[:-1]:
            inner = inner[part]
        inner[place[-1]] = junk
        errors = [problem for problem in check(json.dumps(document)) if problem.severity == "error"]
        if validator.is_valid(document):
            seen = [p for p in errors if p.code in OF_THE_SCHEMA and not p.pointer.startswith("/requires")]
            assert not seen, (junk, seen)
        else:
            assert errors, junk


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_examples_are_valid(path: Path, validator: jsonschema_rs.Draft202012Validator) -> None:
    """Our examples are not underlined in an editor."""
    assert [error.message for error in validator.iter_errors(json.loads(path.read_bytes()))] == []


VALUES: list[Any] = [
    None, True, 2, 2.5, "text", [1, [2, "x"]], {"a": {"b": 1}}, {},
    {"$slice": [None, 3, None]}, {"$range": [0, 9, 2]}, {"$ellipsis": True}, {"$complex": [1, {"$float": "inf"}]},
    {"$float": "-inf"}, {"$int": "123456789012345678901234567890"}, {"$bytes": "AQID"}, {"$list": [1, {"$list": []}]},
    {"$dict": [["$a", 1], ["b", {"$list": []}]]}, {"$dtype": "uint8"}, {"$rng": 42},
    {"$array": {"dtype": "uint8", "shape": [1, 2], "data": [[1, 2]]}},
    {"$array": {"dtype": "uint8", "shape": [3], "base64": "AQID"}},
    {"$file": {"path": "flats/a.b.npy", "sha256": SHA}}, {"$file": {"path": "flat.TIF", "sha256": SHA}},
    {"$call": "skimage:morphology.disk", "params": {"radius": 3}},
    {"$function": "numpy:mean", "params": {"axis": 0}},
    {"$call": "mylab:anything", "params": {"anything": [{"$list": []}]}},
]  # fmt: skip


@pytest.mark.parametrize("value", VALUES, ids=json.dumps)
def test_every_form_of_value_is_valid(value: Any, validator: jsonschema_rs.Draft202012Validator) -> None:
    """Each form of constant, alone and inside others, is accepted by schema and decoder."""
    for nested in (value, [value], {"a": value}, {"$list": [value]}):
        problems: list[Problem] = []
        parse(nested, problems)
        assert validator.is_valid(of_value(nested))
        assert problems == []


def test_a_wrong_parameter_is_pointed_at(validator: jsonschema_rs.Draft202012Validator) -> None:
    """An editor underlines the parameters, not the whole step."""
    (error,) = validator.iter_errors(put(2, "steps", 0, "params", "sigm"))
    assert list(error.instance_path) == ["steps", 0, "params"]
    assert "'sigm'" in error.message


@pytest.mark.parametrize(
    ("name", "value"), [("sigma", "two"), ("sigma", {"a": 1}), ("mode", "nearst"), ("preserve_range", "yes")]
)
def test_a_wrong_value_is_pointed_at(name: str, value: Any, validator: jsonschema_rs.Draft202012Validator) -> None:
    """An editor underlines the value that the function does not take, and nothing around it."""
    (error,) = validator.iter_errors(put(value, "steps", 0, "params", name))
    assert list(error.instance_path) == ["steps", 0, "params", name]


@pytest.mark.parametrize(
    ("key", "valid"), [("mylab:segment.nuclei", True), ("mylab:_private", False), ("mylab", False)]
)
def test_keys_of_plugins_pass(key: str, valid: bool, validator: jsonschema_rs.Draft202012Validator) -> None:
    """A function of a library that is not shipped has any parameters, if its key is spelled like one."""
    document = put({"function": key, "params": {"anything": 1}, "inputs": {"@": "image"}}, "steps", 1)
    assert validator.is_valid(document) is valid


def walk(schema: Any, visit: Callable[[str, Any], None]) -> None:
    if isinstance(schema, dict):
        for name, value in schema.items():
            visit(name, value)
            walk(value, visit)
    elif isinstance(schema, list):
        for value in schema:
            walk(value, visit)


def test_every_definition_is_used() -> None:
    """No definition lies about unused, and none is missing."""
    schema = pipeline_schema()
    used: set[str] = set()
    walk(schema, lambda name, value: used.add(value) if name == "$ref" else None)
    assert used == {f"#/$defs/{name}" for name in schema["$defs"]}
