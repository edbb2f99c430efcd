"""The pane of functions: a thousand of them, found by typing."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Button, Input, OptionList, Static
from textual.widgets.option_list import Option

from pipeline_schema.tui.literal import literal
from pipeline_schema.tui.search import Finder
from registry.entry import FunctionEntry
from registry.libraries import missing

__all__ = ["Library"]

# Nobody scrolls further, and a list of a thousand rows is slow at each letter.
_MOST_SHOWN = 100


class Library(Vertical):
    """Search, choose, read about and add functions.

    Parameters
    ----------
    finder : Finder
        Of the functions that can be chosen.
    """

    DEFAULT_CSS = """
    Library {
        #search { margin: 0 0 1 0; }
        #found {
            height: 1fr;
            border: none;
            padding: 0;
            background: transparent;
            text-wrap: nowrap;
            text-overflow: ellipsis;
        }
        #about { height: auto; max-height: 6; margin: 1 0 0 0; color: $text-muted; }
        #add { width: 100%; margin: 1 0 0 0; }
    }
    """
    BORDER_TITLE = "Functions"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("down", "to_list", show=False)]

    class Chosen(Message):
        """A function is to be added."""

        def __init__(self, key: str) -> None:
            super().__init__()
            self.key = key

    def __init__(self, finder: Finder) -> None:
        super().__init__(id="library", classes="pane")
        self._finder = finder
        self._shown: list[FunctionEntry] = []

    def compose(self) -> ComposeResult:
        """The search on top, what is found below it, and what is known about the one that is highlighted."""
        yield Input(placeholder="search, for example blur", compact=True, id="search")
        yield OptionList(id="found", compact=True)
        yield Static(id="about", markup=False)
        yield Button("Add to pipeline", id="add", variant="primary", compact=True)

    def on_mount(self) -> None:
        """Show everything."""
        self._show("")

    def choose(self) -> None:
        """Add the function that is highlighted."""
        entry = self._highlighted()
        if entry is not None:
            self.post_message(self.Chosen(entry.key))

    def action_to_list(self) -> None:
        """Go from the search to what was found."""
        self.query_one("#found").focus()

    @on(Input.Changed, "#search")
    def _search(self, event: Input.Changed) -> None:
        event.stop()
        self._show(event.value)

    @on(Input.Submitted, "#search")
    @on(OptionList.OptionSelected, "#found")
    @on(Button.Pressed, "#add")
    def _choose(self, event: Message) -> None:
        event.stop()
        self.choose()

    @on(OptionList.OptionHighlighted, "#found")
    def _tell(self, event: OptionList.OptionHighlighted) -> None:
        event.stop()
        entry = self._highlighted()
        self.query_one("#about", Static).update(_about(entry) if entry is not None else "")

    def _highlighted(self) -> FunctionEntry | None:
        index = self.query_one("#found", OptionList).highlighted
        return self._shown[index] if index is not None and index < len(self._shown) else None

    def _show(self, text: str) -> None:
        found = self._finder.find(text)
        self._shown = found[:_MOST_SHOWN]
        options = [Option(_row(entry)) for entry in self._shown]
        if len(found) > len(self._shown):
            options.append(Option(f"{len(found) - len(self._shown)} more: type to find them", disabled=True))
        listed = self.query_one("#found", OptionList)
        listed.set_options(options)
        listed.highlighted = 0 if self._shown else None
        self.border_subtitle = f"{len(found):,} of {len(self._finder):,}"
        if not found:
            self.query_one("#about", Static).update("no function matches; try fewer or other words")


def _row(entry: FunctionEntry) -> Content:
    # The name first: where the pane is narrow, the library is what can be cut.
    return Content.assemble(literal(entry.name), literal(f"  {entry.library}", "dim")).truncate(200)


def _about(entry: FunctionEntry) -> Content:
    lacking = missing(entry.library)
    parts = [literal(entry.key, "bold $text"), literal(f"\n{entry.summary}")]
    parts.append(literal(f"\ngives {entry.kind}, on {entry.input_memory_type}", "$text-accent"))
    if lacking is not None:
        parts.append(literal(f"\nnot here: {lacking.message}", "$text-warning"))
    return Content.assemble(*parts)
