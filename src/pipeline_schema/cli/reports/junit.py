"""Problems as JUnit XML, which GitLab and most other CI systems show as failed tests: one test case a document.

XML has no way to write most control characters; nothing that `one_line` leaves as it is is among them.
"""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

from pipeline_schema.cli.checked import Checked
from pipeline_schema.cli.reports.sentences import sentences
from pipeline_schema.escapes import one_line
from pipeline_schema.problems import Problem

__all__ = ["report"]

_SUITE = "pipeline check"


def report(files: Sequence[Checked]) -> str:
    """A test suite: each problem that counts is a failure of its document, the others are what the test wrote."""
    cases = [_case(checked) for checked in files]
    failures = sum(not checked.ok for checked in files)
    counts = f'tests="{len(files)}" failures="{failures}" errors="0" skipped="0"'
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<testsuites name="{_SUITE}" {counts}>',
        f'<testsuite name="{_SUITE}" {counts}>',
        *cases,
        "</testsuite>",
        "</testsuites>",
    ]
    return "\n".join(lines) + "\n"


def _case(checked: Checked) -> str:
    name = quoteattr(one_line(checked.shown_path))
    opening = f'<testcase name={name} classname={name} file={name} time="0">'
    inside = [_failure(problem, checked) for problem in checked.problems if _counts(problem, checked)]
    aside = [_whole(problem, checked) for problem in checked.problems if not _counts(problem, checked)]
    if aside:
        inside.append(f"<system-out>{escape(chr(10).join(aside))}</system-out>")
    return "\n".join([opening, *inside, "</testcase>"])


def _counts(problem: Problem, checked: Checked) -> bool:
    return problem.severity == "error" or (checked.strict and problem.severity == "warning")


def _failure(problem: Problem, checked: Checked) -> str:
    message = quoteattr(one_line(problem.message))
    return f"<failure type={quoteattr(problem.code)} message={message}>{escape(_whole(problem, checked))}</failure>"


def _whole(problem: Problem, checked: Checked) -> str:
    place = f":{problem.line}:{problem.column}" if problem.line is not None else ""
    first, *more = sentences(problem)
    return "\n".join([f"{one_line(checked.shown_path)}{place}: {problem.severity}: {first} [{problem.code}]", *more])
