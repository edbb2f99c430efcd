"""The YAML layer: what of YAML is read, what its words mean, and where what is wrong stands."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline_schema.check import check
from pipeline_schema.codec import dumps, loads, place
from pipeline_schema.codec.yaml import decode, encode_plain
from pipeline_schema.errors import DocumentError
from pipeline_schema.problems import Problem

SUITE = Path(__file__).parents[4] / "shared" / "corpus" / "yaml_suite" / "src"
# Not YAML, and read all the same: libyaml minds less about indentation and comments here. Each has one value.
LENIENT = {"9C9N/0", "9JBA/0", "CVW2/0", "DK95/1", "G5U8/0", "QB6E/0", "S98Z/0", "SU5Z/0", "X4QW/0", "Y79Y/3", "YJV2/0"}


def problems_of(text: str | bytes) -> list[Problem]:
    problems: list[Problem] = []
    decode(text.encode() if isinstance(text, str) else text, problems)
    return problems


def value_of(text: str) -> Any:
    problems: list[Problem] = []
    decoded = decode(text.encode(), problems)
    assert not problems
    assert decoded is not None
    return decoded[0]


def shown(text: str) -> str:
    """A text of the suite, which writes white space with marks."""
    text = re.sub("—*»", "\t", text.replace("␣", " ")).replace("←", "\r").replace("⇔", "\ufeff").replace("↵", "")
    return re.sub("∎\n?$", "", text)


def suite() -> list[Any]:
    """Text, expected JSON, and whether it is no YAML at all, of each case."""
    cases = []
    for path in sorted(SUITE.glob("*.yaml")):
        case: dict[str, str] = {}
        for index, change in enumerate(yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CBaseLoader)):
            case = {**case, **change}
            name = f"{path.stem}/{index}"
            cases.append(pytest.param(shown(case["yaml"]), case.get("json"), "fail" in change, name, id=name))
    return cases


@pytest.mark.skipif(not SUITE.exists(), reason="the YAML test suite lies in ../shared, which this checkout has not")
@pytest.mark.parametrize(("text", "expected", "is_wrong", "name"), suite() if SUITE.exists() else [])
def test_the_yaml_test_suite(text: str, expected: str | None, is_wrong: bool, name: str) -> None:
    """What is read has the value that YAML 1.2 gives it; all else is refused with a place; nothing crashes."""
    problems: list[Problem] = []
    decoded = decode(text.encode(), problems)
    assert all(problem.line and problem.column for problem in problems)
    if decoded is None or problems:
        assert problems
    elif is_wrong:
        assert name in LENIENT
    else:
        assert expected is not None
        assert decoded[0] == json.loads(expected)
        assert name not in LENIENT


@pytest.mark.skipif(not SUITE.exists(), reason="the YAML test suite lies in ../shared, which this checkout has not")
def test_much_of_the_suite_is_read() -> None:
    """The subset is not empty: of its 406 cases at least 160 are read, with their values."""
    read = [case for case in suite() if not case.values[2] and not problems_of(case.values[0])]
    assert len(read) >= 160


@pytest.mark.parametrize(
    ("word", "value"),
    [
        *((word, True) for word in ("true", "True", "TRUE")),
        *((word, False) for word in ("false", "False", "FALSE")),
        *((word, None) for word in ("null", "Null", "NULL", "~", "")),
        *((word, word) for word in ("yes", "no", "on", "off", "y", "n", "tRUE", "NO")),
        *((word, word) for word in ("2001-01-01", "12:30:45", "1_000", "0b11", "1e", "+", ".", "1.2.3", "nan", "inf")),
        *((f"'{word}'", word) for word in ("true", "1", "null", ".nan", "<<", "1.5")),
        *(
            ("0", 0),
            ("-7", -7),
            ("+7", 7),
            ("017", 17),
            ("0o17", 15),
            ("0x1F", 31),
            ("18446744073709551615", 2**64 - 1),
        ),
        *(("1.0", 1.0), ("-0.0", -0.0), ("1e3", 1000.0), ("1.e-3", 0.001), (".5", 0.5), ("+1.5E+2", 150.0)),
    ],
)
def test_words_mean_what_yaml_1_2_says(word: str, value: Any) -> None:
    """Booleans, null and numbers of the core schema; anything else is a string, also what YAML 1.1 took for more."""
    assert repr(value_of(f"a: {word}")) == repr({"a": value})


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("a:\n\tb: 1", "write spaces"),
        ("{@: 1}", "no word starts with '@'; quote it"),
        ("a: b: c", "quote a text that holds a colon"),
        ("- a: 1\n  b: 2\n c: 3", "indented"),
        ("a: !!int 1", "the tag '!!int' is refused"),
    ],
)
def test_common_mistakes_are_explained(text: str, hint: str) -> None:
    """What is said names what was written, not only what the parser looked for."""
    problems: list[Problem] = []
    decode(text.encode(), problems)
    assert hint in problems[0].message


@pytest.mark.parametrize(
    ("text", "code", "where", "place"),
    [
        ("", "parse-error", "", (1, 1)),
        ("# nothing\n", "parse-error", "", (2, 1)),
        ("a: [1,\n  2", "parse-error", "", (3, 1)),
        ("a: 1\n b: 2", "parse-error", "", (2, 3)),
        ("a:\n\t- b", "parse-error", "", (2, 1)),
        ("a: \x01", "parse-error", "", (1, 4)),
        ('a: "\\ud800"', "parse-error", "", (1, 7)),
        (b"a: \xff", "parse-error", "", (1, 4)),
        ("\ufeffa: 1", "parse-error", "", (1, 1)),
        ("a: \u2028", "parse-error", "", (1, 4)),
        ("%YAML 1.2\n---\na: 1", "parse-error", "", (1, 1)),
        ("a: 1\n---\nb: 2", "parse-error", "", (2, 1)),
        ("a: &x 1", "parse-error", "/a", (1, 4)),
        ("a: &x [1]", "parse-error", "/a", (1, 4)),
        ("- 1\n- *x", "parse-error", "/1", (2, 3)),
        ("a: !!python/object/apply:os.system [id]", "parse-error", "/a", (1, 4)),
        ("a: !!str 1", "parse-error", "/a", (1, 4)),
        ("a: ! 1", "parse-error", "/a", (1, 4)),
        ("a: {<<: {b: 1}}", "parse-error", "/a/<<", (1, 5)),
        ("é: 1\na:\n  b: 1\n  b: 2", "parse-error", "/a/b", (4, 3)),
        ("a: 1\n'a': 2", "parse-error", "/a", (2, 1)),
        ("a: {1: 2}", "schema-error", "/a", (1, 5)),
        ("a: {true: 2}", "schema-error", "/a", (1, 5)),
        ("? [a]\n: 1", "parse-error", "", (1, 3)),
        ("a: [1, .nan]", "schema-error", "/a/1", (1, 8)),
        ("a: -.INF", "schema-error", "/a", (1, 4)),
        ("a: 1e999", "parse-error", "/a", (1, 4)),
        ("a: 18446744073709551616", "schema-error", "/a", (1, 4)),
        ("a: " + "9" * 5000, "limit-exceeded", "", (1, 4)),
        ("a: [?b]", "parse-error", "/a/0/b", (1, 6)),
    ],
)
def test_what_is_wrong_has_its_place(text: str | bytes, code: str, where: str, place: tuple[int, int]) -> None:
    """What a document does not have is named where an editor shows it, with what to write."""
    (problem,) = problems_of(text)
    assert (problem.code, problem.pointer, problem.line, problem.column) == (code, where, *place)


def test_not_finite_numbers_are_told_what_to_write() -> None:
    """The form that every format has is in the message."""
    for word, value in ((".nan", "nan"), (".inf", "inf"), ("+.Inf", "inf"), ("-.inf", "-inf")):
        (problem,) = problems_of(f"a: {word}")
        assert f'{{"$float": "{value}"}}' in problem.message


def test_everything_that_is_wrong_is_said_at_once() -> None:
    """Reading goes on behind what can be told apart."""
    text = "a: &x 1\nb: *x\n<<: {c: 1}\nd: !!str 1\n1: 2\nf: .nan\ng: 99999999999999999999\ng: 1\n"
    assert [problem.line for problem in problems_of(text)] == [1, 2, 3, 4, 5, 6, 7, 8]


TEXT = """\
format: pipeline-schema/1   # a comment
inputs: {image: {axes: YX,
                 axis: ZYX}}
