"""Limits, judged before decoding: bombs cost little, also where the stack is small."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest

from pipeline_schema.codec import loads
from pipeline_schema.codec.survey import Survey, survey
from pipeline_schema.errors import DocumentError
from pipeline_schema.limits import MAX_BYTES, MAX_DEPTH, MAX_STRING, MAX_VALUES
from pipeline_schema.problems import Problem

MIB = 1024 * 1024


def in_params(text: str) -> bytes:
    """A document with this as the value of a parameter."""
    return f'{{"format": "pipeline-schema/1", "steps": [{{"function": "a:b", "params": {{"p": {text}}}}}]}}'.encode()


def steps(body: str, count: int) -> bytes:
    """A document of so many equal steps."""
    return f'{{"format": "pipeline-schema/1", "steps": [{", ".join([body] * count)}]}}'.encode()


# Made when needed: together they are 200 MB.
BOMBS: dict[str, Callable[[], bytes]] = {
    "100,000 lists": lambda: b"[" * 100_000,
    "100,000 objects": lambda: b'{"a":' * 100_000,
    "100,000 closed lists": lambda: in_params("[" * 100_000 + "]" * 100_000),
    "16 MiB of lists": lambda: b"[" * MAX_BYTES,
    "many empty lists": lambda: in_params("[" + "[]," * 5_000_000 + "[]]"),
    "lists up to the limit": lambda: in_params("[" + "[]," * (MAX_VALUES // 2 - 10) + "[{}]]")[:-1],
    "objects up to the limit": lambda: in_params("[" + "{}," * (MAX_VALUES // 2 - 10) + "[{}]]")[:-1],
    "quotes": lambda: b'"' * MAX_BYTES,
    "backslashes": lambda: b"\\" * MAX_BYTES,
    "a long string": lambda: b'"' + b"a" * (MAX_BYTES - 2) + b'"',
    "a long string of escapes": lambda: b'"' + b'\\"' * (MAX_BYTES // 2 - 1) + b'"',
    "a long string of wide characters": lambda: ('"' + "\U0001f600" * (MAX_BYTES // 4 - 1) + '"').encode(),
    "a long number": lambda: b"9" * MAX_BYTES,
    "a long fraction": lambda: b"0." + b"9" * (MAX_BYTES - 2),
    "a large exponent": lambda: b"1e" + b"9" * 4000,
    "long numbers": lambda: in_params("[" + "9" * 20 + ("," + "9" * 20) * 200_000 + "]"),
    "one key many times": lambda: ("{" + '"a":1,' * 120_000 + '"a":1}').encode(),
    "a duplicate at the end": lambda: (
        "{" + "".join(f'"k{index}":1,' for index in range(120_000)) + '"k7":1}'
    ).encode(),
    "unknown tags": lambda: in_params("[" + '{"$x":1},' * 120_000 + "1]"),
    "unknown tags, deep": lambda: in_params("[" * 50 + '{"$x":1},' * 120_000 + "1" + "]" * 50),
    "unknown keys": lambda: ("{" + ",".join(f'"k{index}":1' for index in range(120_000)) + "}").encode(),
    "too many steps": lambda: steps('{"function": "a:b"}', 10_001),
    "many bad steps": lambda: steps('{"functoin": "a:b", "params": {"a": {"$b": 1}}}', 9_999),
    "a syntax error at the end": lambda: in_params("[" + "1," * 200_000 + "]"),
    "halves of surrogates": lambda: b'["' + b'","'.join([b"\\ud800"] * 120_000) + b'"]',
    "bad UTF-8 at the end": lambda: b'"' + b"a" * (15 * MIB) + b'\xff"',
    "lines": lambda: b"\n" * MAX_BYTES,
    "a long key": lambda: b'{"' + b"a" * MAX_STRING + b'":1}',
    "more than is read": lambda: b" " * (MAX_BYTES + 1),
}


@pytest.mark.parametrize("name", BOMBS)
def test_bombs_are_refused_for_little(name: str, on_a_small_stack: Callable[[Callable[[], Any]], Any]) -> None:
    """A hostile text gives a typed error in bounded time and memory, on a thread with a 256 KiB stack."""
    data = BOMBS[name]()
    started = time.process_time()
    error = on_a_small_stack(lambda: loads(data))
    seconds = time.process_time() - started
    assert isinstance(error, DocumentError), error
    assert error.problems
    # Generous, for slow and busy machines: what is not linear takes minutes.
    assert seconds < 5
    tracemalloc.start()
    on_a_small_stack(lambda: loads(data))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 64 * MIB


def test_the_deepest_and_widest_documents_open_on_a_small_stack(
    on_a_small_stack: Callable[[Callable[[], Any]], Any],
) -> None:
    """What the limits allow is read where the stack is small, too."""
    # Document, steps, step, params and the value's own lists.
    deep = in_params("[" * (MAX_DEPTH - 4) + "]" * (MAX_DEPTH - 4))
    assert on_a_small_stack(lambda: loads(deep)).steps[0].params["p"]
    tagged = in_params("[" * (MAX_DEPTH - 5) + '{"$rng": 1}' + "]" * (MAX_DEPTH - 5))
    assert on_a_small_stack(lambda: loads(tagged)).steps[0].params["p"]
    wide = steps('{"function": "a:b", "params": {"s": 1.5}}', 10_000)
    assert len(on_a_small_stack(lambda: loads(wide)).steps) == 10_000


def test_one_level_more_is_too_deep() -> None:
    """The limit on depth is exact, and the problem stands at the first bracket beyond it."""
    data = in_params("[" * (MAX_DEPTH - 3) + "]" * (MAX_DEPTH - 3))
    with pytest.raises(DocumentError) as caught:
        loads(data)
    (problem,) = caught.value.problems
    assert problem.code == "limit-exceeded"
    assert problem.column == data.index(b"[[") + MAX_DEPTH - 3


@pytest.mark.parametrize("text", ['"' + "[" * 500 + '"', '"\\"' + "{[" * 500 + '\\\\"', '"\\\\\\"' + "[" * 500 + '"'])
def test_brackets_in_strings_are_no_depth(text: str) -> None:
    """Strings are cut out before brackets are counted, whatever is escaped in them."""
    assert loads(in_params(text)).steps[0].params["p"].count("[") == 500


def test_the_longest_string_is_read_and_one_more_is_not() -> None:
    """The limit on strings is exact, and the problem stands at the string's quote."""
    assert loads(in_params('"' + "a" * MAX_STRING + '"'))
    data = in_params('"' + "a" * (MAX_STRING + 1) + '"')
    with pytest.raises(DocumentError) as caught:
        loads(data)
    (problem,) = caught.value.problems
    assert (problem.code, problem.column) == ("limit-exceeded", data.index(b'"aa') + 1)


