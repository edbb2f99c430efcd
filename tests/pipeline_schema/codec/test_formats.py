"""JSON, YAML and MessagePack: the same document, or the same refusal."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline_schema.codec import canonical, convert, digest, dumps, loads, read
from pipeline_schema.codec.formats import FORMATS
from pipeline_schema.errors import DocumentError
from pipeline_schema.limits import MAX_DEPTH, MAX_STRING, MAX_VALUES
from pipeline_schema.problems import Problem

OTHERS = ["yaml", "msgpack"]
TEXT = st.text(st.characters(exclude_categories=("Cs",)), max_size=8)
# What YAML has other meanings for: every one of these is a string.
LISTED = (
    "yes|no|on|Off|y|null|~|True|1|1e5|0x1F|0o17|017|1_000|12:30:45|2001-01-01|.inf|-.INF|.nan|<<|=|*a|&a|!a|%a|@a"
    "|`a|#|>|'|\"|{|[|,|---|...|-||- a|? a|a: b|a #b| a|a |a\n|\n|\t|--- a|a\nb\n|\x7f|\x00|\x1b[31m"
    "|\u0085|\u2028|\u2029|\ufeff|\U0001f600|\u00e9|\ud7ff\ue000\ufffd"
)
WORDS = st.sampled_from(LISTED.split("|"))
STRING = TEXT | WORDS | st.just("|")
SCALAR = (
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | STRING
)
PLAIN = st.recursive(
    SCALAR, lambda inner: st.lists(inner, max_size=5) | st.dictionaries(STRING, inner, max_size=5), max_leaves=20
)


def document(note: Any) -> dict[str, Any]:
    """A document that holds any JSON, as a note."""
    return {"format": "pipeline-schema/1", "x-note": note, "steps": [{"function": "a:b", "params": {"p": 1.0}}]}


def found(data: str | bytes, format: str) -> list[tuple[str, str]]:
    """What is wrong with a document: codes and pointers."""
    problems: list[Problem] = []
    read(data, problems, format=format)
    return [(problem.code, problem.pointer) for problem in problems]


@settings(max_examples=80, deadline=None)
@given(PLAIN)
def test_any_values_survive_every_format(plain: Any) -> None:
    """What JSON holds is written as YAML and MessagePack, and read back as the very same, in the same order."""
    for name in OTHERS:
        problems: list[Problem] = []
        written = FORMATS[name].encode_plain(plain)
        data = written.encode() if isinstance(written, str) else written
        decoded = FORMATS[name].decode(data, problems)
        assert not problems
        assert repr(decoded[0]) == repr(plain)


@settings(max_examples=50, deadline=None)
@given(PLAIN)
def test_json_is_yaml(plain: Any) -> None:
    """A JSON document is a YAML document that says the same, but for characters that YAML wants escaped."""
    for indent in (None, 2):
        text = json.dumps(plain, indent=indent, ensure_ascii=True)
        if "\\ud" in text or "\\u007f" in text or "\x7f" in text or any(len(key) > 900 for key in text.split('"')):
            continue
        problems: list[Problem] = []
        decoded = FORMATS["yaml"].decode(text.encode(), problems)
        assert not problems
        assert repr(decoded[0]) == repr(plain)


@settings(max_examples=30, deadline=None)
@given(PLAIN)
def test_documents_have_one_digest_in_all_formats(note: Any) -> None:
    """Digest and canonical form are those of the document, and no format's; saving is a fixed point in each."""
    pipe = loads(json.dumps(document(note)))
    for name in OTHERS:
        saved = dumps(pipe, format=name)
        again = loads(saved, format=name)
        assert (digest(again), canonical(again)) == (digest(pipe), canonical(pipe))
        assert dumps(again, format=name) == saved


@settings(max_examples=30, deadline=None)
@given(PLAIN)
def test_a_conversion_loses_nothing(note: Any) -> None:
    """Through all formats and back a document is what it was: notes, words of newer minors, the order of keys."""
    plain = {**document(note), "cache": {"$size": 5}, "format": "pipeline-schema/1.7", "a": {"unit": note}}
    text = json.dumps(plain)
    as_yaml = convert(text, source="json", target="yaml")
    as_msgpack = convert(as_yaml, source="yaml", target="msgpack")
    back = convert(as_msgpack, source="msgpack", target="json")
    assert json.dumps(json.loads(back)) == json.dumps(plain)


def as_lists(depth: int) -> Any:
    value: Any = []
    for _ in range(depth - 1):
        value = [value]
    return value


