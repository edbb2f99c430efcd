"""Rows of the form that every step has: its id, and the options of its call."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import UNSET, UnsetType
from rich.text import Text
from textual import on
from textual.content import Content
from textual.suggester import SuggestFromList
from textual.widget import Widget
from textual.widgets import Input, Select

from pipeline_schema.document import Options
from pipeline_schema.errors import UsageError
from pipeline_schema.tui.literal import plain
from pipeline_schema.tui.model import Editor
from pipeline_schema.tui.row import Row
from registry.options import DTYPES, wrong_options

__all__ = ["DtypeRow", "IdRow", "SliceRow"]


class _StepRow(Row):
    """A row that belongs to a step, and not to one of its parameters."""

    name_shown = ""
    doc = ""

    def __init__(self, editor: Editor, index: int) -> None:
        super().__init__()
        self._editor = editor
        self._index = index

    def label(self) -> Content:
        return Content.assemble((self.name_shown, "bold"), (f"  {self.doc}", "dim"))


class IdRow(_StepRow):
    """The step's id; references follow when it changes."""

    name_shown = "id"
    doc = "what other steps call it"

    def controls(self) -> Iterable[Widget]:
        """Text; empty is left to the function's name."""
        written = self._editor.step(self._index).id
        yield Input(plain(written or ""), placeholder=plain(self._editor.ids[self._index]), compact=True, classes="id")

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        before = self._editor.pipeline
        if event.value == plain(self._editor.step(self._index).id or ""):
            self.say("")
            return
        try:
            self._editor.rename(self._index, event.value)
        except UsageError as error:
            self.say(str(error))
            return
        self.say("")
        if self._editor.pipeline is not before:
            self.post_message(self.Edited())


class SliceRow(_StepRow):
    """The option ``slice_by_slice``."""

    name_shown = "slice_by_slice"
    doc = "call it on each slice of a stack: true, or axes such as TZ"

    def controls(self) -> Iterable[Widget]:
        """Text: ``true``, or letters of axes."""
        value = self._editor.step(self._index).options.slice_by_slice
        text = value if isinstance(value, str) else "" if value is UNSET else str(value).lower()
        yield Input(plain(text), placeholder="default: false", suggester=SuggestFromList(["true", "TZ"]), compact=True)

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        words: dict[str, bool | UnsetType] = {"": UNSET, "false": False, "true": True}
        text = event.value.strip()
        value = words.get(text, text)
        wrong = wrong_options(Options(slice_by_slice=value))
        self.say(wrong[0][1] if wrong else "")
        if not wrong and value != self._editor.step(self._index).options.slice_by_slice:
            self._editor.set_option(self._index, "slice_by_slice", value)
            self.post_message(self.Edited())


class DtypeRow(_StepRow):
    """The option ``dtype``."""

    name_shown = "dtype"
    doc = "of the result: as the function gives it, as the input's, or one of these"

    def controls(self) -> Iterable[Widget]:
        """A choice of dtypes; one that is not known is kept."""
        value = self._editor.step(self._index).options.dtype
        known = DTYPES if value in DTYPES else (*DTYPES, value)
        yield Select([(Text(plain(name)), name) for name in known], value=value, allow_blank=False, compact=True)

    @on(Select.Changed)
    def _chosen(self, event: Select.Changed) -> None:
        event.stop()
        if isinstance(event.value, str) and event.value != self._editor.step(self._index).options.dtype:
            self._editor.set_option(self._index, "dtype", event.value)
            self.post_message(self.Edited())
