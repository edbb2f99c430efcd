"""Spans: how far what stands at a place reaches, in JSON and in YAML."""

from __future__ import annotations

import json
import tracemalloc
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_schema.positions import locate
from pipeline_schema.problems import pointer
from pipeline_schema.spans import Text


def at(text: str, mark: str = "|") -> tuple[str | None, str]:
    """The key and the value that stand where the mark is."""
    before, after = text.split(mark)
    found = Text(before + after)
    spans = found.spans(before.count("\n") + 1, len(before) - before.rfind("\n"))
    key = None if spans.key is None else found.text[slice(*spans.key)]
    return key, found.text[slice(*spans.value)]


@pytest.mark.parametrize(
    ("text", "key", "value"),
    [
        ('{"a": |"b"}', '"a"', '"b"'),
        ('{"a" :\n  |12.5e3, "c": 1}', '"a"', "12.5e3"),
        ('{"a\\"b:": |true}', '"a\\"b:"', "true"),
        ('{"a": ["x:", |"y"]}', None, '"y"'),
        ('{"a": |{"b": 1}}', '"a"', "{"),
        ('|{"a": 1}', None, "{"),
        ('{|"a": 1}', None, '"a"'),
        ("a: |skimage:filters.gaussian  # why\n", "a", "skimage:filters.gaussian"),
        ("- function: |'it''s'\n", "function", "'it''s'"),
        ("a: {b: |c, d: e}", "b", "c"),
        ('"@": |image\n', '"@"', "image"),
        ("a:\n  - |b\n", None, "b"),
        ("x-note: |some words, and more", "x-note", "some words"),
        ('{"a": |', '"a"', ""),
    ],
)
def test_keys_and_values_are_found(text: str, key: str | None, value: str) -> None:
    """Quotes, escapes, comments and brackets end a name where a reader sees it end."""
    assert at(text) == (key, value)


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=6), inner, max_size=3),
    max_leaves=12,
)


@given(PLAIN, st.sampled_from([None, 1]))
def test_every_key_and_value_of_any_document_is_found(plain: Any, indent: int | None) -> None:
    """What stands at the position of a value decodes to it, and its key to the last part of the pointer."""
    text = json.dumps(plain, indent=indent, ensure_ascii=False)
    found = Text(text)

    def visit(value: Any, path: tuple[str | int, ...]) -> None:
        spans = found.spans(*locate(text, pointer(*path)))
        written = text[slice(*spans.value)]
        if isinstance(value, dict | list):
            assert written in ("{", "[")
        else:
            assert json.loads(written) == value
        named = bool(path) and isinstance(path[-1], str)
        assert (spans.key is not None) == named
        if spans.key is not None:
            assert json.loads(text[slice(*spans.key)]) == path[-1]
        items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        for key, item in items:
            visit(item, (*path, key))

    visit(plain, ())


def test_places_and_offsets_are_each_other() -> None:
    """Lines count from 1 and columns count characters, also behind wide ones and with carriage returns."""
    text = Text("a\r\n大b\n\nc")
    assert [text.place(text.offset(line, column)) for line, column in [(1, 1), (2, 2), (3, 1), (4, 1)]] == [
        (1, 1), (2, 2), (3, 1), (4, 1),
    ]  # fmt: skip
    assert text.line_at(0) == (0, 1)


def test_a_place_beyond_the_end_is_the_end() -> None:
    """A text that ends too early has its problem at the end."""
    assert Text('{"a":').spans(9, 40).value == (5, 5)


@given(st.lists(st.sampled_from(["", "a", "大" * 5000, "\r", "x" * 4095]), min_size=1, max_size=12))
def test_every_line_is_found_wherever_it_stands(lines: list[str]) -> None:
    """Long lines and empty ones, on both sides of where newlines are counted together."""
    text = Text("\n".join(lines))
    at = 0
    for number, line in enumerate(lines, 1):
        assert text.offset(number, 1) == at
        assert text.place(at) == (number, 1)
        assert text.place(at + len(line)) == (number, len(line) + 1)
        at += len(line) + 1


def test_a_text_of_empty_lines_costs_little_memory() -> None:
    """16 MiB of newlines are a document's right, and no index of them is made."""
    text = Text("\n" * 2**24)
    tracemalloc.start()
    try:
        assert text.place(text.offset(2**23, 1)) == (2**23, 1)
        assert tracemalloc.get_traced_memory()[1] < 2**20
    finally:
        tracemalloc.stop()
