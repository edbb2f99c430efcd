"""Reading and writing whole documents: promises that hold for any of them."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline_schema import graph
from pipeline_schema.codec import canonical, digest, dumps, from_plain, loads, to_plain
from pipeline_schema.document import Input, Options, Pipeline, Step
from pipeline_schema.errors import DocumentError
from pipeline_schema.problems import Problem
from pipeline_schema.values import Rng, encode, parse

TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=6)
NAME = st.sampled_from(["image", "labels", "_a", "b-1", "gaussian", "gaussian_2", "x" * 64])
REFERENCE = st.builds("".join, st.tuples(NAME, st.sampled_from(["", ".0", ".name"])))
SCALAR = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXT.filter(lambda text: not text.startswith("$"))
)
TAGGED = st.sampled_from(
    [
        {"$array": {"dtype": "float32", "shape": [2], "data": [0.1, -0.0]}},
        {"$array": {"dtype": "uint8", "shape": [1, 2], "base64": "AQI="}},
        {"$dtype": "uint8"},
        {"$int": "5"},
        {"$int": "18446744073709551616"},
        {"$float": "nan"},
        {"$dict": [["a", 1]]},
        {"$dict": [["$a", 1]]},
        {"$list": [1, [2]]},
        {"$call": "a:b", "params": {"r": {"$slice": [None, 1, None]}}},
        {"$call": "a:b", "params": {}},
        {"$rng": 3},
    ]
)
VALUE = st.recursive(
    SCALAR | TAGGED,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(TEXT.filter(lambda key: not key.startswith("$")), inner, max_size=3)
    ),
    max_leaves=5,
)
NOTES = {"x-note": st.recursive(SCALAR, lambda inner: st.lists(inner) | st.dictionaries(TEXT, inner), max_leaves=3)}
INPUT = st.fixed_dictionaries(
    {},
    optional={
        "kind": st.sampled_from(["image", "scalar"]),
        "axes": st.sampled_from(["YX", "ZYX", "cyx"]),
        "channels": st.lists(TEXT, max_size=2, unique=True),
        "default": VALUE,
        "description": TEXT,
        **NOTES,
    },
)
OPTIONS = st.fixed_dictionaries(
    {},
    optional={
        "enabled": st.booleans(),
        "dtype": st.sampled_from(["native", "uint8"]),
        "memory": st.sampled_from([None, "numpy"]),
        "slice_by_slice": st.sampled_from([True, False, "TZ"]),
        "device": st.sampled_from([None, 0]),
    },
)
STEP = st.fixed_dictionaries(
    {"function": st.sampled_from(["skimage:filters.gaussian", "numpy:add", "no key"])},
    optional={
        "id": NAME,
        "params": st.dictionaries(TEXT.filter(lambda key: not key.startswith("$")), VALUE, max_size=3),
        "inputs": st.dictionaries(TEXT | st.just("@"), REFERENCE | st.lists(REFERENCE, min_size=1), max_size=2),
        "options": OPTIONS,
        "description": TEXT,
        **NOTES,
    },
)
DOCUMENT = st.fixed_dictionaries(
    {"format": st.sampled_from(["pipeline-schema/1", "pipeline-schema/1.0"]), "steps": st.lists(STEP, max_size=4)},
    optional={
        "$schema": TEXT,
        "name": TEXT,
        "description": TEXT,
        "requires": st.dictionaries(TEXT, TEXT, max_size=2),
        "inputs": st.dictionaries(NAME, INPUT, max_size=3),
        "outputs": st.dictionaries(NAME, REFERENCE, max_size=2),
        **NOTES,
    },
)


def text_of(plain: Any) -> str:
    return json.dumps(plain, ensure_ascii=False)


def step(**fields: Any) -> Pipeline:
    return loads(text_of({"format": "pipeline-schema/1", "steps": [{"function": "a:b", **fields}]}))


@given(DOCUMENT)
def test_saving_is_a_fixed_point(plain: dict[str, Any]) -> None:
    """A document that was read and saved once is saved the same ever after, and means the same."""
    pipe = loads(text_of(plain))
    saved = dumps(pipe)
    assert dumps(loads(saved)) == saved
    assert canonical(loads(saved)) == canonical(pipe)


@given(DOCUMENT)
def test_both_ways_of_reading_agree(plain: dict[str, Any]) -> None:
    """The fast conversion and the walk build the same pipeline."""
    problems: list[Problem] = []
    walked = from_plain(plain, problems)
    assert not problems
    assert repr(loads(text_of(plain))) == repr(walked)


@settings(max_examples=300)
@given(DOCUMENT, st.data())
def test_both_ways_of_reading_refuse_alike(plain: dict[str, Any], data: st.DataObject) -> None:
    """Whatever is changed in a document, the fast conversion takes it only if the walk does."""
    places: list[tuple[Any, Any]] = []

    def visit(value: Any) -> None:
        for key, item in value.items() if isinstance(value, dict) else enumerate(value):
            places.append((value, key))
            if isinstance(item, (dict, list)):
                visit(item)

    plain = json.loads(text_of(plain))
    visit(plain)
    holder, key = data.draw(st.sampled_from(places))
    junk = st.sampled_from([None, True, 0, 1.5, "", "a b", "$x", [], {}, [[]], {"notes": {}}, {"$x": 1}, {"a": "b\n"}])
    holder[key] = data.draw(junk)
    problems: list[Problem] = []
    walked = from_plain(plain, problems)
    try:
        found = repr(loads(text_of(plain)))
    except DocumentError:
        assert problems
    else:
        assert not problems
        assert found == repr(walked)


@given(DOCUMENT)
def test_the_canonical_form_writes_everything_out(plain: dict[str, Any]) -> None:
    """Ids, inputs and outputs left out, and the same written out, are one canonical form; it is a document itself."""
    pipe = loads(text_of(plain))
    form = canonical(pipe)
    assert canonical(graph.expand(pipe)) == form
    assert canonical(loads(form)) == form
    expanded = json.loads(form)
    assert all("id" in step and "inputs" in step for step in expanded["steps"])
    assert "outputs" in expanded


@given(DOCUMENT)
def test_the_canonical_form_is_every_value_read_and_written(plain: dict[str, Any]) -> None:
    """What is left as it stands, to be fast, is what reading and writing it would give."""
    expanded = graph.expand(loads(text_of(plain)))
    slow = to_plain(expanded)
    for given_input in slow.get("inputs", {}).values():
        if "default" in given_input:
            given_input["default"] = encode(parse(given_input["default"], []), exact=True)
    for written in slow["steps"]:
        for name, value in written.get("params", {}).items():
            written["params"][name] = encode(parse(value, []), exact=True)
        if written.get("options", {}).get("slice_by_slice") is False:
            del written["options"]["slice_by_slice"]
        if not written.get("options", True):
            del written["options"]
    assert canonical(expanded) == msgspec.json.encode(slow, order="sorted")


@given(DOCUMENT, st.randoms())
def test_order_and_space_of_the_text_are_no_part_of_the_digest(plain: dict[str, Any], random: Any) -> None:
    """Shuffled keys (but of inputs, whose first one flows) and any white space give the same digest."""

    def shuffled(value: Any, path: tuple[Any, ...] = ()) -> Any:
        if isinstance(value, list):
            return [shuffled(item, (*path, index)) for index, item in enumerate(value)]
        if not isinstance(value, dict):
            return value
        items = list(value.items())
        if path != ("inputs",):
            random.shuffle(items)
        return {key: shuffled(item, (*path, key)) for key, item in items}

    other = json.dumps(shuffled(plain), indent=3)
    assert digest(loads(other)) == digest(loads(text_of(plain)))


def test_words_for_people_are_no_part_of_the_digest() -> None:
    """Editing names, descriptions, notes and the schema's place voids nothing; editing a value does."""
    bare = Pipeline(inputs={"a": Input()}, steps=[Step(function="a:b", params={"p": 1})], outputs={"o": "b"})
    worded = Pipeline(
        schema="s",
        name="n",
        description="d",
        notes={"x-a": 1},
        inputs={"a": Input(description="d", notes={"x-a": 1})},
        steps=[Step(function="a:b", params={"p": 1}, description="d", notes={"x-a": 1})],
        outputs={"o": "b"},
    )
    assert digest(worded) == digest(bare)
    assert canonical(worded) != canonical(bare)
    edited = msgspec.structs.replace(bare, steps=[Step(function="a:b", params={"p": 2})])
    assert digest(edited) != digest(bare)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ({}, {"options": {"enabled": True, "dtype": "native", "memory": None}}),
        ({}, {"params": {}}),
        ({}, {"id": "b", "inputs": {}}),
        ({"params": {"p": 5}}, {"params": {"p": {"$int": "5"}}}),
        ({"params": {"p": {"a": 1}}}, {"params": {"p": {"$dict": [["a", 1]]}}}),
        (
            {"params": {"p": {"$array": {"dtype": "uint8", "shape": [2], "data": [1, 2]}}}},
            {"params": {"p": {"$array": {"shape": [2], "base64": "AQI=", "dtype": "uint8"}}}},
        ),
        ({"params": {"p": {"$call": "a:b"}}}, {"params": {"p": {"$call": "a:b", "params": {}}}}),
    ],
)
def test_two_ways_to_write_the_same_have_one_digest(first: dict[str, Any], second: dict[str, Any]) -> None:
    """Defaults written out and values spelled otherwise mean the same."""
    assert digest(step(**first)) == digest(step(**second))


