"""A question that must be answered before anything goes on."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Static

from pipeline_schema.tui.literal import literal

__all__ = ["Question"]


class Question(ModalScreen[bool]):
    """Ask; gives whether the answer was yes.

    Parameters
    ----------
    text : str
    yes : str
        What the button says that does it.
    """

    DEFAULT_CSS = """
    Question {
        align: center middle;
        #question { width: 60; height: auto; }
        Horizontal { height: 1; margin: 1 0 0 0; align-horizontal: right; }
        Button { margin: 0 0 0 1; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "answer(False)", "No")]

    def __init__(self, text: str, *, yes: str) -> None:
        super().__init__()
        self._text = text
        self._yes = yes

    def compose(self) -> ComposeResult:
        """The question, and two buttons: the one that changes nothing has the focus."""
        with Vertical(id="question", classes="dialog"):
            yield Static(literal(self._text))
            with Horizontal():
                yield Button("Go back", id="no", variant="primary", compact=True)
                yield Button(self._yes, id="yes", variant="error", compact=True)

    @on(Button.Pressed)
    def _answer(self, event: Button.Pressed) -> None:
        self.dismiss(event.button.id == "yes")

    def action_answer(self, yes: bool) -> None:
        """Answer by a key."""
        self.dismiss(yes)
