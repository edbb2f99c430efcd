"""JSON: text to plain values and back, stricter than the decoders that there are.

Refused beyond what RFC 8259 refuses: what exceeds a limit, keys that stand twice, halves of surrogate pairs, numbers
that no IEEE double or 64-bit integer holds.
"""

from __future__ import annotations

import re
from typing import Any, Final

import msgspec

from pipeline_schema.codec.building import Decoded
from pipeline_schema.codec.layout import lay_out
from pipeline_schema.codec.survey import Survey, survey
from pipeline_schema.codec.text import problem_at, to_bytes
from pipeline_schema.errors import DocumentError
from pipeline_schema.limits import INT_MAX, INT_MIN, MAX_PROBLEMS
from pipeline_schema.positions import find_duplicates, path_at, place
from pipeline_schema.problems import Problem, pointer, summarize

__all__ = ["decode", "decode_plain", "decode_surveyed", "encode_plain", "place"]

_BYTE = re.compile(r" ?\(byte (\d+)\)")
# Strings are matched whole, so that what looks like a number inside one is passed over.
_NUMBER = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"|(-?[0-9][0-9.eE+-]*+)', re.DOTALL)
# A first half of a pair that no second half follows, or a second half alone; pairs and escaped backslashes are eaten.
_SURROGATE = re.compile(
    rb"\\(?:[^u]|u(?![dD][89a-fA-F])|u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F])|(\\u[dD][89a-fA-F])", re.DOTALL
)


def decode_plain(text: str | bytes) -> Any:
    """Decode JSON to plain values.

    Parameters
    ----------
    text : str or bytes
        At most 16 MiB, 64 levels, 250,000 values.

    Returns
    -------
    None, bool, int, float, str, list or dict

    Raises
    ------
    DocumentError
        With `parse-error`, `limit-exceeded` or `schema-error` problems that have lines and columns.
    """
    problems: list[Problem] = []
    found = None
    data = to_bytes(text, problems)
    if data is not None:
        found = decode(data, problems)
    if found is None or problems:
        raise DocumentError(f"the text can't be read:\n{summarize(problems)}", problems=tuple(problems))
    return found.plain


def encode_plain(plain: Any) -> str:
    """Plain values as JSON for people: indented by two, short objects and lists on one line, one newline at the end."""
    return lay_out(plain) + "\n"


def decode(data: bytes, problems: list[Problem]) -> Decoded | None:
    """Plain values; None if there are none.

    Parameters
    ----------
    data : bytes
    problems : list of Problem
        Gets what is wrong. Duplicate keys and too large integers are problems of a text that could be decoded.
    """
    seen = survey(data, problems)
    return None if seen is None else decode_surveyed(data, seen, problems)


def decode_surveyed(data: bytes, seen: Survey, problems: list[Problem]) -> Decoded | None:
    """As `decode`, of a text that was found to be within the limits."""
    try:
        plain = msgspec.json.decode(data)
    except (msgspec.MsgspecError, ValueError) as error:
        problems.append(_explain(data, error))
        return None
    if _count_members(plain) != seen.members:
        problems.extend(_duplicates(data))
    if seen.has_long_numbers:
        problems.extend(place(_large_integers(plain), data))
    return Decoded(plain)


def _count_members(plain: Any) -> int:
    count = 0
    level = [plain]
    while level:
        count += sum([len(value) for value in level if type(value) is dict])
        level = [
            item
            for value in level
            if type(value) is dict or type(value) is list
            for item in (value.values() if type(value) is dict else value)
            if type(item) is dict or type(item) is list
        ]
    return count


def _duplicates(data: bytes) -> list[Problem]:
    problems = []
    for path, offset in find_duplicates(data):
        # Placed at once: the pointer alone leads to the value, and here the key is meant.
        problem = problem_at(data, offset, f"the key {path[-1]!a:.80} stands twice in one object", code="parse-error")
        problems.append(msgspec.structs.replace(problem, pointer=pointer(*path)))
    return problems


def _large_integers(plain: Any) -> list[Problem]:
    problems: list[Problem] = []
    waiting: list[tuple[tuple[str | int, ...], Any]] = [((), plain)]
    while waiting and len(problems) < MAX_PROBLEMS:
        at, value = waiting.pop()
        if type(value) is dict:
            waiting.extend(((*at, key), item) for key, item in reversed(value.items()))
        elif type(value) is list:
            waiting.extend(((*at, index), value[index]) for index in reversed(range(len(value))))
        elif type(value) is int and not INT_MIN <= value <= INT_MAX:
            message = 'an integer is beyond 64 bits; write {"$int": "digits"}'
            problems.append(Problem(code="schema-error", message=message, pointer=pointer(*at)))
    return problems


# What other languages have, and JSON has not.
_HINTS: Final = (
    (re.compile(rb"[-+]?(?:NaN|nan|Infinity|inf)"), 'it has no NaN and no infinity; write {"$float": "nan"} or "inf"'),
    (re.compile(rb"'"), 'a string stands in double quotes, "like this"'),
    (re.compile(rb"//|/\*|#"), "it has no comments; a note is a key that starts with x-, and YAML has comments"),
    (re.compile(rb"True|False|None"), "it writes true, false and null"),
)


def _explain(data: bytes, error: Exception) -> Problem:
    """A syntax error as a problem: msgspec says at which byte, or only that the end came too early."""
    text = str(error)
    byte = _BYTE.search(text)
    if "out of range" in text:
        for match in _NUMBER.finditer(data):
            if match[1] is not None and _is_infinite(match[1]):
                message = 'a number is out of range; write {"$float": "inf"} if it is meant'
                problem = problem_at(data, match.start(1), message)
                return msgspec.structs.replace(problem, pointer=pointer(*path_at(data, match.start(1))))
    if byte is None or "surrogate" in text:
        for match in _SURROGATE.finditer(data):
            if match[1] is not None:
                return problem_at(data, match.start(1), "an escape is half of a surrogate pair, which is no character")
    if byte is not None:
        what = _BYTE.sub("", text).removeprefix("JSON is malformed: ")
        at = min(int(byte[1]), len(data))
        for start, hint in _HINTS:
            if start.match(data, at):
                what = hint
        return problem_at(data, at, f"this is not JSON: {what}")
    if not data.strip():
        return problem_at(data, 0, "the document is empty")
    return problem_at(data, len(data.rstrip()), "the document ends too early: something is not closed")


def _is_infinite(number: bytes) -> bool:
    try:
        return float(number) in (float("inf"), float("-inf"))
    except ValueError:
        return False
