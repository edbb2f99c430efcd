"""The big list of naughty strings, in every field that holds a string, in every format."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import pytest

from pipeline_schema.codec import FORMATS, convert, dumps, loads
from pipeline_schema.document import Input, Pipeline, Step

LIST = Path(__file__).parents[4] / "shared" / "corpus" / "blns" / "blns.json"
STRINGS = json.loads(LIST.read_text(encoding="utf-8")) if LIST.exists() else []


def everywhere(word: str) -> Pipeline:
    """A pipeline with a string wherever one may stand."""
    value = {"a": [word]} if word.startswith("$") else {word: [word]}
    notes = {f"x-{word}": value}
    params = {} if word.startswith("$") else {word: word}
    return Pipeline(
        schema=word,
        name=word,
        description=word,
        requires={word: word},
        inputs={"a": Input(channels=[word], default=value, description=word, notes=notes)},
        steps=[
            Step(
                function=word or "a:b",
                params={**params, "p": value},
                inputs={word: word, "list": [word]},
                description=word,
                notes=notes,
            )
        ],
        outputs={"o": word},
        notes=notes,
    )


@pytest.mark.skipif(not STRINGS, reason="the naughty strings lie in ../shared, which this checkout has not")
@pytest.mark.parametrize("format", FORMATS)
def test_every_string_comes_back(format: Any) -> None:
    """Whatever a string looks like, it is that string after saving and reading, and in a conversion."""
    for word in STRINGS:
        pipe = everywhere(word)
        saved = dumps(pipe, format=format)
        assert loads(saved, format=format) == pipe
        text = convert(saved, source=format, target="json")
        assert msgspec.json.decode(text) == msgspec.json.decode(dumps(pipe))
