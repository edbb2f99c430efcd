"""The big list of naughty strings, in every field that holds a string: each is answered, and none is taken for more."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pipeline_schema.check import check

LIST = Path(__file__).parents[4] / "shared" / "corpus" / "blns" / "blns.json"
WORDS: list[str] = json.loads(LIST.read_text(encoding="utf-8")) if LIST.exists() else []

pytestmark = pytest.mark.skipif(not WORDS, reason="the naughty strings lie in ../shared, which this checkout has not")

STEP: dict[str, Any] = {"function": "skimage:filters.gaussian"}
# Where a string may stand: the document, and how it is answered (None: not at all, whatever the string).
FIELDS: dict[str, tuple[Any, str | None]] = {
    "/name": (lambda word: {"name": word}, None),
    "/description": (lambda word: {"description": word}, None),
    "/$schema": (lambda word: {"$schema": word}, None),
    "/x-note": (lambda word: {"x-note": {word: [word]}}, None),
    "/format": (lambda word: {"format": word}, "schema-error"),
    "/requires/numpy": (lambda word: {"requires": {"numpy": f"!{word}"}}, "schema-error"),
    "/inputs/image/kind": (lambda word: {"inputs": {"image": {"kind": word}}}, "schema-error"),
    "/inputs/image/axes": (lambda word: {"inputs": {"image": {"axes": word}}}, "schema-error"),
    "/inputs/image/channels": (lambda word: {"inputs": {"image": {"channels": [word]}}}, None),
    "/inputs/image/description": (lambda word: {"inputs": {"image": {"description": word}}}, None),
    "/steps/0/function": (lambda word: {"steps": [{"function": word or "?"}]}, "unknown-function"),
    "/steps/0/description": (lambda word: {"steps": [{**STEP, "description": word}]}, None),
    "/steps/0/params/mode": (lambda word: {"steps": [{**STEP, "params": {"mode": word}}]}, "invalid-value"),
    "/steps/0/inputs/sigma": (lambda word: {"steps": [{**STEP, "inputs": {"@": "image", "sigma": f"?{word}"}}]},
                              "bad-reference"),
    "/steps/0/options/dtype": (lambda word: {"steps": [{**STEP, "options": {"dtype": word}}]}, "schema-error"),
    "/outputs/result": (lambda word: {"outputs": {"result": f"?{word}"}}, "bad-reference"),
}  # fmt: skip


@pytest.mark.parametrize("field", FIELDS)
def test_a_string_is_a_string(field: str) -> None:
    """In texts all are taken; where words are closed all are refused, with one code, at the string, in few words."""
    make, code = FIELDS[field]
    for word in WORDS:
        plain = {"format": "pipeline-schema/1", "inputs": {"image": {}}, "steps": [STEP], **make(word)}
        text = json.dumps(plain, ensure_ascii=False).encode()
        errors = [problem for problem in check(text) if problem.severity == "error"]
        assert {problem.code for problem in errors} == ({code} if code else set()), word
        for problem in errors:
            assert problem.pointer == field
            assert problem.line == 1
            # Spoken of as Python writes it: nothing in it reaches a terminal or turns the line around.
            assert problem.message.isprintable(), word


def test_names_are_refused_or_plain() -> None:
    """As an id, an input, an output or a parameter it is refused unless it is spelled like a name."""
    for word in WORDS:
        plain = {
            "format": "pipeline-schema/1",
            "inputs": {"image": {}, word: {}},
            "steps": [{"id": word, **STEP, "params": {word: 1}}],
            "outputs": {word: "image"},
        }
        problems = check(json.dumps(plain))
        assert any(problem.severity == "error" for problem in problems)
        assert all(problem.line == 1 and problem.column for problem in problems)
