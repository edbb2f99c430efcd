"""A row of a form: what is asked for, where it is typed, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widget import Widget
from textual.widgets import Static

from pipeline_schema.tui.literal import literal

__all__ = ["Row"]


class Row(Vertical):
    """A row of a form; a subclass says what is asked for and takes what is typed."""

    DEFAULT_CSS = """
    Row {
        height: auto;
        margin: 0 0 1 0;
        .label { height: 1; text-wrap: nowrap; text-overflow: ellipsis; }
        &:focus-within .label { height: auto; text-wrap: wrap; }
        .controls { height: auto; }
        .controls Input, .controls Select { width: 1fr; }
        .controls Button { min-width: 5; margin: 0 0 0 1; }
        .note { height: auto; display: none; color: $text-error; }
        &.-wrong .note { display: block; }
    }
    """

    class Edited(Message):
        """The document was changed."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._own_message = ""
        self._found_message = ""

    def label(self) -> Content:
        """What is asked for, in a line."""
        raise NotImplementedError

    def controls(self) -> Iterable[Widget]:
        """Where it is typed or chosen, as the document has it now."""
        raise NotImplementedError

    def compose(self) -> ComposeResult:
        """The label, the controls below it, and room for what is wrong."""
        yield Static(self.label(), classes="label")
        with Horizontal(classes="controls"):
            yield from self.controls()
        yield Static(classes="note", markup=False)

    def on_mount(self) -> None:
        """Show what was said before this was on the screen."""
        self._show()

    def say(self, message: str) -> None:
        """Say what is wrong with what was typed; nothing with an empty message."""
        self._own_message = message
        self._show()

    def say_found(self, message: str) -> None:
        """Say what is wrong with what the document holds; what was typed comes first."""
        self._found_message = message
        self._show()

    def _show(self) -> None:
        if not self.is_attached:
            return
        message = self._own_message or self._found_message
        self.set_class(bool(message), "-wrong")
        for note in self.query(".note").results(Static):
            note.update(literal(message))
