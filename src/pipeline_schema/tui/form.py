"""The pane of the selected step: its name, how it is called, and a field for each parameter, made from the entry."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from pipeline_schema.graph import FLOW
from pipeline_schema.problems import Problem
from pipeline_schema.tui.call_rows import IdRow, call_rows
from pipeline_schema.tui.field import Field
from pipeline_schema.tui.literal import literal
from pipeline_schema.tui.model import Editor, find_entry
from pipeline_schema.tui.problems import step_index
from pipeline_schema.tui.row import Row
from registry.entry import FunctionEntry, Parameter

__all__ = ["Form"]


class Form(VerticalScroll):
    """A form for one step.

    Parameters
    ----------
    editor : Editor
        Whose document the form changes.
    """

    DEFAULT_CSS = """
    Form {
        #about-step { height: auto; margin: 0 0 1 0; }
        .section { height: 1; margin: 0 0 1 0; color: $text-muted; text-style: bold; }
    }
    """
    BORDER_TITLE = "Step"

    def __init__(self, editor: Editor) -> None:
        super().__init__(id="form", classes="pane", can_focus=False)
        self._editor = editor
        self.index: int | None = None
        self._problems: Sequence[Problem] = ()

    def show(self, index: int | None) -> None:
        """Show the form of a step, made anew."""
        self.index = index
        self.border_subtitle = "" if index is None else f"{index + 1} of {len(self._editor.ids)}"
        self.scroll_home(animate=False)
        self.refresh(recompose=True)

    def show_problems(self, problems: Sequence[Problem]) -> None:
        """Show, of the problems of a document, those of this step, each at the row that it is about."""
        self._problems = problems
        for field in self.query(Field):
            self._say_found(field)

    def compose(self) -> ComposeResult:
        """What the function does, data first, then parameters, then how it is called."""
        if self.index is None or self.index >= len(self._editor.pipeline.steps):
            yield Static("Choose a function on the left, press Enter to add it.\n\nThe form of a step comes here.")
            return
        step = self._editor.step(self.index)
        entry = find_entry(step.function)
        yield Static(_about(step.function, entry), id="about-step")
        yield IdRow(self._editor, self.index)
        parameters = list(_parameters(entry, self._editor, self.index))
        yield from (self._field(p, entry) for p in parameters if p.role == "data")
        yield from (self._field(p, entry) for p in parameters if p.role != "data")
        if step.function:
            yield Static("how it is called", classes="section")
            yield from call_rows(self._editor, self.index, entry)

    def _field(self, parameter: Parameter, entry: FunctionEntry | None) -> Row:
        assert self.index is not None
        field = Field(self._editor, self.index, parameter, entry)
        self._say_found(field)
        return field

    def _say_found(self, field: Field) -> None:
        names = [field.parameter.name, FLOW] if field.is_flow else [field.parameter.name]
        about = (p for p in self._problems if p.parameter in names and step_index(p) == self.index)
        field.say_found("\n".join(problem.message for problem in about))


def _about(key: str, entry: FunctionEntry | None) -> Content:
    if entry is None:
        what = literal("\nThis function is not known here. The step is kept as it is.", "$text-warning")
    else:
        what = literal(f"\n{entry.summary}" if entry.summary else "", "dim")
    return Content.assemble(literal(key or "(a step of a newer format)", "bold $text-primary"), what)


def _parameters(entry: FunctionEntry | None, editor: Editor, index: int) -> Iterator[Parameter]:
    """What the function takes by name, and what else the document gives it: that can be taken away again."""
    step = editor.step(index)
    given = {**step.params, **(step.inputs or {})}
    for parameter in entry.parameters if entry is not None else ():
        nameable = parameter.settable and parameter.kind != "var_keyword"
        if parameter.name in given or (nameable and parameter.kind != "var_positional"):
            given.pop(parameter.name, None)
            yield parameter
    if entry is not None and entry.flow is not None:
        given.pop(FLOW, None)
    yield from (Parameter(name=name) for name in given)
