"""Problems as workflow commands of GitHub Actions, which shows them beside the lines of a pull request."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pipeline_schema.cli.checked import Checked
from pipeline_schema.cli.reports.sentences import sentences
from pipeline_schema.escapes import one_line
from pipeline_schema.problems import Problem, Severity

__all__ = ["report"]

_COMMANDS: dict[Severity, str] = {"error": "error", "warning": "warning", "note": "notice"}
# A percent sign is escaped first: it is what escapes begin with.
_DATA = (("%", "%25"), ("\r", "%0D"), ("\n", "%0A"))
_PROPERTY = (*_DATA, (":", "%3A"), (",", "%2C"))


def report(files: Sequence[Checked]) -> str:
    """One command a problem; nothing where there is none."""
    return "".join(_command(checked, problem) + "\n" for checked in files for problem in checked.problems)


def _command(checked: Checked, problem: Problem) -> str:
    properties = {"file": one_line(checked.shown_path), "title": problem.code} | dict(_place(checked, problem))
    listed = ",".join(f"{name}={_escaped(str(value), _PROPERTY)}" for name, value in properties.items())
    message = "\n".join(sentences(problem))
    return f"::{_COMMANDS[problem.severity]} {listed}::{_escaped(message, _DATA)}"


def _place(checked: Checked, problem: Problem) -> Iterator[tuple[str, int]]:
    spans = checked.spans(problem)
    if spans is not None and checked.text is not None:
        line, column = checked.text.place(spans.value.start)
        yield from (("line", line), ("col", column), ("endColumn", column + spans.value.end - spans.value.start))


def _escaped(text: str, table: tuple[tuple[str, str], ...]) -> str:
    for character, escape in table:
        text = text.replace(character, escape)
    return text
