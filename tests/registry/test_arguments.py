"""What a function takes is judged from its entry alone: all wrong values at once, and none that the library accepts."""

from __future__ import annotations

import math
import subprocess
import sys
from typing import Any

import jsonschema_rs
import pytest
from pydantic import ValidationError

from registry.arguments import Fault, judge, model_for
from registry.catalog import load_catalog, lookup
from registry.entry import FunctionEntry, Parameter


def an_entry(*parameters: Parameter) -> FunctionEntry:
    return FunctionEntry(key="mylab:filters.blur", import_path="mylab.filters:blur", parameters=parameters)


def accepts(types: tuple[str, ...], value: Any, **facts: Any) -> bool:
    return not judge(an_entry(Parameter(name="p", types=types, required=True, **facts)), {"p": value})


class Record:
    """Stands for what a document's ``$`` forms become: something that is no plain value."""


@pytest.mark.parametrize(
    ("types", "value"),
    [
        (("any",), {"a": (1, "b")}),
        (("bool",), True),
        (("int",), 3),
        (("int",), 3.0),
        (("int",), 2**70),
        (("float",), 2),
        (("float",), math.inf),
        (("float", "sequence"), (1.0, 2.0)),
        (("str",), "reflect"),
        (("none", "float"), None),
        (("array",), ((1, 2), (3, 4))),
        (("array",), range(3)),
        (("sequence",), [1, 2]),
        (("dict",), {"a": 1}),
        (("dtype",), "uint8"),
        *[((word,), Record()) for word in ("any", "array", "dtype", "callable", "float", "dict", "sequence")],
    ],
)
def test_accepts(types: tuple[str, ...], value: Any) -> None:
    """A value of a type that the catalog names is accepted, and so is a record, which may stand for anything."""
    assert accepts(types, value)


@pytest.mark.parametrize(
    ("types", "value"),
    [
        (("bool",), 2),
        (("bool",), "true"),
        (("int",), True),
        (("int",), 2.5),
        (("int",), math.inf),
        (("int",), "3"),
        (("float",), "2.0"),
        (("float",), True),
        (("float",), {"a": 1}),
        (("float",), 1j),
        (("float",), None),
        (("str",), 3),
        (("str", "float"), (1,)),
        (("array",), 3),
        (("array",), "image"),
        (("array",), {"a": 1}),
        (("sequence",), "abc"),
        (("dict",), (1,)),
        (("callable",), "mean"),
        (("dtype",), 8),
        (("none",), False),
    ],
)
def test_refuses(types: tuple[str, ...], value: Any) -> None:
    """A value of another type is refused: texts are no numbers, booleans are neither, scalars are no arrays."""
    assert not accepts(types, value)


@pytest.mark.parametrize(
    ("value", "meant"), [("np.float32", "float32"), ("numpy.bool_", "bool"), ("jnp.uint8", "uint8")]
)
def test_a_dtype_in_the_way_of_programs_is_told_how_it_is_named(value: str, meant: str) -> None:
    """``np.float32`` is how a notebook says it, and what no library understands as a text."""
    (fault,) = judge(lookup("numpy:astype"), {"dtype": value})
    assert fault.suggestions == (meant,)
    assert fault.message == f'dtype is "{value}"; a dtype is named without its module: "{meant}"'


def test_a_call_as_a_text_is_told_how_it_is_written() -> None:
    """``disk(3)`` is what a notebook has in that place."""
    closing = lookup("skimage:morphology.closing")
    (fault,) = judge(closing, {"footprint": "disk(3)"})
    assert '{"$call": KEY' in fault.message
    (fault,) = judge(closing, {"footprint": "disk"})
    assert "$call" not in fault.message


def test_all_faults_come_at_once() -> None:
    """Every wrong value is reported, in the order of the signature, with what it is and what it may be."""
    entry = an_entry(
        Parameter(name="sigma", types=("int", "float", "sequence"), default=1),
        Parameter(name="mode", types=("str",), choices=("nearest", "reflect"), default="nearest"),
        Parameter(name="copy", types=("bool",), default=True),
    )
    assert judge(entry, {"copy": "no", "mode": "nearst", "sigma": "two"}) == [
        Fault("sigma", 'sigma is "two"; it takes a number or a list'),
        Fault("mode", 'mode is "nearst"; it takes "nearest" or "reflect"', ("nearest",)),
        Fault("copy", 'copy is "no"; it takes true or false'),
    ]


@pytest.mark.parametrize(
    ("value", "accepted"), [("otsu", True), (0.5, True), ("ostu", False), (None, False), (Record(), True)]
)
def test_choices_close_only_their_own_type(value: Any, accepted: bool) -> None:
    """A parameter that takes one of some texts or a number refuses other texts, and no number."""
    assert accepts(("str", "float"), value, choices=("otsu", "li")) is accepted


def test_choices_tell_true_from_one() -> None:
    """A choice of numbers is not met by true, which Python takes for 1."""
    assert accepts(("int",), 1, choices=(0, 1))
    assert not accepts(("int",), True, choices=(0, 1))


def test_a_default_is_accepted_whatever_its_type() -> None:
    """Libraries give defaults that their documentation does not list; stating one is no mistake."""
    entry = an_entry(Parameter(name="cval", types=("float",), default="auto"), Parameter(name="out", types=("array",)))
    assert judge(entry, {"cval": "auto", "out": None}) == []
    assert len(judge(entry, {"cval": "automatic", "out": "none"})) == 2


