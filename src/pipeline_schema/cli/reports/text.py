"""Problems for people: what, where, the line itself, and what to write instead."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence

from pipeline_schema.cli.checked import Checked
from pipeline_schema.escapes import one_line
from pipeline_schema.problems import Problem, Severity

__all__ = ["Line", "lines", "report"]

Line = list[tuple[str, str]]
"""One line: texts, each with its style in the words of rich (empty for none)."""

_STYLES: dict[Severity, str] = {"error": "bold red", "warning": "bold yellow", "note": "bold cyan"}
_MARGIN = 6


def report(files: Sequence[Checked], *, width: int = 120) -> str:
    """All that was found, as text without colours."""
    return "".join("".join(text for text, _ in line) + "\n" for line in lines(files, width=width))


def lines(files: Sequence[Checked], *, width: int = 120) -> Iterator[Line]:
    """The report line by line, with styles.

    Parameters
    ----------
    files : sequence of Checked
    width : int
        Columns of the terminal. Lines of documents are cut to it; sentences are left to the terminal to wrap.
    """
    for checked in files:
        for problem in checked.problems:
            yield from _problem(checked, problem, width)
        if checked.ok:
            yield [(one_line(checked.path), "bold"), (": ", ""), ("ok", "green"), (f", digest {checked.digest}", "dim")]
    if len(files) > 1 or any(checked.problems for checked in files):
        yield [(_summary(files), "bold")]


def _problem(checked: Checked, problem: Problem, width: int) -> Iterator[Line]:
    style = _STYLES[problem.severity]
    place = f":{problem.line}:{problem.column}" if problem.line is not None else ""
    where = f" at {problem.pointer}" if problem.pointer else ""
    yield [
        (one_line(checked.path) + place, "bold"),
        (": ", ""),
        (problem.severity, style),
        (": " + one_line(problem.message), ""),
        (f" [{problem.code}]{one_line(where)}", "dim"),
    ]
    spans = checked.spans(problem)
    if spans is not None and checked.text is not None and checked.text.text:
        from pipeline_schema.cli.reports.excerpt import excerpt

        line, marks = excerpt(checked.text, spans, width - _MARGIN - 3)
        yield [(f"{problem.line:>{_MARGIN}} | ", "dim"), (line, "")]
        yield [(f"{'':{_MARGIN}} | ", "dim"), (marks, style)]
    if problem.suggestions:
        near = " or ".join(map(one_line, problem.suggestions))
        yield [("    did you mean ", ""), (near, "bold green"), ("?", "")]
    if problem.install:
        yield [("    " + one_line(problem.install), "")]


def _summary(files: Sequence[Checked]) -> str:
    counts = Counter(problem.severity for checked in files for problem in checked.problems)
    found = ", ".join(_count(counts[severity], severity) for severity in _STYLES if counts[severity])
    return f"{found or 'no problems'} in {_count(len(files), 'file')}"


def _count(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"
