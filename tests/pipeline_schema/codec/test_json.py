"""The JSON layer: what it takes, what it refuses, and that it never crashes."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_schema.codec.json import decode_plain, encode_plain
from pipeline_schema.errors import DocumentError
from pipeline_schema.problems import Problem

CORPUS = Path(__file__).parents[4] / "shared" / "corpus" / "jsontestsuite" / "test_parsing"
CASES = sorted(CORPUS.glob("*.json"))
# RFC 8259 allows keys that stand twice; a document does not.
STRICTER = {"y_object_duplicated_key.json", "y_object_duplicated_key_and_value.json"}
# Where RFC 8259 leaves it open, all else is refused: characters that are none, numbers that no double or 64-bit integer
# holds, byte order marks, 500 levels.
OPEN_AND_READ = {"i_number_double_huge_neg_exp.json", "i_number_real_underflow.json"}

PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=("Cs",))),
    lambda inner: (
        st.lists(inner, max_size=5)
        | st.dictionaries(st.text(st.characters(exclude_categories=("Cs",)), max_size=5), inner, max_size=5)
    ),
    max_leaves=30,
)


def problem_of(text: str | bytes) -> Problem:
    with pytest.raises(DocumentError) as caught:
        decode_plain(text)
    return caught.value.problems[0]


def refusal_of(data: bytes) -> DocumentError | None:
    try:
        decode_plain(data)
    except DocumentError as error:
        return error
    return None


@pytest.mark.skipif(not CASES, reason="the JSON test suite lies in ../shared, which this checkout has not")
@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_the_json_test_suite(path: Path) -> None:
    """What JSON is, is read; what it is not, is refused with a place; what is open, is one or the other."""
    refused = refusal_of(path.read_bytes())
    accepted = refused is None
    if refused is not None:
        assert all(problem.line is not None and problem.column is not None for problem in refused.problems)
    if path.name.startswith("y_"):
        assert accepted is (path.name not in STRICTER)
    else:
        assert accepted is (path.name in OPEN_AND_READ)


@pytest.mark.skipif(not CASES, reason="the JSON test suite lies in ../shared, which this checkout has not")
def test_the_json_test_suite_is_whole() -> None:
    """95 texts that are JSON, 188 that are not, 35 of which it is left open."""
    assert Counter(path.name[0] for path in CASES) == {"y": 95, "n": 188, "i": 35}


@given(PLAIN, st.booleans())
def test_it_decodes_as_the_standard_library_does(plain: Any, ascii_only: bool) -> None:
    """Any JSON, with escapes or without, decodes to the values that it was made from."""
    text = json.dumps(plain, ensure_ascii=ascii_only)
    assert repr(decode_plain(text)) == repr(plain)
    assert repr(decode_plain(text.encode())) == repr(plain)


@given(st.binary(max_size=60) | st.text('[]{}",:\\u0123dDeE.-\n tf', max_size=60).map(str.encode))
def test_any_bytes_are_decoded_or_refused(data: bytes) -> None:
    """No input ends in another error than ours, and what is read is what the standard library reads."""
    refused = refusal_of(data)
    if refused is None:
        assert repr(decode_plain(data)) == repr(json.loads(data))
    else:
        assert refused.problems


@given(PLAIN)
def test_what_is_written_is_read_back(plain: Any) -> None:
    """The layout for people is JSON, whatever it is applied to."""
    text = encode_plain(plain)
    assert repr(json.loads(text)) == repr(plain)
    assert text.endswith("\n")


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("[NaN]", "$float"),
        ("[-Infinity]", "$float"),
        ("{'a': 1}", "double quotes"),
        ("[1, // one\n2]", "no comments"),
        ("[True]", "true, false and null"),
    ],
)
def test_what_other_languages_have_is_explained(text: str, hint: str) -> None:
    """Who writes Python or JavaScript is told what JSON has in its place."""
    refused = refusal_of(text.encode())
    assert refused is not None
    assert hint in refused.problems[0].message


@pytest.mark.parametrize(
    ("text", "code", "place"),
    [
        ("", "parse-error", (1, 1)),
        (" \n ", "parse-error", (1, 1)),
        ('{\n "a": [1,\n  2,]}', "parse-error", (3, 5)),
        ('{\n "a": 1', "parse-error", (2, 8)),
        ('["\u00e9" x]', "parse-error", (1, 6)),
        ('["a",\n "\\ud83d"]', "parse-error", (2, 3)),
        ('["\\\\", "\\ude00\\ud83d"]', "parse-error", (1, 9)),
        ("[1,\n 1e999]", "parse-error", (2, 2)),
        ("[NaN]", "parse-error", (1, 2)),
        ("[1, 18446744073709551616]", "schema-error", (1, 5)),
        ('{"a": {"b": 1,\n "b": 1}}', "parse-error", (2, 2)),
        ('{"ab": 1, "a\\u0062": 2}', "parse-error", (1, 11)),
        (b'["\xc3\xa9\xff"]', "parse-error", (1, 4)),
        (b'["\xed\xa0\x80"]', "parse-error", (1, 3)),
        (b"\xef\xbb\xbf{}", "parse-error", (1, 1)),
        ("{}".encode("utf-16"), "parse-error", (1, 1)),
        ('["\ud800"]', "parse-error", (1, 3)),
    ],
)
def test_what_is_wrong_has_its_place(text: str | bytes, code: str, place: tuple[int, int]) -> None:
    """A syntax error, a duplicate, half a character: each has the line and column at which an editor shows it."""
    problem = problem_of(text)
    assert (problem.code, problem.line, problem.column) == (code, *place)


def test_every_duplicate_and_every_large_integer_is_named() -> None:
    """Of what a decoder could read, all problems are collected, with pointers."""
    with pytest.raises(DocumentError) as caught:
        decode_plain('{"a": 1, "b": [{"c": 1, "c": 99999999999999999999}, -9223372036854775809], "a": 2}')
    assert [problem.pointer for problem in caught.value.problems] == ["/b/0/c", "/a", "/b/0/c", "/b/1"]
    assert "$int" in caught.value.problems[2].message


def test_a_number_out_of_range_has_its_pointer() -> None:
    """Though nothing could be decoded, the value is named."""
    assert problem_of('{"a": [1, {"b": -1e999}]}').pointer == "/a/1/b"


def test_integers_up_to_64_bits_are_kept() -> None:
    """The limits themselves are within the limits, and no digit is lost."""
    text = "[-9223372036854775808, 18446744073709551615, 1234567890123456789012.0, -0.0]"
    assert repr(decode_plain(text)) == repr(json.loads(text))
