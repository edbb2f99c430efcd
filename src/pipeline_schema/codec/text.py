"""Texts: what JSON and YAML have in common, which is UTF-8 with lines and columns."""

from __future__ import annotations

import codecs
from typing import Final

from pipeline_schema.limits import MAX_BYTES
from pipeline_schema.positions import line_column
from pipeline_schema.problems import Code, Problem

__all__ = ["is_utf8", "problem_at", "to_bytes"]

_CHUNK: Final = 1 << 18
_BOMS: Final = (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def to_bytes(text: str | bytes, problems: list[Problem]) -> bytes | None:
    """The text in UTF-8; None and a `parse-error` if it has none."""
    if not isinstance(text, str):
        return bytes(text)
    # A text above the limit is above it in UTF-8, too; one byte more than it is enough to say so.
    text = text[: MAX_BYTES + 1]
    try:
        return text.encode()
    except UnicodeEncodeError as error:
        line = text.count("\n", 0, error.start) + 1
        column = error.start - text.rfind("\n", 0, error.start)
        message = "the text holds half a surrogate pair, which is no character"
        problems.append(Problem(code="parse-error", message=message, line=line, column=column))
        return None


def is_utf8(data: bytes, problems: list[Problem]) -> bool:
    """Whether a text is UTF-8 without a byte order mark; else a `parse-error` says where it is not."""
    if data.startswith(_BOMS):
        message = "the document starts with a byte order mark; save it as UTF-8 without one"
        problems.append(Problem(code="parse-error", message=message, line=1, column=1))
        return False
    if data.isascii():
        return True
    # In pieces: one character beyond the basic plane would make a text of four times the size.
    decoder = codecs.getincrementaldecoder("utf-8")()
    for start in range(0, len(data) + 1, _CHUNK):
        kept = len(decoder.getstate()[0])
        try:
            decoder.decode(data[start : start + _CHUNK], final=start + _CHUNK > len(data))
        except UnicodeDecodeError as error:
            offset = start - kept + error.start
            problems.append(problem_at(data, offset, "the document is not UTF-8 here; save it as UTF-8"))
            return False
    return True


def problem_at(data: bytes, offset: int, message: str, *, code: Code = "parse-error") -> Problem:
    """A problem with the line and column of a byte of the text."""
    line, column = line_column(data, [offset])[offset]
    return Problem(code=code, message=message, line=line, column=column)
