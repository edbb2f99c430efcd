"""The screen behind the button Code: the document as text, to be copied and saved."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Static

from pipeline_schema.errors import OutputError
from pipeline_schema.tui.files import DocumentExistsError, save_text
from pipeline_schema.tui.json_view import JsonView
from pipeline_schema.tui.literal import literal, plain

__all__ = ["CodeScreen"]


class CodeScreen(ModalScreen[Path | None]):
    """Show, copy and save a document; gives the path that it was saved to, or None.

    Parameters
    ----------
    text : str
        The document, as it is saved.
    path : Path or None
        Where it came from.
    saving : bool
        Whether the person asked to save, and not to look.
    """

    DEFAULT_CSS = """
    CodeScreen {
        align: center middle;
        #code { width: 94%; height: 92%; }
        #json { height: 1fr; border: none; padding: 0; }
        .line { height: 1; margin: 1 0 0 0; }
        .line Input { width: 1fr; }
        .line Button { margin: 0 0 0 1; min-width: 10; }
        .line Static { width: auto; color: $text-muted; }
        #said { height: auto; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "close", "Close"),
        Binding("ctrl+s", "save", "Save"),
        Binding("c,y", "copy", "Copy"),
    ]

    def __init__(self, text: str, path: Path | None, *, saving: bool = False) -> None:
        super().__init__()
        self._text = text
        self._path = path
        self._saving = saving
        self._replace: str | None = None
        self._saved: Path | None = None

    def compose(self) -> ComposeResult:
        """The text, where to save it, and what became of it."""
        with Vertical(id="code", classes="dialog") as dialog:
            dialog.border_title = "Code: the document that runs"
            yield JsonView(self._text)
            with Horizontal(classes="line"):
                yield Static("save as ")
                shown = str(self._path) if self._path is not None else ""
                yield Input(plain(shown), placeholder="NAME.pipeline.json", compact=True, id="path")
                yield Button("Save", id="save", variant="primary", compact=True)
                yield Button("Copy", id="copy", compact=True)
                yield Button("Close", id="close", compact=True)
            yield Static(id="said", markup=False)

    def on_mount(self) -> None:
        """Start where the person will go on."""
        self.query_one("#path" if self._saving else "#json").focus()

    @on(Button.Pressed, "#copy")
    def action_copy(self) -> None:
        """Put the text into the clipboard."""
        self.app.copy_to_clipboard(self._text)
        self._say("copied (where the terminal lets programs use the clipboard)", "$text-success")

    @on(Button.Pressed, "#save")
    @on(Input.Submitted, "#path")
    def action_save(self) -> None:
        """Save; what is there already is replaced only when asked a second time."""
        typed = self.query_one("#path", Input).value.strip()
        if not typed:
            self._say("type a name for the file first", "$text-error")
            return
        path = Path(typed).expanduser()
        try:
            save_text(path, self._text, replace=self._replace == typed)
        except DocumentExistsError:
            self._replace = typed
            self._label_save("Replace")
            self._say(f"{path} is there already; press Replace to write over it, or type another name", "$text-warning")
        except OutputError as error:
            self._say(str(error), "$text-error")
        else:
            self._saved, self._replace = path, None
            self._label_save("Save")
            self._say(f"saved {path}", "$text-success")

    @on(Input.Changed, "#path")
    def _retype(self, event: Message) -> None:
        event.stop()
        self._replace = None
        self._label_save("Save")

    @on(Button.Pressed, "#close")
    def action_close(self) -> None:
        """Go back."""
        self.dismiss(self._saved)

    def _label_save(self, label: str) -> None:
        self.query_one("#save", Button).label = label

    def _say(self, text: str, style: str) -> None:
        self.query_one("#said", Static).update(literal(text, style))
