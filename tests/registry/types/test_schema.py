"""Parameters as JSON Schema: what a form offers, and what a document may hold."""

from __future__ import annotations

from typing import Any

import jsonschema_rs
import pytest

from registry.entry import Parameter
from registry.types.schema import FORM, parameter_schema


@pytest.mark.parametrize(
    ("facts", "schema"),
    [
        ({"types": ("float",)}, {"type": "number"}),
        ({"types": ("int", "float", "none")}, {"type": ["number", "null"]}),
        ({"types": ("bool",)}, {"type": "boolean"}),
        ({"types": ("any",)}, {}),
        ({"types": ("str",), "choices": ("a", "b")}, {"enum": ["a", "b"]}),
        ({"types": ("str", "float"), "choices": ("a",)}, {"anyOf": [{"enum": ["a"]}, {"type": "number"}]}),
        ({"types": ("str",), "choices": ("C", "F")}, {"enum": ["C", "F", "c", "f"]}),
        ({"types": ("array",)}, {"type": ["array", "object"], **FORM}),
        (
            {"types": ("sequence[float, 2]",)},
            {"type": ["object", "array"], **FORM, "items": {"type": "number"}, "minItems": 2, "maxItems": 2},
        ),
        ({"types": ("dict",)}, {"type": "object"}),
    ],
)
def test_forms_are_told_what_to_offer(facts: dict[str, Any], schema: dict[str, Any]) -> None:
    """Numbers, switches and lists are what a form can show; what JSON can't say is an object with a $ key."""
    assert parameter_schema(Parameter(name="p", required=True, **facts)) == schema


def test_fields_are_properties() -> None:
    """An object with fields is described field by field, and closed."""
    field = Parameter(name="size", types=("int",), required=True)
    schema = parameter_schema(Parameter(name="p", types=("dict", "none"), fields=(field,)))
    assert {"type": "null"} in schema["anyOf"]
    assert schema["anyOf"][-1] == {
        "type": "object",
        "properties": {"size": {"type": "integer"}},
        "required": ["size"],
        "additionalProperties": False,
    }


def test_a_default_of_another_type_is_allowed() -> None:
    """What a function does anyway may be written down."""
    validator = jsonschema_rs.Draft202012Validator(
        parameter_schema(Parameter(name="p", types=("float",), default="auto"))
    )
    assert validator.is_valid("auto")
    assert not validator.is_valid("automatic")


@pytest.mark.parametrize("types", [("float",), ("str",), ("bool",), ("sequence[int, 2]",), ("none",)])
def test_a_document_may_hold_a_form_anywhere(types: tuple[str, ...]) -> None:
    """In a document a $ form stands for any value, and an object without one for none of these."""
    schema = parameter_schema(Parameter(name="p", types=types, required=True), form=FORM)
    validator = jsonschema_rs.Draft202012Validator(schema)
    assert validator.is_valid({"$call": "skimage:morphology.disk", "params": {"radius": 1}})
    assert not validator.is_valid({"a": 1})
    assert not validator.is_valid({})
