"""The pane of steps: the pipeline, top to bottom, with a mark at each step that has a problem."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Button, OptionList
from textual.widgets.option_list import Option

from pipeline_schema.problems import Severity
from pipeline_schema.tui.literal import literal
from pipeline_schema.tui.model import Editor

__all__ = ["Steps"]

_MARKS: dict[Severity | None, tuple[str, str]] = {
    "error": ("✗", "bold $text-error"),
    "warning": ("!", "bold $text-warning"),
    "note": ("·", "dim"),
    None: ("✓", "$text-success"),
}


class Steps(Vertical):
    """The steps of a document.

    Parameters
    ----------
    editor : Editor
        Which it shows; changes are asked for by messages.
    """

    DEFAULT_CSS = """
    Steps {
        #steps {
            height: 1fr;
            border: none;
            padding: 0;
            background: transparent;
            text-wrap: nowrap;
            text-overflow: ellipsis;
        }
        Horizontal { height: 1; margin: 1 0 0 0; }
        Button { width: 1fr; min-width: 6; margin: 0 1 0 0; }
    }
    """
    BORDER_TITLE = "Pipeline"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("shift+up,K", "ask('up')", "Up", show=False),
        Binding("shift+down,J", "ask('down')", "Down", show=False),
    ]

    class Selected(Message):
        """Another step is looked at."""

        def __init__(self, index: int | None) -> None:
            super().__init__()
            self.index = index

    class Asked(Message):
        """Something is to be done to the selected step: ``up``, ``down``, ``toggle`` or ``delete``."""

        def __init__(self, what: str) -> None:
            super().__init__()
            self.what = what

    def __init__(self, editor: Editor) -> None:
        super().__init__(id="pipeline", classes="pane")
        self._editor = editor
        self._rows: list[Content] = []

    def compose(self) -> ComposeResult:
        """The list, and what can be done with the selected step."""
        yield OptionList(id="steps", compact=True)
        with Horizontal():
            yield Button("↑", id="up", compact=True, tooltip="Move up (shift+up)")
            yield Button("↓", id="down", compact=True, tooltip="Move down (shift+down)")
            yield Button("on/off", id="toggle", compact=True, tooltip="A step that is off passes on what it gets (e)")
            yield Button("delete", id="delete", compact=True, variant="error", tooltip="Delete (d); undo with u")

    @property
    def index(self) -> int | None:
        """The selected step."""
        return self.query_one("#steps", OptionList).highlighted

    def show(self, marks: Mapping[int, Severity], select: int | None) -> None:
        """Show the steps as they are now, with the worst severity of each step's problems, and select one."""
        listed = self.query_one("#steps", OptionList)
        steps = self._editor.pipeline.steps
        rows = [self._row(at, name, marks.get(at)) for at, name in enumerate(self._editor.ids)]
        if rows and len(rows) == len(self._rows):
            # Most changes are of one row: a list that is made anew loses its place.
            for at, (row, before) in enumerate(zip(rows, self._rows, strict=True)):
                if not row.is_same(before):
                    listed.replace_option_prompt_at_index(at, row)
        else:
            listed.set_options([Option(row) for row in rows] or [Option("no steps yet: add a function", disabled=True)])
        self._rows = rows
        listed.highlighted = min(select, len(steps) - 1) if steps and select is not None else None
        self.border_subtitle = f"{len(steps)} step{'' if len(steps) == 1 else 's'}"

    def action_ask(self, what: str) -> None:
        """Ask for something to be done to the selected step."""
        self.post_message(self.Asked(what))

    @on(Button.Pressed)
    def _ask(self, event: Button.Pressed) -> None:
        event.stop()
        self.action_ask(event.button.id or "")

    @on(OptionList.OptionHighlighted)
    def _select(self, event: OptionList.OptionHighlighted) -> None:
        event.stop()
        self.post_message(self.Selected(event.option_index if self._editor.pipeline.steps else None))

    def _row(self, at: int, name: str, severity: Severity | None) -> Content:
        step = self._editor.step(at)
        sign, style = _MARKS[severity] if step.options.enabled else ("○", "dim")
        name_style = "bold" if step.options.enabled else "strike dim"
        function = literal(step.function or "(kept as it is)", "dim")
        return Content.assemble((f"{sign} ", style), literal(name, name_style), "  ", function)
