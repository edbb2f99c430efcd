"""The pane of problems: what `check` says about the document as it is now."""

from __future__ import annotations

from collections.abc import Sequence

from textual import on
from textual.content import Content
from textual.message import Message
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from pipeline_schema.problems import Problem, Severity
from pipeline_schema.tui.literal import literal

__all__ = ["Problems", "step_index"]

_STYLES: dict[Severity, str] = {"error": "$text-error", "warning": "$text-warning", "note": "dim"}
_MOST_SHOWN = 100


def step_index(problem: Problem) -> int | None:
    """The position of the step that a problem is about; ids may be there twice, its place is not."""
    parts = problem.pointer.split("/")
    return int(parts[2]) if len(parts) > 2 and parts[1] == "steps" and parts[2].isdecimal() else None


class Problems(OptionList):
    """Problems in order of place, as the command line tells them; choosing one goes to its step."""

    DEFAULT_CSS = """
    Problems {
        height: auto;
        max-height: 40%;
        &:focus { background: $background; }
    }
    """
    BORDER_TITLE = "Problems"

    class Chosen(Message):
        """A problem is to be looked at."""

        def __init__(self, problem: Problem) -> None:
            super().__init__()
            self.problem = problem

    def __init__(self) -> None:
        super().__init__(id="problems", classes="pane", compact=True)
        self._problems: list[Problem] = []

    def show(self, problems: Sequence[Problem]) -> None:
        """Show these problems, or that there are none."""
        self._problems = list(problems[:_MOST_SHOWN])
        options = [Option(_row(problem)) for problem in self._problems]
        self.set_options(options or [Option(Content.styled("✓ no problems", "$text-success"), disabled=True)])
        self.border_subtitle = f"{len(problems)}" if problems else ""
        self.set_class(not problems, "-none")

    @on(OptionList.OptionSelected)
    def _choose(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        if event.option_index < len(self._problems):
            self.post_message(self.Chosen(self._problems[event.option_index]))


def _row(problem: Problem) -> Content:
    hint = f"; did you mean {' or '.join(problem.suggestions)}?" if problem.suggestions else ""
    install = f"; {problem.install}" if problem.install else ""
    return Content.assemble(
        literal(f"{problem.step}: " if problem.step else "", "bold"),
        literal(problem.message + hint + install),
        literal(f" ({problem.code})", "dim"),
    ).stylize_before(_STYLES[problem.severity])