@pytest.mark.parametrize(
    ("first", "second"),
    [(2, 2.0), (0.0, -0.0), (1, True), (0, None), ([1], {"$list": [1]}), ("1", 1), ([], {}), (2**53, 2.0**53)],
)
def test_values_that_differ_have_different_digests(first: Any, second: Any) -> None:
    """Integer and float, the zeros, tuple and list: what gives other results is another document."""
    assert digest(step(params={"p": first})) != digest(step(params={"p": second}))


def test_python_values_are_written_where_they_stand() -> None:
    """A pipeline made in Python saves as the document that means it, and the digest is that of the document."""
    params = {"p": np.eye(2), "dtype": np.uint8, "q": (1, float("nan")), "rng": Rng(1), "s": slice(1, None)}
    pipe = Pipeline(inputs={"a": Input(default=np.float32(1), axes="yx")}, steps=[Step(function="a:b", params=params)])
    plain = to_plain(pipe)
    assert plain["steps"][0]["params"]["q"] == [1, {"$float": "nan"}]
    default = {"$array": {"dtype": "float32", "shape": [], "data": 1.0}}
    assert plain["inputs"]["a"] == {"axes": "YX", "default": default}
    assert digest(loads(dumps(pipe))) == digest(pipe)


def test_all_values_that_can_not_be_written_are_named() -> None:
    """Writing refuses by name and place, and collects, as reading does."""
    steps = [Step(function="a:b", params={"p": object(), "q": 1}), Step(function="a:b", id="s", params={"r": [{1}]})]
    for write in (dumps, canonical, to_plain):
        with pytest.raises(DocumentError) as caught:
            write(Pipeline(steps=steps))
        found = [(problem.pointer, problem.step, problem.parameter) for problem in caught.value.problems]
        named = "b" if write is canonical else None
        assert found == [("/steps/0/params/p", named, "p"), ("/steps/1/params/r/0", "s", "r")]


