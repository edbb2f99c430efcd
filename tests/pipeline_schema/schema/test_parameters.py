"""Parameters in the schema: typed, united over versions, and never stricter than the checker."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

import registry.errors
from pipeline_schema.problems import Problem
from pipeline_schema.schema import pipeline_schema
from pipeline_schema.schema.parameters import merged, parameter_properties
from pipeline_schema.values import parse
from registry.arguments import judge
from registry.catalog import entries, lookup
from registry.entry import FunctionEntry, Parameter
from registry.errors import UnknownKeyError

EVIDENCE = sorted((Path(registry.errors.__file__).parent / "evidence").glob("*.json"))
LIBRARIES = ["builtin", "numpy", "pyclesperanto", "scipy", "skimage"]
VALUES: list[Any] = [
    None, True, 0, 1, 2.0, 2.5, -1, "x", "uint8", "reflect", "c", [], [1], [1, 2.5], [[1, 2], [3, 4]], ["a"], [None, 1],
    {}, {"a": 1}, {"params": 1}, {"$float": "nan"}, {"$list": [1, 2]}, {"$range": [0, 3, 1]}, {"$rng": 3},
    {"$slice": [0, 1, None]}, {"$dtype": "uint8"}, {"$complex": [1, 2]}, {"$function": "numpy:mean"},
    {"$call": "skimage:morphology.disk", "params": {"radius": 1}}, {"$bytes": "AA=="}, {"$dict": [["$a", 1]]},
    {"$array": {"dtype": "uint8", "shape": [1], "data": [1]}}, [{"$float": "inf"}, 1], {"$ellipsis": True},
]  # fmt: skip


@pytest.fixture(scope="module")
def validator() -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(pipeline_schema())


def is_refused(validator: jsonschema_rs.Draft202012Validator, entry: FunctionEntry, name: str, value: Any) -> bool:
    """Whether the schema refuses a value that the checker takes."""
    problems: list[Problem] = []
    parsed = parse(value, problems)
    if problems or judge(entry, {name: parsed}):
        return False
    document = {"format": "pipeline-schema/1", "steps": [{"function": entry.key, "params": {name: value}}]}
    return not validator.is_valid(document)


@pytest.mark.parametrize("library", LIBRARIES)
def test_the_schema_takes_what_the_checker_takes(library: str, validator: jsonschema_rs.Draft202012Validator) -> None:
    """Defaults, choices and values of every sort: none that is accepted is underlined in an editor."""
    chance = random.Random(library)
    tried = 0
    for entry in entries(library):
        for parameter in entry.parameters:
            if parameter.role == "output" or parameter.kind == "var_keyword":
                continue
            values = [*chance.sample(VALUES, 8), *parameter.choices]
            values += [choice.lower() for choice in parameter.choices if isinstance(choice, str)]
            values += [] if parameter.required else [parameter.default]
            for value in values:
                assert not is_refused(validator, entry, parameter.name, value), (entry.key, parameter, value)
                tried += 1
    assert tried > 100


@pytest.mark.parametrize("path", EVIDENCE, ids=lambda path: path.stem)
def test_the_schema_takes_collected_calls(path: Path, validator: jsonschema_rs.Draft202012Validator) -> None:
    """What libraries' own examples and tests give is not underlined either."""
    tried = 0
    for key, parameters in json.loads(path.read_bytes())["accepted"].items():
        try:
            entry = lookup(key)
        except UnknownKeyError:
            continue
        for name, values in parameters.items():
            parameter = entry.parameter(name)
            if parameter is None or parameter.role == "output":
                continue
            for value in values:
                if "$given" not in json.dumps(value):
                    assert not is_refused(validator, entry, name, value), (key, name, value)
                    tried += 1
    assert tried > 10


def an_entry(**facts: Any) -> FunctionEntry:
    return FunctionEntry(key="mylab:f", import_path="mylab:f", parameters=(Parameter(name="p", **facts),))


def test_what_any_version_takes_is_taken() -> None:
    """Types and choices of all versions are united; words and default are the newest's."""
    older = an_entry(types=("str",), choices=("a", "b"), default="a", doc="Old.")
    newer = an_entry(types=("str", "none"), choices=("b", "c"), default="b", doc="New.")
    (parameter,) = merged([older, newer]).values()
    assert parameter.types == ("str", "none")
    assert parameter.choices == ("b", "c", "a")
    assert (parameter.doc, parameter.default) == ("New.", "b")


def test_a_version_without_choices_opens_them() -> None:
    """A list that one version does not close refuses nothing."""
    (parameter,) = merged([an_entry(types=("str",), choices=("a",)), an_entry(types=("str",))]).values()
    assert parameter.choices == ()


def test_outputs_and_keywords_are_no_parameters() -> None:
    """Where a library writes its result is nothing to set, and keyword arguments have no name of their own."""
    entry = FunctionEntry(
        key="mylab:f",
        import_path="mylab:f",
        parameters=(Parameter(name="out", role="output"), Parameter(name="kwargs", kind="var_keyword")),
    )
    assert merged([entry]) == {}


def test_properties_say_what_editors_show() -> None:
    """An editor shows what a parameter is for, its default and its choices."""
    parameter = Parameter(name="mode", types=("str",), choices=("a", "b"), default="a", doc="How.")
    schema = parameter_properties([parameter])["mode"]
    assert schema["description"] == "How."
    assert schema["default"] == "a"
    assert {"enum": ["a", "b"]} in schema["anyOf"]
