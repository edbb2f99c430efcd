"""Reading at once: it takes only what the slow way takes, and gives the same."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipeline_schema.codec import from_plain
from pipeline_schema.codec.quick import read_at_once
from pipeline_schema.codec.survey import survey
from pipeline_schema.problems import Problem

HEAD = '"format": "pipeline-schema/1"'
STEP = '{"function": "a:b", "id": "s", "params": {"p": 1.5, "q": "w"}, "options": {"dtype": "uint8"}}'


def at_once(text: str) -> Any:
    seen = survey(text.encode(), [])
    assert seen is not None
    return read_at_once(text.encode(), seen)


def test_a_plain_document_is_read_at_once() -> None:
    """It is the very pipeline that the walk builds."""
    text = (
        f'{{"$schema": "s", {HEAD}, "inputs": {{"a": {{"axes": "YX"}}}}, "steps": [{STEP}], "outputs": {{"o": "s"}}}}'
    )
    found = at_once(text)
    assert found is not None
    assert type(found) is type(from_plain(json.loads(text), []))
    assert repr(found) == repr(from_plain(json.loads(text), []))


@pytest.mark.parametrize(
    "text",
    [
        f'{{{HEAD}, "steps": [{STEP}], "name": "a", "name": "b"}}',
        f'{{{HEAD}, "steps": [{STEP}], "steps": [{STEP}]}}',
        f'{{{HEAD}, "steps": [{{"function": "a:b", "params": {{"p": 1, "p": 2}}}}]}}',
        f'{{{HEAD}, "steps": [{{"function": "a:b", "params": {{"p": [{{"k": 1, "k": 1}}]}}}}]}}',
        f'{{{HEAD}, "steps": [{{"function": "a:b", "options": {{}}, "options": {{}}}}]}}',
        f'{{{HEAD}, "steps": [{{"function": "a:b", "params": {{"options": {{}}, "a": 1, "a": 1}}}}]}}',
        f'{{{HEAD}, {HEAD}, "steps": []}}',
        f'{{"steps": [{STEP}]}}',
        f'{{"steps": [{STEP}], "name": "format", "name": "pipeline-schema/1"}}',
        f"{{{HEAD}}}",
        f'{{{HEAD}, "name": "steps", "name": "a"}}',
        f'{{{HEAD}, "steps": [{STEP}], "name": null}}',
        f'{{{HEAD}, "steps": [{STEP}], "notes": {{}}}}',
        f'{{{HEAD}, "steps": [{STEP}], "x-a": 1}}',
        f'{{{HEAD}, "steps": [{{"function": "a:b", "params": {{"$rng": 1}}}}]}}',
        f'{{{HEAD}, "steps": [{{"function": ""}}]}}',
        '{"format": "pipeline-schema/1.7", "steps": []}',
        '{"format": "pipeline-schema/2", "steps": []}',
    ],
)
def test_what_is_wrong_or_not_simple_is_left_to_the_slow_way(text: str) -> None:
    """Keys that stand twice, what is missing and would be filled in, notes, other formats: never read at once."""
    assert at_once(text) is None


MEMBERS = [HEAD, f'"steps": [{STEP}]', '"steps": []', '"name": "format"', '"name": "steps"', '"inputs": {"a": {}}']
MEMBERS += ['"outputs": {}', '"inputs": {"a": {"axes": "YX", "axes": "YX"}}', '"requires": {}', '"format": "options"']


@settings(deadline=None)
@given(st.lists(st.sampled_from(MEMBERS), max_size=5))
def test_no_mixture_hides_what_was_lost(members: list[str]) -> None:
    """Whatever stands twice or is missing together: what is read at once has each member once, and is right."""
    text = "{" + ", ".join(members) + "}"
    found = at_once(text)
    if found is not None:
        problems: list[Problem] = []
        assert repr(found) == repr(from_plain(json.loads(text), problems))
        assert not problems
        assert len({member.split(":")[0] for member in members}) == len(members)
