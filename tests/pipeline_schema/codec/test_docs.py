"""The page on formats is true."""

from __future__ import annotations

import re
from pathlib import Path

import registry.errors
from pipeline_schema.codec import loads
from pipeline_schema.codec.files import SUFFIXES
from pipeline_schema.codec.yaml import decode

PAGE = (Path(registry.errors.__file__).parents[2] / "docs" / "formats.md").read_text(encoding="utf-8")


def test_the_document_is_the_same_twice() -> None:
    """What stands there as JSON and as YAML is one document."""
    (first,) = re.findall(r"^```json\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    (second,) = re.findall(r"^```yaml\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)
    assert loads(first) == loads(second, format="yaml")


def test_every_suffix_is_named() -> None:
    """The table of files has all that are taken, and no other."""
    named = set(re.findall(r"`(\.[a-z]+)`", PAGE.partition("The suffix says")[0]))
    assert named == set(SUFFIXES)


def test_words_are_what_the_table_says() -> None:
    """Each word of the table on YAML is of the type that stands beside it."""
    kinds = {"a boolean": bool, "null": type(None), "an integer": int, "a float": float, "a string": str}
    rows = re.findall(r"^\| (`.*?) \| (a boolean|null|an integer|a float|a string)", PAGE, re.MULTILINE)
    assert len(rows) == 6
    for words, kind in rows:
        for word in re.findall(r"`(.*?)`", words):
            decoded = decode(word.encode(), [])
            assert decoded is not None
            assert type(decoded.plain) is kinds[kind]