@pytest.mark.parametrize("library", ["builtin", "numpy", "pyclesperanto", "scipy", "skimage"])
def test_every_default_of_the_catalogs_is_accepted(library: str) -> None:
    """Writing down what a function does anyway is never refused, in any of the shipped catalogs."""
    judged = 0
    for entry in load_catalog(library).entries:
        defaults = {p.name: from_notation(p.default) for p in entry.parameters if not p.required}
        assert judge(entry, defaults) == [], entry.key
        judged += len(defaults)
    assert judged > 10


def from_notation(value: Any) -> Any:
    """A default as a call gets it; what only a document's reader can make is a record."""
    if isinstance(value, list):
        return tuple(from_notation(item) for item in value)
    if isinstance(value, dict) and set(value) == {"$float"}:
        return float(value["$float"])
    if isinstance(value, dict) and any(key.startswith("$") for key in value):
        return Record()
    return value


def test_names_are_not_judged() -> None:
    """A name that the function does not know is another check's business, and nothing need be given."""
    entry = an_entry(Parameter(name="image", role="data", types=("array",), required=True))
    assert judge(entry, {"imagge": 3}) == []


def test_a_long_value_is_cut_short() -> None:
    """A message shows at most a line of what was written."""
    (fault,) = judge(an_entry(Parameter(name="p", types=("float",))), {"p": "x" * 10_000})
    assert len(fault.message) < 120


def test_the_model_is_a_form() -> None:
    """Each field of the model has the name, default, choices and documentation that a form shows."""
    entry = an_entry(
        Parameter(name="sigma", types=("float",), default=1, doc="Width in pixels."),
        Parameter(name="mode", types=("str",), choices=("nearest", "reflect"), default="nearest"),
        Parameter(name="image", types=("array",), required=True),
        Parameter(name="kwargs", kind="var_keyword"),
    )
    schema = model_for(entry).model_json_schema()
    assert schema["title"] == "mylab:filters.blur"
    assert schema["required"] == ["image"]
    assert schema["properties"]["sigma"] == {
        "title": "sigma",
        "type": "number",
        "default": 1,
        "description": "Width in pixels.",
    }
    assert schema["properties"]["mode"]["enum"] == ["nearest", "reflect"]
    assert schema["properties"]["image"]["type"] == ["array", "object"]
    assert schema["additionalProperties"] is True


@pytest.mark.parametrize("library", ["builtin", "numpy", "pyclesperanto", "scipy", "skimage"])
def test_every_form_is_a_schema_that_takes_its_defaults(library: str) -> None:
    """The JSON Schema of each function is valid, titled, and accepts what the function does anyway."""
    for entry in load_catalog(library).entries:
        schema = model_for(entry).model_json_schema()
        assert schema["title"] == entry.key
        validator = jsonschema_rs.Draft202012Validator({**schema, "required": []})
        defaults = {p.name: p.default for p in entry.parameters if not p.required and not p.kind.startswith("var_")}
        assert [error.message for error in validator.iter_errors(defaults)] == [], entry.key


def test_an_object_is_judged_by_its_fields() -> None:
    """What is wrong within an object is said with its path, and the nearest name that there is."""
    fields = (
        Parameter(name="size", types=("int",), required=True),
        Parameter(name="on", types=("bool",), default=True),
    )
    entry = an_entry(Parameter(name="options", types=("dict",), required=True, fields=fields))
    assert judge(entry, {"options": {"size": 3}}) == []
    (fault,) = judge(entry, {"options": {"size": "big"}})
    assert fault == Fault("options", 'options.size is "big"; it takes an integer')
    assert judge(entry, {"options": {"sise": 3}})[0].suggestions == ("size",)
    assert judge(entry, {"options": {}})[0].message == "options.size is missing"


@pytest.mark.parametrize("name", ["copy", "json", "schema", "model_config", "class", "lambda", "self", "_private"])
def test_any_name_of_a_parameter_is_a_field(name: str) -> None:
    """Names that pydantic or Python keep for themselves are judged like others."""
    entry = an_entry(Parameter(name=name, types=("float",)))
    assert judge(entry, {name: 1.0}) == []
    assert [fault.parameter for fault in judge(entry, {name: "x"})] == [name]


def test_a_changed_entry_is_a_new_model() -> None:
    """Two versions of one function are judged each by its own entry."""
    assert accepts(("str",), "x")
    assert not accepts(("float",), "x")
    assert model_for(an_entry()) is model_for(an_entry())


def test_pydantic_is_loaded_only_to_judge() -> None:
    """Importing the module costs nothing: workers and the resolver never load pydantic."""
    code = "import sys, registry.arguments; sys.exit('pydantic' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


@pytest.mark.parametrize("value", ["no such choice", {"a": 1}, (1, "two"), -1.5, None, True])
def test_the_model_judges_as_judge_does(value: Any) -> None:
    """A document is judged without a model, by what the model is made of: both refuse the same, in the same words."""
    for entry in load_catalog("skimage").entries[::12]:
        params = {p.name: value for p in entry.parameters if p.kind not in ("var_positional", "var_keyword")}
        given = params | {p.name: p.default for p in entry.parameters if p.kind == "var_keyword"}
        try:
            model_for(entry).model_validate(given)
            refused = []
        except ValidationError as error:
            refused = [found["ctx"]["message"] for found in error.errors() if found["type"] == "invalid_value"]
        assert refused == [fault.message for fault in judge(entry, params)], entry.key
