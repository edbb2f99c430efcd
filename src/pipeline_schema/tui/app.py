"""The terminal interface: functions on the left, the pipeline in the middle, the selected step on the right."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar

from textual import on, work
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.timer import Timer
from textual.widgets import Button, Footer, Static
from textual.worker import Worker

from pipeline_schema.check import check
from pipeline_schema.codec import dumps
from pipeline_schema.document import Pipeline
from pipeline_schema.errors import DocumentError
from pipeline_schema.problems import Problem, Severity
from pipeline_schema.tui.code import CodeScreen
from pipeline_schema.tui.files import open_document
from pipeline_schema.tui.form import Form
from pipeline_schema.tui.library import Library
from pipeline_schema.tui.literal import literal, plain
from pipeline_schema.tui.model import Editor
from pipeline_schema.tui.problems import Problems, step_index
from pipeline_schema.tui.question import Question
from pipeline_schema.tui.row import Row
from pipeline_schema.tui.run_screen import RunScreen
from pipeline_schema.tui.search import Finder
from pipeline_schema.tui.steps import Steps
from registry.catalog import entries

__all__ = ["PipelineApp"]

# In seconds: a word that is being typed is checked when it is there.
_CHECK_AFTER = 0.15

_WORST: tuple[Severity, ...] = ("note", "warning", "error")


class PipelineApp(App[None]):
    """Build, check, save and run a pipeline.

    Parameters
    ----------
    document : Path or None
        A document to open. If there is no such file, an empty one that will be saved under this name.

    Raises
    ------
    DocumentError
        If the file can't be read as a document; with all problems.
    OSError
        If it can't be read at all.
    """

    TITLE = "pipeline"
    CSS = """
    * { scrollbar-size-vertical: 1; scrollbar-color: $primary 60%; scrollbar-background: $background; }
    #bar { height: 1; background: $panel; padding: 0 1; }
    #title { width: 1fr; text-wrap: nowrap; text-overflow: ellipsis; }
    #bar Button { margin: 0 0 0 1; min-width: 10; }
    #panes { height: 1fr; layout: grid; grid-size: 3 1; grid-columns: 3fr 4fr 4fr; }
    .pane {
        border: round $surface-lighten-3;
        border-title-color: $foreground;
        border-title-style: bold;
        border-subtitle-color: $text-muted;
        padding: 0 1;
        background: $background;
    }
    .pane:focus, .pane:focus-within { border: round $primary; }
    .dialog { border: round $primary; border-title-style: bold; background: $surface; padding: 1 2; }
    Input.-textual-compact { background: $boost; }
    Row.-wrong Input.-textual-compact { background: $error-muted; }
    Steps { height: 1fr; }
    .-narrow #panes { grid-size: 2 2; grid-columns: 2fr 3fr; grid-rows: 9fr 11fr; }
    .-narrow Library { row-span: 2; }
    .-narrow #about, .-narrow #search, .-narrow #add { margin: 0; }
    .-narrow #about { max-height: 4; }
    .-narrow Steps Horizontal, .-narrow Row { margin: 0; }
    .-narrow Problems { max-height: 4; }
    .-narrow Problems.-none { display: none; }
    .-narrow .dialog { width: 100%; height: 100%; padding: 0 1; }
    .-narrow Question .dialog { height: auto; }
    """
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]
    ENABLE_COMMAND_PALETTE = False
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "search", "Search", key_display="/"),
        Binding("a", "add", "Add"),
        Binding("d", "step('delete')", "Delete"),
        Binding("e", "step('toggle')", "On/off"),
        Binding("u", "undo", "Undo"),
        Binding("c", "code", "Code"),
        Binding("s,ctrl+s", "save", "Save", key_display="s"),
        Binding("r", "run_pipeline", "Run"),
        Binding("q", "quit", "Quit"),
        Binding("escape", "to_steps", show=False),
    ]

    class Checked(Message):
        """`check` has told what it found."""

        def __init__(self, pipeline: Pipeline, problems: Sequence[Problem]) -> None:
            super().__init__()
            self.pipeline = pipeline
            self.problems = problems

    def __init__(self, document: Path | None = None) -> None:
        super().__init__()
        self.editor = Editor(open_document(document) if document is not None else None)
        self._path = document
        self._saved: Pipeline = self.editor.pipeline
        self._problems: Sequence[Problem] = ()
        self._check_soon: Timer | None = None
        self._typed = ("", "")

    def compose(self) -> ComposeResult:
        """The title with the main buttons, three panes, and the keys."""
        with Horizontal(id="bar"):
            yield Static(id="title", markup=False)
            yield Button("Code", id="code-button", compact=True)
            yield Button("Run", id="run-button", variant="success", compact=True)
        with Container(id="panes"):
            yield Library(Finder(entries()))
            with Vertical(id="middle"):
                yield Steps(self.editor)
                yield Problems()
            yield Form(self.editor)
        yield Footer()

    def on_mount(self) -> None:
        """Show the document that was opened."""
        self._show(select=0)
        self.query_one("#steps" if self.editor.pipeline.steps else "#search").focus()

    @property
    def is_modified(self) -> bool:
        """Whether there is something to save."""
        return self.editor.pipeline is not self._saved

    def action_search(self) -> None:
        """Type what to look for."""
        self.query_one("#search").focus()

    def action_to_steps(self) -> None:
        """Leave what is being typed."""
        self.query_one("#steps").focus()

    def action_add(self) -> None:
        """Add the function that is highlighted."""
        self.query_one(Library).choose()

    def action_step(self, what: str) -> None:
        """Do something to the selected step."""
        index = self.query_one(Steps).index
        if index is None or index >= len(self.editor.pipeline.steps):
            return
        if what == "delete":
            self.editor.delete(index)
        elif what == "toggle":
            self.editor.set_option(index, "enabled", not self.editor.step(index).options.enabled)
        else:
            index = self.editor.move(index, -1 if what == "up" else 1)
        self._show(select=index)

    def action_undo(self) -> None:
        """Take the last change back."""
        if self.editor.undo():
            self._show(select=self.query_one(Steps).index or 0)
        else:
            self.notify("nothing to undo", markup=False)

    @on(Button.Pressed, "#code-button")
    def action_code(self) -> None:
        """Show the document as text."""
        self._show_code(saving=False)

    def action_save(self) -> None:
        """Ask for a name and save."""
        self._show_code(saving=True)

    @on(Button.Pressed, "#run-button")
    def action_run_pipeline(self) -> None:
        """Ask for an image and run."""
        text = self._text()
        if text is not None:
            image, out = self._typed
            base = self._path.parent if self._path is not None else None
            screen = RunScreen(self.editor.pipeline, text, base, image=image, out=out)
            self.push_screen(screen, self._remember)

    async def action_quit(self) -> None:
        """Leave, after asking whether changes may be lost."""
        if not self.is_modified:
            self.exit()
            return
        question = Question("The document has changes that are not saved.", yes="Quit without saving")
        self.push_screen(question, lambda quits: self.exit() if quits else None)

    @on(Library.Chosen)
    def _add(self, message: Library.Chosen) -> None:
        index = self.editor.add(message.key, after=self.query_one(Steps).index)
        self._show(select=index)

    @on(Steps.Selected)
    def _select(self, message: Steps.Selected) -> None:
        form = self.query_one(Form)
        if form.index != message.index:
            form.show(message.index)

    @on(Steps.Asked)
    def _ask(self, message: Steps.Asked) -> None:
        self.action_step(message.what)

    @on(Problems.Chosen)
    def _go_to(self, message: Problems.Chosen) -> None:
        index = step_index(message.problem)
        if index is not None:
            self._show(select=index)

    @on(Row.Edited)
    def _edited(self) -> None:
        self._show(select=self.query_one(Steps).index, form=False)

    def _show(self, *, select: int | None, form: bool = True) -> None:
        """Show the document as it is now; the form is made anew unless the change was typed into it."""
        name = self.editor.pipeline.name or (self._path.name if self._path is not None else "new pipeline")
        changed = ("  ● not saved", "$text-warning") if self.is_modified else ""
        self.query_one("#title", Static).update(Content.assemble(literal(name, "bold"), changed))
        self._show_marks(select)
        if form:
            self.query_one(Form).show(self.query_one(Steps).index)
        if self._check_soon is not None:
            self._check_soon.stop()
        self._check_soon = self.set_timer(_CHECK_AFTER, lambda: self._check(self.editor.pipeline))

    def _show_marks(self, select: int | None) -> None:
        marks: dict[int, Severity] = {}
        for problem in sorted(self._problems, key=lambda problem: _WORST.index(problem.severity)):
            index = step_index(problem)
            if index is not None:
                marks[index] = problem.severity
        self.query_one(Steps).show(marks, select)

    @work(thread=True, exclusive=True, exit_on_error=False)
    def _check(self, pipeline: Pipeline) -> None:
        base = self._path.parent if self._path is not None else None
        self.post_message(self.Checked(pipeline, check(pipeline, base=base)))

    @on(Worker.StateChanged)
    def _tell_failure(self, event: Worker.StateChanged) -> None:
        if event.worker.error is not None:
            self.notify(
                plain(f"the document could not be checked: {event.worker.error}"), severity="error", markup=False
            )

    @on(Checked)
    def _show_problems(self, message: Checked) -> None:
        if message.pipeline is not self.editor.pipeline:
            return
        self._problems = message.problems
        self.query_one(Problems).show(self._problems)
        self.query_one(Form).show_problems(self._problems)
        self._show_marks(self.query_one(Steps).index)

    def _show_code(self, *, saving: bool) -> None:
        text, pipeline = self._text(), self.editor.pipeline
        if text is not None:
            self.push_screen(CodeScreen(text, self._path, saving=saving), lambda path: self._keep(path, pipeline))

    def _keep(self, path: Path | None, pipeline: Pipeline) -> None:
        if path is not None:
            self._path, self._saved = path, pipeline
            self._show(select=self.query_one(Steps).index, form=False)

    def _remember(self, typed: tuple[str, str] | None) -> None:
        self._typed = typed or self._typed

    def _text(self) -> str | None:
        try:
            return dumps(self.editor.pipeline)
        except DocumentError as error:
            self.notify(plain(str(error)), severity="error", markup=False)
            return None
