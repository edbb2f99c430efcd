"""The MessagePack layer: what is read, what is refused, and that no length is believed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline_schema.check import check
from pipeline_schema.codec.msgpack import decode
from pipeline_schema.problems import Problem

SUITE = Path(__file__).parents[4] / "shared" / "corpus" / "msgpack_suite" / "msgpack-test-suite.json"
REFUSED = {"binary", "ext", "timestamp"}


def suite() -> list[Any]:
    """Kind, value and bytes of each case, once for each way in which it is written."""
    cases = []
    for group, entries in json.loads(SUITE.read_text(encoding="utf-8")).items():
        for index, entry in enumerate(entries):
            kind = next(name for name in ("bignum", *entry) if name in entry and name != "msgpack")
            value = int(entry[kind]) if kind == "bignum" else entry[kind]
            for number, text in enumerate(entry["msgpack"]):
                name = f"{group.removesuffix('.yaml')}/{index}/{number}"
                cases.append(pytest.param(kind, value, bytes.fromhex(text.replace("-", "")), id=name))
    return cases


@pytest.mark.skipif(not SUITE.exists(), reason="the MessagePack suite lies in ../shared, which this checkout has not")
@pytest.mark.parametrize(("kind", "value", "data"), suite() if SUITE.exists() else [])
def test_the_messagepack_test_suite(kind: str, value: Any, data: bytes) -> None:
    """Every spelling of what JSON has too is read as that value; binary data, extensions and timestamps are refused."""
    problems: list[Problem] = []
    decoded = decode(data, problems)
    if kind in REFUSED:
        assert [problem.code for problem in problems] == ["schema-error"]
    else:
        assert not problems
        assert decoded is not None
        assert decoded[0] == value
        assert type(decoded[0]) is (float if data[0] in (0xCA, 0xCB) else type(value))


@pytest.mark.parametrize(
    ("data", "code", "where", "byte"),
    [
        (b"", "parse-error", "", 0),
        (b"\xc1", "parse-error", "", 0),
        (b"\x92\1", "parse-error", "", 0),
        (b"\x92\1\xcb\0", "parse-error", "", 2),
        (b"\1\1", "parse-error", "", 1),
        (b"\xa2a", "parse-error", "", 0),
        (b"\x91\xa3a\xffb", "parse-error", "", 3),
        (b"\xa3\xed\xa0\x80", "parse-error", "", 1),
        (b"\x81\xa1a", "parse-error", "", 3),
        (b"\xdd\xff\xff\xff\xff\1", "parse-error", "", 0),
        (b"\xdf\0\0\0\2\xa1a\1", "parse-error", "", 0),
        (b"\xdb\xff\xff\xff\xffabc", "parse-error", "", 0),
        (b"\x82\xa1a\1\xa1a\2", "parse-error", "/a", 4),
        (b"\x81\xa1a\x81\1\2", "schema-error", "/a", 4),
        (b"\x81\xc0\2", "schema-error", "", 1),
        (b"\x81\x90\2", "parse-error", "", 1),
        (b"\x81\xc4\1a\2", "parse-error", "", 1),
        (b"\x81\xa1a\x92\1\xc4\1a", "schema-error", "/a/1", 5),
        (b"\x91\xd6\xff\0\0\0\0", "schema-error", "/0", 1),
        (b"\x91\xc7\0\5", "schema-error", "/0", 1),
        (b"\x91\xca\x7f\xc0\0\0", "schema-error", "/0", 1),
        (b"\x91\xcb\xff\xf0\0\0\0\0\0\0", "schema-error", "/0", 1),
    ],
)
def test_what_is_wrong_is_named(data: bytes, code: str, where: str, byte: int) -> None:
    """What is no document has its pointer, and what is no MessagePack its byte."""
    problems: list[Problem] = []
    decode(data, problems)
    (problem,) = problems
    assert (problem.code, problem.pointer, problem.line) == (code, where, None)
    assert problem.message.endswith(f"(byte {byte})")


def test_a_float_of_32_bits_is_widened() -> None:
    """It is the same number, and stays a float; an integer stays an integer."""
    decoded = decode(b"\x93\xca\x3f\xc0\0\0\xca\x3d\xcc\xcc\xcd\1", [])
    assert decoded is not None
    assert repr(decoded.plain) == "[1.5, 0.10000000149011612, 1]"


@settings(deadline=None)
@given(st.binary(max_size=60))
def test_any_bytes_are_decoded_or_refused(data: bytes) -> None:
    """No input ends in another error than ours, and what is read is what msgspec reads."""
    problems: list[Problem] = []
    decoded = decode(data, problems)
    if decoded is None or problems:
        assert problems
    else:
        assert repr(decoded[0]) == repr(msgspec.msgpack.decode(data))


@settings(deadline=None)
@given(st.data())
def test_a_document_that_is_cut_off_or_changed_is_decoded_or_refused(data: st.DataObject) -> None:
    """A flipped byte or a lost end gives a document or problems, never anything else."""
    whole = bytearray(
        msgspec.msgpack.encode({"format": "pipeline-schema/1", "steps": [{"function": "a:b", "params": {}}]})
    )
    whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    cut = bytes(whole[: data.draw(st.integers(0, len(whole)))])
    assert isinstance(check(cut, format="msgpack"), list)
