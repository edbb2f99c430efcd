"""What README and docs show is what commands and sessions print."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

import pytest

from pipeline_schema.cli.quality import report

_ROOT = Path(__file__).parents[1]


def test_the_tables_are_those_that_are_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """Both blocks together are what `pipeline doctor --catalog` prints; if not, put its output there."""
    report("text")
    shown = re.findall(r"^```text\n(.*?)^```", (_ROOT / "docs/registry.md").read_text(), re.MULTILINE | re.DOTALL)
    assert "\n".join(shown).split("\n") == capsys.readouterr().out.split("\n")


@pytest.mark.parametrize("page", ["README.md", "docs/registry.md", "docs/memory.md"])
def test_the_sessions_in_python(page: str) -> None:
    """Each line of Python gives what stands below it."""
    path = _ROOT / page
    example = doctest.DocTestParser().get_doctest(path.read_text(), {}, path.name, str(path), 0)
    assert len(example.examples) >= 3
    runner = doctest.DocTestRunner(verbose=False)
    runner.run(example)
    assert runner.summarize(verbose=False).failed == 0
