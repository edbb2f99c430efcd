"""The page on checking is true: each code has a document that shows it, and the message that it says."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

import registry.errors
from pipeline_schema.check import check
from pipeline_schema.cli.checked import Checked
from pipeline_schema.cli.reports.text import report
from pipeline_schema.fixes import apply_edits
from pipeline_schema.problems import Code
from pipeline_schema.spans import Text
from registry import libraries

PAGE = (Path(registry.errors.__file__).parents[2] / "docs" / "checking.md").read_text(encoding="utf-8")
SECTIONS = re.findall(r"^### (\S+)\n.*?```json\n(.*?)```\n\n> (.*?)\n", PAGE, re.DOTALL | re.MULTILINE)
VERSION = re.compile(r"\d+(\.\d+)+")


def test_every_code_is_on_the_page() -> None:
    """No code is reported that the page does not explain."""
    assert {code for code, _, _ in SECTIONS} == set(get_args(Code))


@pytest.mark.parametrize(("code", "document", "said"), SECTIONS, ids=[code for code, _, _ in SECTIONS])
def test_the_example_has_the_problem(code: str, document: str, said: str) -> None:
    """The document of a section has the problem, in the words that the page quotes (but for versions)."""
    found = [problem for problem in check(document) if problem.code == code]
    if code == "unavailable-function" and libraries.missing("cucim") is None:
        pytest.skip("cuCIM is installed on this machine, so the function is available")
    messages = []
    for problem in found:
        hint = f"; did you mean {' or '.join(problem.suggestions)}?" if problem.suggestions else ""
        messages.append(VERSION.sub("N", problem.message + hint))
    assert VERSION.sub("N", said) in messages


def test_five_mistakes_get_five_answers_in_one_run() -> None:
    """The report on the page is the one that is printed (but for versions), and --fix does what the page says."""
    document, shown = re.findall(
        r"## Five mistakes.*?```json\n(.*?)```\n\n```text\n\$ [^\n]*\n(.*?)```", PAGE, re.DOTALL
    )[0]
    problems = tuple(check(document))
    checked = Checked(path="five.pipeline.json", problems=problems, text=Text(document))
    assert VERSION.sub("N", report([checked])) == VERSION.sub("N", shown)
    assert len(problems) == 5
    assert all(problem.suggestions and problem.line for problem in problems)
    left = check(apply_edits(Text(document), checked.edits()))
    assert [problem.pointer for problem in left] == ["/steps/0/function"]
