"""docs/registry.md says what the commands in it print."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import pytest

from pipeline_schema.cli.quality import report

_PAGE = Path(__file__).parents[1] / "docs" / "registry.md"


def test_the_tables_are_those_that_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """Both blocks together are what `pipeline doctor --catalog` prints; if not, put its output there."""
    report("text")
    shown = re.findall(r"^```text\n(.*?)^```", _PAGE.read_text(), re.MULTILINE | re.DOTALL)
    assert "\n".join(shown).split("\n") == capsys.readouterr().out.split("\n")


def test_the_session_in_python() -> None:
    """Each line of Python gives what stands below it."""
    parser = doctest.DocTestParser()
    example = parser.get_doctest(_PAGE.read_text(), {}, _PAGE.name, str(_PAGE), 0)
    assert len(example.examples) >= 3
    runner = doctest.DocTestRunner(verbose=False)
    runner.run(example)
    assert runner.summarize(verbose=False).failed == 0
