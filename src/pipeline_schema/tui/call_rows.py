"""Rows of the form that every step has: its id, and the options of its call."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

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
from registry.entry import FunctionEntry
from registry.options import DTYPES, ON_OOM, SCALES, wrong_options
from registry.slicing import gives_labels

__all__ = [
    "DeviceRow",
    "DtypeRow",
    "IdRow",
    "MemoryRow",
    "OnOomRow",
    "ScaleRow",
    "SliceRow",
    "UniqueLabelsRow",
    "call_rows",
]


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


class ChoiceRow(_StepRow):
    """An option that is one of a few values; one that is not known is kept."""

    # The values by the words that are shown for them.
    choices: Mapping[str, Any] = {}

    def controls(self) -> Iterable[Widget]:
        """A choice of words."""
        value = getattr(self._editor.step(self._index).options, self.name_shown)
        self._words = dict(self.choices)
        word = next((word for word, known in self._words.items() if known == value), None)
        if word is None:
            self._words[word := plain(str(value))] = value
        yield Select([(Text(plain(word)), word) for word in self._words], value=word, allow_blank=False, compact=True)

    @on(Select.Changed)
    def _chosen(self, event: Select.Changed) -> None:
        event.stop()
        value = self._words[str(event.value)]
        if value != getattr(self._editor.step(self._index).options, self.name_shown):
            self._editor.set_option(self._index, self.name_shown, value)
            self.post_message(self.Edited())


class DtypeRow(ChoiceRow):
    """The option ``dtype``."""

    name_shown = "dtype"
    doc = "of the result: as the function gives it, as the input's, or one of these"
    choices = dict(zip(DTYPES, DTYPES, strict=True))


class ScaleRow(ChoiceRow):
    """The option ``scale``."""

    name_shown = "scale"
    doc = "how another dtype maps values"
    choices = dict(zip(SCALES, SCALES, strict=True))


class UniqueLabelsRow(ChoiceRow):
    """The option ``unique_labels``."""

    name_shown = "unique_labels"
    doc = "with slices: labels of a slice go on counting where those of the one before end"
    choices: Mapping[str, Any] = {"false": False, "true": True}


class MemoryRow(ChoiceRow):
    """The option ``memory``."""

    name_shown = "memory"
    doc = "where it works: on NumPy's arrays, or CuPy's"
    choices: Mapping[str, Any] = {"by itself": None, "numpy": "numpy", "cupy": "cupy"}


class OnOomRow(ChoiceRow):
    """The option ``on_oom``."""

    name_shown = "on_oom"
    doc = "when the device has no memory left: try again, then by slices or on the CPU, or raise at once"
    choices = dict(zip(ON_OOM, ON_OOM, strict=True))


class DeviceRow(_StepRow):
    """The option ``device``."""

    name_shown = "device"
    doc = "index of the device where it works"

    def controls(self) -> Iterable[Widget]:
        """A whole number; empty leaves it to the worker."""
        value = self._editor.step(self._index).options.device
        yield Input("" if value is None else str(value), placeholder="default: the worker's", compact=True)

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        text = event.value.strip()
        if text and not (text.isascii() and text.isdecimal()):
            self.say(f"device is {text!a}; it is an index, 0 or more")
            return
        self.say("")
        value = int(text) if text else None
        if value != self._editor.step(self._index).options.device:
            self._editor.set_option(self._index, "device", value)
            self.post_message(self.Edited())


def call_rows(editor: Editor, index: int, entry: FunctionEntry | None) -> Iterator[Row]:
    """The options that mean something for a step's function, and those that the document says.

    Parameters
    ----------
    editor : Editor
    index : int
        Of the step.
    entry : FunctionEntry or None
        Of its function, where that is known.
    """
    options = editor.step(index).options
    on_device = entry is not None and (entry.input_memory_type != "numpy" or options.memory == "cupy")
    fits = {
        UniqueLabelsRow: entry is not None and gives_labels(entry),
        MemoryRow: entry is not None and entry.library == "builtin",
        DeviceRow: on_device,
        OnOomRow: on_device,
    }
    default = Options()
    for row in (SliceRow, UniqueLabelsRow, DtypeRow, ScaleRow, MemoryRow, DeviceRow, OnOomRow):
        if fits.get(row, True) or getattr(options, row.name_shown) != getattr(default, row.name_shown):
            yield row(editor, index)