steps:
  - function: skimage:filters.gausian
    params: {sigma: [1, "two"], "tr\\u0075ncate":
               -1, Ω: {$flaot: nan}}
  -
    function: numpy:add
    inputs:
      x1: image
      x2: nowhere
outputs:
  o: |-
    also-nowhere
"""


def test_problems_stand_where_they_are_in_the_file() -> None:
    """In block and flow collections, behind escapes and comments, of keys and values, in order."""
    found = [(problem.pointer, problem.line, problem.column) for problem in check(TEXT, format="yaml")]
    assert ("/inputs/image/axis", 3, 24) in found
    assert ("/steps/0/function", 5, 15) in found
    assert ("/steps/0/params/Ω/$flaot", 7, 32) in found
    assert ("/steps/1/inputs/x2", 12, 11) in found
    assert ("/outputs/o", 14, 6) in found
    assert found == sorted(found, key=lambda item: item[1:])


PLAIN = st.recursive(
    st.none() | st.integers(-9, 9) | st.text("aé:{}[],\"'#\n \\", max_size=5),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text("ab~/é", max_size=3), inner, max_size=4),
    max_leaves=15,
)


@settings(deadline=None)
@given(PLAIN, st.booleans())
def test_every_value_is_found_where_it_stands(plain: Any, as_json: bool) -> None:
    """For any document, in block or flow, the parser finds at the place of a value that very value."""
    from pipeline_schema.problems import pointer

    text = json.dumps(plain, ensure_ascii=False, indent=1) if as_json else encode_plain(plain)
    root = yaml.compose(text, Loader=yaml.CBaseLoader)

    def visit(node: yaml.Node, path: tuple[str | int, ...]) -> None:
        (problem,) = place([Problem(code="schema-error", message="m", pointer=pointer(*path))], text, format="yaml")
        assert (problem.line, problem.column) == (node.start_mark.line + 1, node.start_mark.column + 1)
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                visit(value, (*path, key.value))
        elif isinstance(node, yaml.SequenceNode):
            for index, value in enumerate(node.value):
                visit(value, (*path, index))

    visit(root, ())


def test_a_thousand_places_are_found_in_one_pass() -> None:
    """The text is parsed once more, not once for each problem."""
    text = "[" + ", ".join(["é"] * 20_000) + "]"
    wanted = [Problem(code="schema-error", message="m", pointer=f"/{index}") for index in range(20_000)]
    placed = place(wanted, text, format="yaml")
    assert (placed[-1].line, placed[-1].column) == (1, len(text) - 1)


@settings(deadline=None)
@given(st.text("[]{}:,-?&*!|>'\"%@`#.0123eE+aé~<\t\n ", max_size=40) | st.binary(max_size=30))
def test_any_text_is_decoded_or_refused(text: str | bytes) -> None:
    """No input ends in another error than ours; what is read has JSON's values, and is written and read as such."""
    data = text.encode() if isinstance(text, str) else text
    problems: list[Problem] = []
    decoded = decode(data, problems)
    if decoded is None or problems:
        assert problems
        assert all(problem.line and problem.column for problem in problems)
    else:
        assert repr(json.loads(json.dumps(decoded[0]))) == repr(decoded[0])
        assert repr(value_of(encode_plain(decoded[0]))) == repr(decoded[0])