def test_a_string_is_as_long_as_what_it_says() -> None:
    """Escapes, which other formats do not need, make no string too long; nor do they make room for more."""
    longest = '"' + "\\u0061" * MAX_STRING + '"'
    assert loads(in_params(longest))
    for text in ('"' + "\\u0061" * (MAX_STRING + 1) + '"', '"' + "\\u00e9" * (MAX_STRING // 2 + 1) + '"'):
        with pytest.raises(DocumentError, match="a string is longer than 65536 bytes"):
            loads(in_params(text))


def test_only_the_payload_of_an_array_may_be_longer() -> None:
    """The base64 of an array has the whole document's room, and the same key elsewhere has not."""
    payload = "A" * (4 * MIB)
    array = f'{{"$array": {{"dtype": "uint8", "shape": [{3 * MIB}], "base64" : "{payload}"}}}}'
    assert loads(in_params(array))
    for elsewhere in (f'{{"base64": "{payload}"}}', f'["base64", "{payload}"]', f'{{"$bytes": "{payload}"}}'):
        with pytest.raises(DocumentError) as caught:
            loads(in_params(elsewhere))
        assert caught.value.problems[0].code == "limit-exceeded"


def test_members_are_counted_over_the_borders_of_pieces() -> None:
    """A string that crosses from one piece of the survey into the next is still a string."""
    piece = 1 << 18
    for shift in range(-3, 4):
        text = b"[" + b" " * (piece + shift - 20) + b'"[:[:{,\\"[:", {"a:": 1, "b": "{:"}]'
        problems: list[Problem] = []
        assert survey(text, problems) == Survey(members=2, has_long_numbers=False, has_long_strings=False)
        assert not problems
