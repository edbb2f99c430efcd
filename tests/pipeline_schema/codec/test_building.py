"""Bombs in YAML and MessagePack: what they cost to refuse, also where the stack is small."""

from __future__ import annotations

import struct
import time
import tracemalloc
from collections.abc import Callable
from typing import Any

import pytest

from pipeline_schema.codec import loads
from pipeline_schema.errors import DocumentError
from pipeline_schema.limits import MAX_BYTES, MAX_STRING, MAX_VALUES, MAX_YAML_BYTES

MIB = 1024 * 1024

# Made when needed.
YAML: dict[str, Callable[[], bytes]] = {
    "100,000 lists": lambda: b"[" * 100_000,
    "100,000 objects": lambda: b"{a: " * 100_000,
    "block lists": lambda: b"- " * 500_000,
    "explicit keys": lambda: b"? " * 500_000,
    "keys in keys": lambda: b"[[a: {? [" * 100_000,
    "deeper and deeper": lambda: b"".join(b" " * depth + b"a:\n" for depth in range(1_400)),
    "many empty lists": lambda: b"[" + b"[]," * 300_000 + b"]",
    "values up to the limit": lambda: b"[" + b"1," * (MAX_VALUES - 3) + b"1]",
    "null keys": lambda: b"{" + b"?," * 500_000 + b"}",
    "one key many times": lambda: b"{" + b"a: 1," * 120_000 + b"}",
    "tags": lambda: b"[" + b"!a b," * 200_000 + b"]",
    "billions of laughs": lambda: (
        b"a0: &a0 [lol]\n"
        + b"".join(b"a%d: &a%d [%s]\n" % (i, i, b",".join([b"*a%d" % (i - 1)] * 9)) for i in range(1, 30))
    ),
    "merges": lambda: b"a: &a {b: 1}\n" + b"<<: *a\n" * 100_000,
    "documents": lambda: b"---\n" * 250_000,
    "tag directives": lambda: b"".join(b"%%TAG !a%d! b\n" % index for index in range(50_000)),
    "tag directives behind a document": lambda: b"a\n...\n" + b"%TAG !a! b\n" * 50_000,
    "tag directives behind a carriage return": lambda: b"\r%TAG !a! b" * 50_000,
    "a long string": lambda: b"'" + b"a" * (MIB - 2) + b"'",
    "a long string of escapes": lambda: b'"' + b"\\n" * (MIB // 2 - 1) + b'"',
    "a long word": lambda: b"a " * (MIB // 2),
    "a long block": lambda: b"|\n" + b" a\n" * 300_000,
    "a long number": lambda: b"9" * MIB,
    "a long hexadecimal number": lambda: b"0x" + b"f" * (MIB - 2),
    "a long anchor": lambda: b"&" + b"a" * (MIB - 4) + b" 1",
    "a long tag": lambda: b"!" + b"a" * (MIB - 4) + b" 1",
    "a long key": lambda: b"? " + b"a" * MAX_STRING * 2 + b"\n: 1",
    "comments": lambda: b"#\n" * (MIB // 2),
    "lines": lambda: b"\n" * MIB,
    "tabs": lambda: b"\t" * MIB,
    "an error at the end": lambda: b"[" + b"a," * 100_000 + b"'",
    "question marks": lambda: b"[" + b"?a," * 120_000 + b"]",
    "not finite": lambda: b"[" + b".nan," * 120_000 + b"]",
    "bad UTF-8 at the end": lambda: b"a" * (MIB - 1) + b"\xff",
    "other line breaks": lambda: b"a" * (MIB - 3) + b"\xe2\x80\xa8",
    "more than is read": lambda: b" " * (MAX_YAML_BYTES + 1),
    "much more than is read": lambda: b"a" * MAX_BYTES,
}
MSGPACK: dict[str, Callable[[], bytes]] = {
    "100,000 lists": lambda: b"\x91" * 100_000,
    "100,000 objects": lambda: b"\x81\xa1a" * 100_000,
    "16 MiB of lists": lambda: b"\x91" * MAX_BYTES,
    "many empty lists": lambda: b"\xdd" + struct.pack(">I", 5_000_000) + b"\x90" * 5_000_000,
    "values up to the limit": lambda: b"\xdd" + struct.pack(">I", MAX_VALUES - 2) + b"\1" * (MAX_VALUES - 2),
    "four billion elements": lambda: b"\xdd\xff\xff\xff\xff" + b"\1" * 100,
    "lists that announce the rest": lambda: b"".join(b"\xdd" + struct.pack(">I", MIB) for _ in range(60)) + b"\1" * MIB,
    "four billion members": lambda: b"\xdf\xff\xff\xff\xff" + b"\xa1a\1" * 100,
    "four billion bytes": lambda: b"\xdb\xff\xff\xff\xffabc",
    "four billion bytes of binary": lambda: b"\xc6\xff\xff\xff\xffabc",
    "four billion bytes of an extension": lambda: b"\xc9\xff\xff\xff\xff\1abc",
    "one key many times": lambda: b"\xdf" + struct.pack(">I", 120_000) + b"\xa1a\1" * 120_000,
    "keys that are no strings": lambda: b"\xdf" + struct.pack(">I", 120_000) + b"\1\1" * 120_000,
    "timestamps": lambda: b"\xdd" + struct.pack(">I", 120_000) + b"\xd6\xff\0\0\0\0" * 120_000,
    "not finite": lambda: b"\xdd" + struct.pack(">I", 120_000) + b"\xca\x7f\xc0\0\0" * 120_000,
    "a long string": lambda: b"\xdb" + struct.pack(">I", 15 * MIB) + b"a" * 15 * MIB,
    "a long string of wide characters": lambda: b"\xdb" + struct.pack(">I", 12 * MIB) + "\U0001f600".encode() * 3 * MIB,
    "a long key": lambda: b"\x81\xdb" + struct.pack(">I", 15 * MIB) + b"a" * 15 * MIB + b"\1",
    "bytes behind the end": lambda: b"\1" * MAX_BYTES,
    "never used": lambda: b"\xc1" * MAX_BYTES,
    "more than is read": lambda: b"\xc0" * (MAX_BYTES + 1),
}
BOMBS = [("yaml", name) for name in YAML] + [("msgpack", name) for name in MSGPACK]


@pytest.mark.parametrize(("format", "name"), BOMBS)
def test_bombs_are_refused_for_little(
    format: Any, name: str, on_a_small_stack: Callable[[Callable[[], Any]], Any]
) -> None:
    """Hostile bytes give a typed error in bounded time and memory, on a thread with a 256 KiB stack."""
    data = (YAML if format == "yaml" else MSGPACK)[name]()
    started = time.process_time()
    error = on_a_small_stack(lambda: loads(data, format=format))
    seconds = time.process_time() - started
    assert isinstance(error, DocumentError), error
    assert error.problems
    if format == "yaml":
        assert all(problem.line and problem.column for problem in error.problems)
    # Generous, for slow and busy machines: what is not linear takes minutes.
    assert seconds < 5
    tracemalloc.start()
    on_a_small_stack(lambda: loads(data, format=format))
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 64 * MIB


def test_the_deepest_documents_open_on_a_small_stack(on_a_small_stack: Callable[[Callable[[], Any]], Any]) -> None:
    """What the limits allow is read where the stack is small, too."""
    text = "format: pipeline-schema/1\nsteps:\n- function: a:b\n  params: {p: " + "[" * 60 + "]" * 60 + "}\n"
    assert on_a_small_stack(lambda: loads(text, format="yaml")).steps[0].params["p"]
