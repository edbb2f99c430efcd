"""Spans: how far the key and the value reach that stand at a place of a text.

A problem says where a value begins. What is read here is only the text around that place, so that it costs the same in
a large document as in a small one, and works for a text that is no document yet.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import NamedTuple

__all__ = ["Span", "Spans", "Text"]

_QUOTED = re.compile(r'"(?:[^"\\\n]|\\.)*+"|\'(?:[^\'\n]|\'\')*+\'')
# A number, a word, or a bare text of YAML: it ends where a line, an item or a comment does.
_BARE = re.compile(r"[^\s,{}\[\]\"'](?:[^,{}\[\]\n:#]|:(?!\s)|(?<!\s)#)*+")
_BARE_KEY = re.compile(r"[^\s,{}\[\]\"'-](?:[^,{}\[\]\n\"':#]|(?<!\s)#)*+\Z")
# Keys are far shorter; one that is not is not looked for.
_LONGEST_KEY = 400


class Span(NamedTuple):
    """From the first character to behind the last, as offsets into a text."""

    start: int
    end: int


class Spans(NamedTuple):
    """What stands at a place.

    Attributes
    ----------
    key : Span or None
        With its quotes; None of an item of a list, and of the document itself.
    value : Span
        With its quotes. Of an object or a list it is the bracket that opens it; where a key stands at the place, it
        is that key.
    """

    key: Span | None
    value: Span


class Text:
    """A text, its lines, and what stands where.

    Parameters
    ----------
    text : str or bytes
        In UTF-8; bytes that are none are replaced, as in counting columns.
    """

    def __init__(self, text: str | bytes) -> None:
        self.text = text if isinstance(text, str) else text.decode("utf-8", "replace")
        self._starts = [0, *(match.end() for match in re.finditer("\n", self.text))]

    def offset(self, line: int, column: int) -> int:
        """The offset of a line and column, both from 1; the nearest one where the text ends before."""
        start = self._starts[min(line, len(self._starts)) - 1]
        return min(start + column - 1, self.line_at(start).end)

    def place(self, offset: int) -> tuple[int, int]:
        """Line and column, from 1, of an offset."""
        line = bisect_right(self._starts, offset)
        return line, offset - self._starts[line - 1] + 1

    def line_at(self, offset: int) -> Span:
        """The line that an offset is in, without what ends it."""
        line = bisect_right(self._starts, offset)
        start = self._starts[line - 1]
        end = self._starts[line] - 1 if line < len(self._starts) else len(self.text)
        return Span(start, end - 1 if end > start and self.text[end - 1] == "\r" else end)

    def spans(self, line: int, column: int) -> Spans:
        """What stands at a line and column."""
        start = self.offset(line, column)
        match = _QUOTED.match(self.text, start) or _BARE.match(self.text, start)
        end = start + len(match[0].rstrip()) if match is not None else min(start + 1, self.line_at(start).end)
        return Spans(self._key_before(start), Span(start, end))

    def _key_before(self, offset: int) -> Span | None:
        """The key whose value begins at an offset."""
        before = self.text[max(offset - _LONGEST_KEY, 0) : offset].rstrip()
        if not before.endswith(":"):
            return None
        before = before[:-1].rstrip()
        if before[-1:] in ('"', "'"):
            start = _opening_quote(before)
        else:
            match = _BARE_KEY.search(before)
            start = -1 if match is None else match.start()
        if start < 0:
            return None
        shift = max(offset - _LONGEST_KEY, 0)
        return Span(shift + start, shift + len(before))


def _opening_quote(before: str) -> int:
    """Where the quoted text begins that a text ends with; -1 if nowhere."""
    quote = before[-1]
    at = before.rfind(quote, 0, len(before) - 1)
    while at > 0 and quote == '"' and (at - len(before[:at].rstrip("\\"))) % 2:
        at = before.rfind(quote, 0, at)
    return at
