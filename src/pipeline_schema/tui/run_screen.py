"""The screen behind the button Run: which image, how far it is, and what came out."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from rich.text import Text
from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Button, Input, ProgressBar, RichLog, Static
from textual.worker import Worker

from pipeline_schema.document import Pipeline
from pipeline_schema.events import Event
from pipeline_schema.run.batch.record import RunRecord
from pipeline_schema.tui.literal import plain
from pipeline_schema.tui.report import event_line, record_lines
from pipeline_schema.tui.running import Running, StoppedError, varied_input
from pipeline_schema.tui.texts import show_value

__all__ = ["RunScreen"]


class RunScreen(ModalScreen[tuple[str, str]]):
    """Run a document in a subprocess; gives the image and the output folder that were typed last.

    Parameters
    ----------
    pipeline : Pipeline
        For its inputs.
    text : str
        The document: exactly this is run.
    base : Path or None
        The document's folder.
    image, out : str
        What was typed the last time.
    """

    DEFAULT_CSS = """
    RunScreen {
        align: center middle;
        #run { width: 90%; max-width: 110; height: 90%; }
        .line { height: 1; }
        .line Static { width: 16; color: $text-muted; text-wrap: nowrap; text-overflow: ellipsis; }
        .line Input { width: 1fr; }
        #do { height: 1; margin: 1 0; }
        #do Button { margin: 0 1 0 0; min-width: 10; }
        #do ProgressBar { width: 1fr; margin: 0 0 0 1; Bar { width: 1fr; } }
        RichLog { height: 1fr; background: $boost; padding: 0 1; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "close", "Close"), Binding("ctrl+r", "start", "Run")]

    class Told(Message):
        """The run told something."""

        def __init__(self, event: Event) -> None:
            super().__init__()
            self.event = event

    def __init__(self, pipeline: Pipeline, text: str, base: Path | None, *, image: str = "", out: str = "") -> None:
        super().__init__()
        self._pipeline = pipeline
        self._text = text
        self._base = base
        self._image = image
        self._out = out or "results"
        self._varied = varied_input(pipeline.inputs)
        self._current: Running | None = None
        self._ended = 0
        self._images = 1

    @property
    def typed(self) -> tuple[str, str]:
        """The image and the output folder."""
        images = [field.value for field in self.query(".image").results(Input)]
        return images[0] if images else "", self.query_one("#out", Input).value

    def compose(self) -> ComposeResult:
        """A line for each input, one for the output folder, the buttons, and the log."""
        with Vertical(id="run", classes="dialog") as dialog:
            dialog.border_title = "Run"
            for name, given in self._pipeline.inputs.items():
                image = name == self._varied
                hint = f"default: {show_value(given.default)}" if given.has_default else "path"
                hint = "path of a TIFF, PNG, JPEG or npy file, or a folder of them" if image else hint
                with Horizontal(classes="line"):
                    yield Static(plain(f"{name} ({given.axes})" if given.axes else name), markup=False)
                    yield Input(
                        self._image if image else "",
                        placeholder=plain(hint),
                        compact=True,
                        name=name,
                        classes="input image" if image else "input",
                    )
            with Horizontal(classes="line"):
                yield Static("results into")
                yield Input(self._out, placeholder="a folder", compact=True, id="out")
            with Horizontal(id="do"):
                yield Button("Run", id="start", variant="primary", compact=True)
                yield Button("Stop", id="stop", variant="error", compact=True, disabled=True)
                yield Button("Close", id="close", compact=True)
                yield ProgressBar(total=1, show_eta=False)
            yield RichLog(wrap=True, markup=False, highlight=False, min_width=20)

    @on(Button.Pressed, "#start")
    @on(Input.Submitted)
    def action_start(self) -> None:
        """Start to run what was typed."""
        if self._current is not None:
            return
        self.query_one(RichLog).clear()
        self._ended = 0
        self.query_one(ProgressBar).update(total=None, progress=0)
        typed = {field.name or "": field.value for field in self.query(".input").results(Input)}
        out = Path(self.query_one("#out", Input).value.strip() or "results").expanduser()
        running = Running(
            self._text.encode(),
            typed,
            varied=self._varied,
            out=out,
            base=self._base,
            on_event=self._tell,
        )
        self._set_running(running)
        self._say(Text("starting a worker ...", style="dim"))
        self.run_worker(running.run, thread=True, exit_on_error=False)

    @on(Button.Pressed, "#stop")
    def action_stop(self) -> None:
        """Stop the run that goes on."""
        if self._current is not None:
            self._current.stop()

    @on(Button.Pressed, "#close")
    def action_close(self) -> None:
        """Go back; a run that goes on is stopped first."""
        if self._current is not None:
            self.action_stop()
        else:
            self.dismiss(self.typed)

    def on_unmount(self) -> None:
        """Leave no worker behind, however the screen ends."""
        self.action_stop()

    def _tell(self, event: Event) -> None:
        # From the run's thread; when the program ends meanwhile, nobody listens any more.
        if self.is_attached:
            self.post_message(self.Told(event))

    @on(Told)
    def _show_event(self, message: Told) -> None:
        event, bar = message.event, self.query_one(ProgressBar)
        # Of several images, some are worked at at once: what counts then are images, and not the steps of each.
        if event.kind.startswith("item-") and event.total is not None:
            self._images = event.total
        if event.kind in ("item-finished", "item-failed", "item-kept"):
            self._ended += 1
            if self._images > 1:
                bar.update(total=self._images, progress=self._ended)
        elif event.kind.startswith("step-"):
            if self._images > 1:
                return
            if event.total and event.index is not None:
                bar.update(total=event.total, progress=event.index + (event.kind == "step-finished"))
        line = event_line(event, several=self._images > 1)
        if line is not None:
            self._say(line)

    @on(Worker.StateChanged)
    def _show_outcome(self, event: Worker.StateChanged) -> None:
        event.stop()
        if not event.worker.is_finished or self._current is None:
            return
        # A screen that ends cancels its workers, and a thread goes on regardless.
        self._current.stop()
        self._set_running(None)
        record, error = event.worker.result, event.worker.error
        if isinstance(error, StoppedError) or event.worker.is_cancelled:
            self._say(Text("stopped", style="bold yellow"))
        elif isinstance(record, RunRecord):
            for line in record_lines(record):
                self._say(line)
        else:
            self._say(Text(plain(str(error) or type(error).__name__), style="bold red"))
        if not isinstance(record, RunRecord) or (record.failed and self._images == 1):
            self.query_one(ProgressBar).update(total=1, progress=0)

    def _set_running(self, running: Running | None) -> None:
        self._current = running
        self.query_one("#start", Button).disabled = running is not None
        self.query_one("#stop", Button).disabled = running is None

    def _say(self, line: Text) -> None:
        self.query_one(RichLog).write(line)
