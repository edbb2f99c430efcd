"""The layout of a document for people."""

from __future__ import annotations

import json

from pipeline_schema.codec.layout import lay_out

STEP = {"id": "blur", "function": "skimage:filters.gaussian", "params": {"sigma": 2.0}}


def test_each_step_has_its_line() -> None:
    """Steps stand one below the other, also where all would fit on a line."""
    assert lay_out({"format": "f", "steps": [STEP, STEP], "outputs": {}}) == (
        "{\n"
        '  "format": "f",\n'
        '  "steps": [\n'
        '    {"id": "blur", "function": "skimage:filters.gaussian", "params": {"sigma": 2.0}},\n'
        '    {"id": "blur", "function": "skimage:filters.gaussian", "params": {"sigma": 2.0}}\n'
        "  ],\n"
        '  "outputs": {}\n'
        "}"
    )


def test_lines_are_no_longer_than_120_characters() -> None:
    """What does not fit is opened, member by member, and numbers fill their lines."""
    wide = {**STEP, "params": {"kernel": {"$array": {"dtype": "int64", "shape": [300], "data": list(range(300))}}}}
    exact = [STEP | {"description": "d" * count} for count in range(1, 60)]
    text = lay_out({"format": "f", "steps": [wide, *exact], "requires": {f"package-{i}": ">=1" for i in range(20)}})
    assert max(map(len, text.split("\n"))) == 120
    assert json.loads(text)["steps"] == [wide, *exact]
    assert text.count("\n") < 400


def test_text_is_written_as_it_is() -> None:
    """Letters of any alphabet stay letters."""
    assert lay_out({"name": "Zellgr\u00f6\u00dfe \u7d30\u80de"}) == '{\n  "name": "Zellgr\u00f6\u00dfe \u7d30\u80de"\n}'
