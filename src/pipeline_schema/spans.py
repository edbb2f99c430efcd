"""Spans: how far the key and the value reach that stand at a place of a text.

A problem says where a value begins. What is read here is only the text around that place, so that it costs the same in
a large document as in a small one, and works for a text that is no document yet.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from functools import cached_property
from itertools import accumulate
from typing import NamedTuple

__all__ = ["Span", "Spans", "Text"]

_QUOTED = re.compile(r'"(?:[^"\\\n]|\\.)*+"|\'(?:[^\'\n]|\'\')*+\'')
# A number, a word, or a bare text of YAML: it ends where a line, an item or a comment does.
_BARE = re.compile(r"[^\s,{}\[\]\"'](?:[^,{}\[\]\n:#]|:(?!\s)|(?<!\s)#)*+")
_BARE_KEY = re.compile(r"[^\s,{}\[\]\"'-](?:[^,{}\[\]\n\"':#]|(?<!\s)#)*+\Z")
# Keys are far shorter; one that is not is not looked for.
_LONGEST_KEY = 400
# Of a text, in which newlines are counted together.
_PART = 4096


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
        self._last = Span(0, -1)

    @cached_property
    def _newlines(self) -> list[int]:
        """How many newlines stand before each part of the text, and in all of it.

        A place of each would take 500 MB for 16 MiB of empty lines.
        """
        counts = (self.text.count("\n", at, at + _PART) for at in range(0, len(self.text), _PART))
        return [0, *accumulate(counts)]

    def offset(self, line: int, column: int) -> int:
        """The offset of a line and column, both from 1; the nearest one where the text ends before."""
        before = min(line - 1, self._newlines[-1])
        part = max(bisect_left(self._newlines, before) - 1, 0)
        at = part * _PART - 1
        for _ in range(before - self._newlines[part]):
            at = self.text.find("\n", at + 1)
        start = at + 1 if before else 0
        return min(start + column - 1, self.line_at(start).end)

    def place(self, offset: int) -> tuple[int, int]:
        """Line and column, from 1, of an offset."""
        part = offset // _PART
        line = self._newlines[part] + self.text.count("\n", part * _PART, offset) + 1
        return line, offset - self.line_at(offset).start + 1

    def line_at(self, offset: int) -> Span:
        """The line that an offset is in, without what ends it."""
        if not self._last.start <= offset <= self._last.end:
            start = self.text.rfind("\n", 0, offset) + 1
            end = self.text.find("\n", offset)
            # Kept for the next one, since a document of one line may have a thousand problems.
            self._last = Span(start, len(self.text) if end < 0 else end)
        start, end = self._last
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
