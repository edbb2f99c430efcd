"""Surveying a JSON text: its limits, judged before anything is decoded.

A decoder recurses and allocates as the text tells it to. So the text is first looked over with operations on bytes
that run at the speed of memory: strings are cut out, and what is left, a few marks and digits, tells depth, number of
values and of members. A bracket inside a string is never counted.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

import msgspec

from pipeline_schema.codec.text import is_utf8, problem_at
from pipeline_schema.limits import MAX_BYTES, MAX_DEPTH, MAX_DIGITS, MAX_STRING, MAX_VALUES
from pipeline_schema.problems import Problem

__all__ = ["Survey", "survey"]

_CHUNK: Final = 1 << 18
_SPACE: Final = b" \t\r\n"
# Of what stands outside strings: one kind of bracket, one digit.
_MARKS: Final = bytes.maketrans(b"{}123456789", b"[]000000000")
_NOT_BRACKETS: Final = bytes(byte for byte in range(256) if byte not in b"[]")
_BRACKET: Final = re.compile(rb'"[^"]*+"?|[\[{]|[\]}]')
# 2**63 has as many digits: fewer are within 64 bits.
_LONG_NUMBER: Final = b"0" * 19
_PAYLOAD: Final = re.compile(rb'"base64"\s*:\s*', re.ASCII)


class Survey(NamedTuple):
    """What a look at the text tells.

    Attributes
    ----------
    members : int
        Members of objects, duplicates included, if the text is well-formed.
    has_long_numbers : bool
        Whether an integer may be beyond 64 bits.
    has_long_strings : bool
        Whether there are strings that take more than the limit to write.
    """

    members: int
    has_long_numbers: bool
    has_long_strings: bool


def survey(data: bytes, problems: list[Problem]) -> Survey | None:
    """Look over a JSON text.

    Parameters
    ----------
    data : bytes
        It need not be well-formed.
    problems : list of Problem
        Gets `limit-exceeded`, and `parse-error` for what is not UTF-8.

    Returns
    -------
    Survey or None
        None if the text must not be decoded.
    """
    if len(data) > MAX_BYTES:
        message = f"the document has more than the {MAX_BYTES} bytes that are read; put arrays into $file"
        problems.append(Problem(code="limit-exceeded", message=message, line=1, column=1))
        return None
    if not is_utf8(data, problems):
        return None
    # Escaped quotes and backslashes become other characters of the same length, so that every quote left is one.
    masked = data.replace(b"\\\\", b"__").replace(b'\\"', b"__") if b"\\" in data else data
    # What can't be in a short text is not looked for: most texts are short.
    long_strings = _find_long_strings(masked) if len(data) > MAX_STRING else []
    for start, is_payload in long_strings:
        if not is_payload and _is_too_long(data, start, masked.find(b'"', start + 1)):
            message = f"a string is longer than {MAX_STRING} bytes; only the base64 of an array may be"
            problems.append(problem_at(data, start, message, code="limit-exceeded"))
            return None
    marks = _outside_strings(masked)
    brackets = marks.count(b"[")
    if brackets + marks.count(b",") >= MAX_VALUES:
        message = f"the document has more than {MAX_VALUES} values; write a large array as base64 or as a $file"
        problems.append(Problem(code="limit-exceeded", message=message, line=1, column=1))
        return None
    if brackets > MAX_DEPTH and _is_too_deep(marks):
        message = f"the document is nested deeper than {MAX_DEPTH} levels"
        problems.append(problem_at(data, _find_too_deep(masked), message, code="limit-exceeded"))
        return None
    if len(marks) > MAX_DIGITS and b"0" * (MAX_DIGITS + 1) in marks:
        message = f"a number has more than {MAX_DIGITS} digits"
        problems.append(Problem(code="limit-exceeded", message=message, line=1, column=1))
        return None
    return Survey(marks.count(b":"), _LONG_NUMBER in marks, bool(long_strings))


def _find_long_strings(masked: bytes) -> list[tuple[int, bool]]:
    """Offset of each string above the limit, and whether it stands where the payload of an array does."""
    found = []
    quotes, counted, at = 0, 0, masked.find(b'"')
    while at >= 0:
        # From quote to quote in the longest strides that pass over no long string.
        stride = masked.rfind(b'"', at + 1, at + 2 + MAX_STRING)
        if stride < 0:
            stride = masked.find(b'"', at + 1)
            quotes += masked.count(b'"', counted, at + 1)
            counted = at + 1
            if quotes % 2 and (stride >= 0 or len(masked) - at > MAX_STRING):
                found.append((at, _is_payload(masked, at)))
        at = stride
    return found


def _is_too_long(data: bytes, start: int, end: int) -> bool:
    """Whether a string that takes more than the limit to write is longer than that: escapes take up to six bytes."""
    if not 0 <= end - start - 1 <= 6 * MAX_STRING:
        return True
    try:
        return len(msgspec.json.decode(data[start : end + 1], type=str).encode()) > MAX_STRING
    except msgspec.DecodeError:
        return False  # no string at all, which whoever decodes it says


def _is_payload(masked: bytes, quote: int) -> bool:
    key = masked.rfind(b'"base64"', max(0, quote - 64), quote)
    return key >= 0 and _PAYLOAD.fullmatch(masked, key, quote) is not None


def _outside_strings(masked: bytes) -> bytes:
    """What stands outside strings, without white space, with one kind of bracket and one digit."""
    if len(masked) <= _CHUNK:
        return b"".join(masked.split(b'"')[::2]).translate(_MARKS, _SPACE)
    parts, inside = [], 0
    # In pieces: a text of nothing but quotes would become a list of 16 million parts.
    for start in range(0, len(masked), _CHUNK):
        pieces = masked[start : start + _CHUNK].split(b'"')
        parts.append(b"".join(pieces[inside::2]).translate(_MARKS, _SPACE))
        inside ^= 1 - len(pieces) % 2
    return b"".join(parts)


def _is_too_deep(marks: bytes) -> bool:
    brackets = marks.translate(None, _NOT_BRACKETS)
    # Each round removes the innermost pairs. An outermost bracket goes in the round that equals its depth.
    for _ in range(MAX_DEPTH):
        outer = brackets.replace(b"[]", b"")
        if len(outer) == len(brackets):
            break
        brackets = outer
    # What is left is unbalanced, which the decoder will say, or goes deeper.
    return b"[]" in brackets or brackets.count(b"[") > MAX_DEPTH


def _find_too_deep(masked: bytes) -> int:
    """Offset of the first bracket below the limit; 0 if there is none."""
    depth = 0
    for match in _BRACKET.finditer(masked):
        mark = masked[match.start()]
        if mark in b"[{":
            depth += 1
            if depth > MAX_DEPTH:
                return match.start()
        elif mark in b"]}":
            depth = max(depth - 1, 0)
    return 0
