"""The line of a document at which something is wrong, with the place marked below it."""

from __future__ import annotations

import unicodedata

from pipeline_schema.escapes import one_line
from pipeline_schema.spans import Span, Spans, Text

__all__ = ["excerpt"]

_TAB = "    "
_CUT = "..."
# How much of the line is kept before the place where the line is too long.
_BEFORE = 0.4


def excerpt(text: Text, spans: Spans, width: int) -> tuple[str, str]:
    """The line that a place is in, and marks for the line below.

    Parameters
    ----------
    text : Text
    spans : Spans
        The place; its value is marked ``^^^^``, its key, if that is in the same line, ``~~~~``.
    width : int
        How many columns of a terminal there are; a longer line is cut around the place.

    Returns
    -------
    line, marks : str
        Aligned on a terminal, also below tabs, wide characters, and those that are shown escaped.
    """
    line = text.line_at(spans.value.start)
    start, end = _window(text.text, line, spans, width)
    value = Span(spans.value.start, max(spans.value.end, spans.value.start + 1))
    shown = _CUT if start > line.start else ""
    marks = " " * len(shown)
    for at in range(start, end):
        drawn = _drawn(text.text[at])
        shown += drawn
        marks += _mark(at, value, spans.key) * _columns(drawn)
    if value.start >= end:  # the place is the end of the line
        marks += "^"
    return shown + (_CUT if end < line.end else ""), marks.rstrip()


def _mark(at: int, value: Span, key: Span | None) -> str:
    if value.start <= at < value.end:
        return "^"
    return "~" if key is not None and key.start <= at < key.end else " "


def _window(text: str, line: Span, spans: Spans, width: int) -> tuple[int, int]:
    """The part of the line that is shown: all of it, or as much around the place as fits."""
    width = max(width - 2 * len(_CUT), 16)
    # No more is looked at than can fit: a document may be one line of megabytes.
    if line.end - line.start <= width and _width_of(text[line.start : line.end]) <= width + 2 * len(_CUT):
        return line.start, line.end
    first = spans.key.start if spans.key is not None and spans.key.start >= line.start else spans.value.start
    first = max(first, spans.value.start - width // 2)
    start = _back(text, first, line.start, int(width * _BEFORE))
    end, room = start, width
    while end < line.end and (room := room - _columns(_drawn(text[end]))) >= 0:
        end += 1
    # Where the line ends early, what is left goes to what stands before.
    return _back(text, start, line.start, max(room, 0)), end


def _back(text: str, at: int, least: int, room: int) -> int:
    """How far a line can be followed back in so many columns."""
    while at > least and (room := room - _columns(_drawn(text[at - 1]))) >= 0:
        at -= 1
    return at


def _drawn(character: str) -> str:
    return _TAB if character == "\t" else one_line(character)


def _width_of(text: str) -> int:
    return sum(_columns(_drawn(character)) for character in text)


def _columns(drawn: str) -> int:
    """How many columns of a terminal a text takes."""
    if drawn.isascii():
        return len(drawn)
    return sum(_columns_of(character) for character in drawn)


def _columns_of(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