# Documents that are refused, or just not, as values that every format can write.
REFUSED: dict[str, Any] = {
    "no document": [],
    "null": None,
    "no steps": {"format": "pipeline-schema/1"},
    "a newer major": {"format": "pipeline-schema/2", "steps": []},
    "unknown keys": {**document(1), "stepz": [], "nam": 1},
    "a bad tag": {"format": "pipeline-schema/1", "steps": [{"function": "a:b", "params": {"p": {"$rgn": 1}}}]},
    "a large array": {
        "format": "pipeline-schema/1",
        "steps": [{"function": "a:b", "params": {"p": {"$array": {"dtype": "uint8", "shape": [2**40], "base64": ""}}}}],
    },
    "null for a default": {**document(1), "name": None},
    "as deep as it goes": document(as_lists(MAX_DEPTH - 1)),
    "one level deeper": document(as_lists(MAX_DEPTH)),
    "the longest string": document("a" * MAX_STRING),
    "a longer one": document("a" * (MAX_STRING + 1)),
    "a longer one in bytes": document("\u00e9" * (MAX_STRING // 2 + 1)),
    "a long key": document({"a" * (MAX_STRING + 1): 1}),
    "a payload that may be longer": document({"base64": "a" * (MAX_STRING + 1)}),
    "a long string in a list": document({"base64": ["a" * (MAX_STRING + 1)]}),
    "too many empty lists": document([[]] * (MAX_VALUES // 2)),
    "too many steps": {"format": "pipeline-schema/1", "steps": [{"function": "a:b"}] * 10_001},
}


@pytest.mark.parametrize("name", REFUSED)
@pytest.mark.parametrize("format", OTHERS)
def test_formats_refuse_alike(name: str, format: str) -> None:
    """The same values have the same problems at the same pointers, up to the limits and beyond."""
    plain = REFUSED[name]
    data = msgspec.json.encode(plain) if format == "yaml" else FORMATS[format].encode_plain(plain)
    assert found(data, format) == found(msgspec.json.encode(plain), "json")


FIELDS = st.sampled_from(["name", "inputs", "outputs", "requires", "x-a", "stepz", "$schema", "notes", "1"])
VALUES = PLAIN | st.sampled_from([{"$int": "5"}, {"$rgn": 1}, {"$float": 1}, {"a": {"axes": "Q"}}, [], {}, None])
STEP = st.dictionaries(st.sampled_from(["function", "id", "params", "inputs", "options", "parms", "x-b"]), VALUES)
ANY = st.builds(
    lambda fields, steps, form: {"format": form, "steps": steps, **fields},
    st.dictionaries(FIELDS, VALUES, max_size=3),
    st.lists(STEP | VALUES, max_size=3),
    st.sampled_from(["pipeline-schema/1", "pipeline-schema/1.7", "pipeline-schema/2", "p/1", 1]),
)


@settings(max_examples=80, deadline=None)
@given(ANY)
def test_whatever_is_wrong_is_wrong_in_all_formats(plain: Any) -> None:
    """The problems of a document, their order and their pointers do not depend on how it is written."""
    expected = found(json.dumps(plain), "json")
    for name in OTHERS:
        assert found(FORMATS[name].encode_plain(plain), name) == expected


def test_the_limit_on_values_is_the_same_to_the_last() -> None:
    """The largest document that JSON may be is the largest that the others may be."""
    spare = next(
        spare for spare in range(30) if not found(msgspec.json.encode(document([0] * (MAX_VALUES - spare))), "json")
    )
    for name in OTHERS:
        for count, refused in ((MAX_VALUES - spare, False), (MAX_VALUES - spare + 1, True)):
            plain = document([0] * count)
            data = msgspec.json.encode(plain) if name == "yaml" else FORMATS[name].encode_plain(plain)
            assert bool(found(data, name)) is refused


def test_every_field_of_a_document_may_hold_any_string() -> None:
    """Names for people, keys of params, notes: whatever YAML would make of a word, it comes back as that word."""
    words = ["yes", "1", "null", "2001-01-01", "<<", "- a", "a: b", "\u2028", "\x7f", " ", "\n", "'", "%a", "*a", "{"]
    plain = {
        "format": "pipeline-schema/1",
        "name": "no",
        "description": "\n".join(words),
        "requires": {word: word for word in words},
        "inputs": {"no": {"channels": words, "description": "~"}},
        "steps": [{"id": "y", "function": word, "params": {word: word}, "description": word} for word in words[:1]],
        "outputs": {"on": "y"},
        "x-": dict.fromkeys(words, words),
    }
    pipe = loads(json.dumps(plain))
    for name in OTHERS:
        assert repr(loads(dumps(pipe, format=name), format=name)) == repr(pipe)


def test_the_digest_is_the_same_in_every_process_and_format() -> None:
    """Neither the hash seed, nor the process, nor the format has a part in it."""
    text = json.dumps(document({"b": 1, "a": [2.0, "no", None]}))
    code = (
        "import sys, pipeline_schema as ps\n"
        f"pipe = ps.loads({text!r})\n"
        "for format in ('json', 'yaml', 'msgpack'):\n"
        "    print(ps.digest(ps.loads(ps.dumps(pipe, format=format), format=format)))\n"
        "assert not {'numpy', 'pydantic'} & set(sys.modules)"
    )
    digests = set()
    for seed in ("0", "1"):
        done = subprocess.run(
            [sys.executable, "-P", "-c", code],
            check=True,
            capture_output=True,
            text=True,
            env={**os.environ, "PYTHONHASHSEED": seed},
        )
        digests.update(done.stdout.split())
    assert digests == {digest(loads(text))}


def test_reading_json_loads_no_yaml() -> None:
    """Who has no YAML file does not wait for its parser."""
    code = 'import sys, pipeline_schema.codec as c; c.dumps(c.loads(\'{"format": "pipeline-schema/1", "steps": []}\'))'
    done = subprocess.run([sys.executable, "-P", "-c", f"{code}; sys.exit('yaml' in sys.modules)"], check=False)
    assert done.returncode == 0


@pytest.mark.parametrize(("format", "count"), [("yaml", 20), ("msgpack", 300)])
def test_nothing_is_saved_that_could_not_be_opened(format: str, count: int) -> None:
    """A document beyond a limit of a format is refused when it is written."""
    pipe = loads(json.dumps(document(1)))
    pipe.notes["x-more"] = ["a" * 60_000] * count
    with pytest.raises(DocumentError, match="limit-exceeded"):
        dumps(pipe, format=format)


def test_messagepack_is_no_text() -> None:
    """A str is no MessagePack, whatever it holds."""
    with pytest.raises(TypeError, match="bytes"):
        loads("\x80", format="msgpack")