@pytest.mark.parametrize(
    "pipe",
    [
        Pipeline(steps=[Step(function="a:b", id="not a name")]),
        Pipeline(steps=[Step(function="")]),
        Pipeline(steps=[Step(function="a:b", options=Options(dtype="unit8"))]),
        Pipeline(inputs={"a": Input(axes="Q")}),
        Pipeline(outputs={"a b": "c"}),
        Pipeline(format="pipeline-schema/2"),
        Pipeline(name="\ud800"),
        Pipeline(description="a" * 70_000),
        Pipeline(notes={"x-a": object()}),
        Pipeline(notes={"name": "overwritten"}),
        Pipeline(steps=[Step(function="a:b")] * 10_001),
        Pipeline(steps=[Step(function="a:b", params={"p": {"$arry": 1}})]),
    ],
)
def test_nothing_is_saved_that_could_not_be_opened(pipe: Pipeline) -> None:
    """A pipeline that is no document is refused when it is written, not when somebody opens it."""
    with pytest.raises(DocumentError) as caught:
        dumps(pipe)
    assert caught.value.problems


def test_reading_and_writing_load_neither_numpy_nor_pydantic() -> None:
    """A document is read, written and compared without the libraries it is about."""
    code = (
        "import sys, pipeline_schema as ps\n"
        'text = \'{"format": "pipeline-schema/1", "steps": [{"function": "skimage:filters.gaussian"}]}\'\n'
        "ps.digest(ps.loads(ps.dumps(ps.loads(text))))\n"
        "sys.exit(' '.join(name for name in ('numpy', 'scipy', 'pydantic') if name in sys.modules) or 0)"
    )
    done = subprocess.run([sys.executable, "-P", "-c", code], check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")


def test_the_digest_is_the_same_in_every_process() -> None:
    """Neither the hash seed nor the process has a part in it."""
    text = text_of({"format": "pipeline-schema/1", "steps": [{"function": "a:b", "params": {"b": 1, "a": {"z": 2}}}]})
    code = f"import pipeline_schema as ps; print(ps.digest(ps.loads({text!r})))"
    found = {
        subprocess.run(
            [sys.executable, "-P", "-c", code], check=True, capture_output=True, text=True, env={"PYTHONHASHSEED": seed}
        ).stdout.strip()
        for seed in ("0", "1")
    }
    assert found == {digest(loads(text))}
