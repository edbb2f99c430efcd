"""Documents with mistakes, checked as the command checks them."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pipeline_schema.check import check
from pipeline_schema.cli.checked import Checked
from pipeline_schema.spans import Text

MISTAKES = """{
  "format": "pipeline-schema/1",
  "inputs": {"image": {}},
  "steps": [
    {"function": "skimage:filters.gausian", "params": {"sigm": 2}},
    {"function": "skimage:filters.gaussian", "params": {"sigm": 2}},
    {"function": "skimage:morphology.label", "inputs": {"@": "imagee"}}
  ]
}
"""
HOSTILE = (
    '{"format": "pipeline-schema/1", "steps": [{"function": "a:b\\u001b[31m\\u202e]]>\\u0000%0A::,\\n::error::"}]}'
)


@pytest.fixture
def checked() -> Callable[..., Checked]:
    """Checks a text."""

    def make(text: str = MISTAKES, path: str = "a.pipeline.json", *, strict: bool = False) -> Checked:
        return Checked(path=path, problems=tuple(check(text, strict=strict)), strict=strict, text=Text(text))

    return make


@pytest.fixture
def hostile(checked: Callable[..., Checked]) -> Checked:
    """Names that try to leave the place where they are shown."""
    return checked(HOSTILE, "b\n::error::%,.pipeline.json")
