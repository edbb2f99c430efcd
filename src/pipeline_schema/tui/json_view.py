"""A document's text on the screen, coloured: to be read and selected, not to be typed into."""

from __future__ import annotations

import re
import unicodedata

from rich.style import Style
from rich.text import Text
from textual.widgets import TextArea

__all__ = ["JsonView"]

# In a line of pretty JSON no string goes on to the next, so each line can be coloured by itself.
_TOKEN = re.compile(
    r'(?P<key>"(?:[^"\\]|\\.)*")(?=\s*:)|(?P<string>"(?:[^"\\]|\\.)*")'
    r"|(?P<number>-?\d[\d.eE+-]*)|(?P<word>true|false|null)"
)
_COLOURS = {"key": "primary-lighten-2", "string": "success", "number": "accent", "word": "warning"}


class JsonView(TextArea):
    """Read-only JSON.

    Parameters
    ----------
    text : str
        Shown as it is, control characters apart (the text that is copied and saved has them).
    """

    def __init__(self, text: str) -> None:
        super().__init__(
            text, read_only=True, soft_wrap=True, show_line_numbers=True, highlight_cursor_line=False, id="json"
        )

    def get_line(self, line_index: int) -> Text:
        """A line, coloured."""
        written = self.document.get_line(line_index)
        # As many characters as before: the cursor counts them.
        shown = "".join("\N{REPLACEMENT CHARACTER}" if unicodedata.category(c)[0] == "C" else c for c in written)
        line = Text(shown, end="", no_wrap=True)
        theme = self.app.theme_variables
        for match in _TOKEN.finditer(written):
            colour = theme.get(_COLOURS[match.lastgroup or ""], "")
            if colour.startswith("#"):
                line.stylize(Style(color=colour[:7]), *match.span())
        return line
