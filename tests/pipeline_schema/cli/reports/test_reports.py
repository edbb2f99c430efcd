"""Every report tells the same problems, and no name leaves the place where it is shown."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import get_args
from xml.etree import ElementTree

import pytest

from pipeline_schema.cli.checked import Checked
from pipeline_schema.cli.reports import github, junit, sarif, text
from pipeline_schema.cli.reports.rules import RULES
from pipeline_schema.problems import Code

Make = Callable[..., Checked]


def test_text_shows_the_line_the_place_and_what_to_write(checked: Make) -> None:
    """A person sees what is wrong, where, and what was meant."""
    shown = text.report([checked()])
    assert (
        "a.pipeline.json:6:65: error: skimage:filters.gaussian has no parameter 'sigm' [unknown-parameter] "
        "at /steps/1/params/sigm\n"
        '     6 |     {"function": "skimage:filters.gaussian", "params": {"sigm": 2}},\n'
        "       |                                                         ^^^^^^\n"
        "    did you mean sigma?\n"
    ) in shown
    assert shown.endswith("3 errors, 1 warning, 1 note in 1 file\n")


def test_text_of_a_sound_document_is_one_line() -> None:
    """Nothing to say is said shortly."""
    assert text.report([Checked(path="a.json", digest="0a")]) == "a.json: ok, digest 0a\n"


def test_styles_change_nothing_but_the_style(checked: Make) -> None:
    """What is coloured reads the same without colours."""
    plain = "".join("".join(part for part, _ in line) + "\n" for line in text.lines([checked()]))
    assert plain == text.report([checked()])


@pytest.mark.parametrize("report", [text.report, github.report, junit.report, sarif.report])
def test_a_hostile_name_stays_where_it_is(report: Callable[..., str], hostile: Checked) -> None:
    """Controls and marks that reverse text are escaped in every report, and newlines of names with them."""
    shown = report([hostile])
    assert not set(shown) & set("\x00\x1b\u202e\r")
    assert not re.search(r"^::error::", shown, re.MULTILINE)


def test_github_commands_are_escaped(hostile: Checked) -> None:
    """Nothing in a name ends a property or begins another command."""
    for line in github.report([hostile]).splitlines():
        command = re.fullmatch(r"::(error|warning|notice) ([^:]*)::(.*)", line)
        assert command is not None
        properties = dict(part.split("=", 1) for part in command[2].split(","))
        assert properties.keys() <= {"file", "title", "line", "col", "endColumn"}
        assert properties["file"] == "b\\u000a%3A%3Aerror%3A%3A%25%2C.pipeline.json"
        assert properties["title"] in RULES


def test_github_points_at_the_name_that_is_wrong(checked: Make) -> None:
    """The annotation is where the reader has to type."""
    assert (
        "::error file=a.pipeline.json,title=unknown-parameter,line=6,col=57,endColumn=63::"
        "skimage:filters.gaussian has no parameter 'sigm'%0Adid you mean sigma?\n"
    ) in github.report([checked()])


def test_junit_is_one_case_a_document_and_one_failure_an_error(checked: Make, hostile: Checked) -> None:
    """The XML is well-formed whatever a name holds, and counts documents."""
    fine = Checked(path="fine.pipeline.json", digest="0a")
    suite = ElementTree.fromstring(junit.report([checked(), hostile, fine]).encode())[0]
    assert (suite.get("tests"), suite.get("failures")) == ("3", "2")
    cases = {case.get("name"): case for case in suite}
    assert [failure.get("type") for failure in cases["a.pipeline.json"].findall("failure")] == [
        "unknown-function", "unknown-parameter", "bad-reference",
    ]  # fmt: skip
    assert "is another name of" in (cases["a.pipeline.json"].findtext("system-out") or "")
    assert not list(cases["fine.pipeline.json"])


def test_junit_counts_warnings_where_they_count() -> None:
    """With --strict a warning is a failure."""
    document = (
        '{"format": "pipeline-schema/1", "inputs": {"image": {}}, "steps": [{"function": "skimage:util.random_noise"}]}'
    )
    from pipeline_schema.check import check
    from pipeline_schema.spans import Text

    problems = tuple(check(document))
    for strict in (False, True):
        found = Checked(path="a.json", problems=problems, strict=strict, text=Text(document))
        root = ElementTree.fromstring(junit.report([found]))
        assert root.get("failures") == str(int(strict))


def test_every_code_is_a_rule() -> None:
    """A report that carries its rules explains each code it can hold."""
    assert set(RULES) == set(get_args(Code))
    assert len({rule.summary for rule in RULES.values()}) == len(RULES)


def test_all_reports_tell_the_same_problems(checked: Make) -> None:
    """Code, line and order are those of the check, in text, GitHub's commands and SARIF."""
    found = checked()
    expected = [(problem.code, problem.line) for problem in found.problems]
    log = json.loads(sarif.report([found]))
    results = log["runs"][0]["results"]
    assert [
        (result["ruleId"], result["locations"][0]["physicalLocation"]["region"]["startLine"]) for result in results
    ] == expected
    commands = re.findall(r"title=([\w-]+),line=(\d+)", github.report([found]))
    assert [(code, int(line)) for code, line in commands] == expected
    headings = re.findall(r"^a\.pipeline\.json:(\d+):\d+: .* \[([\w-]+)\]", text.report([found]), re.MULTILINE)
    assert [(code, int(line)) for line, code in headings] == expected