def test_yaml_for_people() -> None:
    """A step's fields stand on lines of their own, and what is short on one; names need no quotes."""
    text = (
        '{"format": "pipeline-schema/1", "inputs": {"image": {"axes": "YX", "description": "no"}}, "steps": ['
        '{"id": "a", "function": "skimage:filters.gaussian", "params": {"sigma": 2.0}}, {"function": "numpy:add"}]}'
    )
    assert dumps(loads(text), format="yaml") == (
        "format: pipeline-schema/1\n"
        'inputs: {image: {axes: YX, description: "no"}}\n'
        "steps:\n"
        "- id: a\n"
        "  function: skimage:filters.gaussian\n"
        "  params: {sigma: 2.0}\n"
        "- function: numpy:add\n"
    )


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=("Cs",)), max_size=20))
def test_other_programs_read_the_same(word: str) -> None:
    """PyYAML, which reads YAML 1.1, takes a string for that string, and no date, number or boolean."""
    assert yaml.safe_load(encode_plain({"a": word, word: 1e16})) == {"a": word, word: 1e16}


def test_a_document_that_can_not_be_read_is_one_error() -> None:
    """The exception has all problems, with lines."""
    with pytest.raises(DocumentError, match="line 2, column 4"):
        loads("format: pipeline-schema/1\nx: &a 1\nsteps: []\n", format="yaml")
