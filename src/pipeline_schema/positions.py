"""Positions: from places in a JSON document to lines and columns of its text.

A decoder keeps no positions. This small scanner finds them afterwards, and only when there is something to report: it
takes JSON that was decoded already, runs in time proportional to the text, and does not recurse.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeVar

import msgspec

from pipeline_schema.limits import MAX_PROBLEMS
from pipeline_schema.problems import Problem

__all__ = ["find_duplicates", "line_column", "locate", "nearest", "path_at", "place", "put_places"]

# A string and the colon that makes it a key, a bracket, or a number or word. Commas tell nothing that these don't.
_TOKEN = re.compile(rb'"[^"\\]*+(?:\\.[^"\\]*+)*+"(\s*:)?+|[{}\[\]]|[^\s{}\[\],:"]++', re.DOTALL)

_LIST = ord("[")

_Path = tuple[str, ...]

T = TypeVar("T")


def locate(text: str | bytes, pointer: str) -> tuple[int, int]:
    """Where a JSON Pointer leads.

    Parameters
    ----------
    text : str or bytes
        Well-formed JSON.
    pointer : str
        RFC 6901; of a key that stands twice the last one counts, as for a decoder.

    Returns
    -------
    line, column : int
        From 1, of the first character of the value; columns count characters. Where the pointer leads to nothing,
        the nearest value around it.
    """
    data = _encoded(text)
    offset = _offsets(data, [pointer])[pointer]
    return line_column(data, [offset])[offset]


def place(problems: Iterable[Problem], text: str | bytes) -> list[Problem]:
    """The same problems, with line and column.

    Parameters
    ----------
    problems : iterable of Problem
        Those that have a line already keep it.
    text : str or bytes
        The document that they are about: well-formed JSON.
    """
    data = _encoded(text)

    def lines(wanted: list[str]) -> dict[str, tuple[int, int]]:
        offsets = _offsets(data, wanted)
        found = line_column(data, offsets.values())
        return {pointer: found[offset] for pointer, offset in offsets.items()}

    return put_places(problems, lines)


def put_places(
    problems: Iterable[Problem], lines: Callable[[list[str]], Mapping[str, tuple[int, int]]]
) -> list[Problem]:
    """The same problems, with the line and column that a format finds for each pointer, all in one pass.

    Parameters
    ----------
    problems : iterable of Problem
        Those that have a line already keep it.
    lines : callable
        From pointers to line and column.
    """
    problems = list(problems)
    wanted = [problem.pointer for problem in problems if problem.line is None]
    if not wanted:
        return problems
    found = lines(wanted)
    return [
        msgspec.structs.replace(problem, line=found[problem.pointer][0], column=found[problem.pointer][1])
        if problem.line is None
        else problem
        for problem in problems
    ]


def line_column(data: bytes, offsets: Iterable[int]) -> dict[int, tuple[int, int]]:
    """Lines and columns, from 1, of byte offsets; columns count characters."""
    found = {}
    line, column, at = 1, 1, 0
    # In order, each counted on from the one before: a document can be one long line with a thousand problems.
    for offset in sorted(set(offsets)):
        newline = data.rfind(b"\n", at, offset)
        if newline >= 0:
            line += data.count(b"\n", at, offset)
            column, at = 1, newline + 1
        column += len(data[at:offset].decode("utf-8", "replace"))
        at = offset
        found[offset] = (line, column)
    return found


def find_duplicates(data: bytes) -> list[tuple[_Path, int]]:
    """Members of objects whose key stands there a second time: the path of each, and the offset of its key.

    Parameters
    ----------
    data : bytes
        Well-formed JSON.

    Returns
    -------
    list of tuple
        At most `MAX_PROBLEMS`.
    """
    found = []
    # The keys seen so far of each open container on the way to the current value.
    seen: list[set[str]] = []
    for path, key, _ in _walk(data):
        depth = len(path)
        del seen[depth:]
        if depth == 0:
            continue
        if len(seen) < depth:
            seen.append(set())
        if path[-1] in seen[-1]:
            found.append((tuple(path), key))
            if len(found) >= MAX_PROBLEMS:
                break
        seen[-1].add(path[-1])
    return found


def path_at(data: bytes, offset: int) -> _Path:
    """The path of the value that starts at an offset; empty if none does. The JSON is well-formed up to there."""
    for path, _, start in _walk(data):
        if start >= offset:
            return tuple(path) if start == offset else ()
    return ()


def _walk(data: bytes) -> Iterator[tuple[list[str], int, int]]:
    """Every value in order: its path (the same list each time), the offset of its key (or of itself), and its own."""
    path: list[str] = []
    # For each open container, the index of its next element; -1 for an object.
    following: list[int] = []
    key = 0
    for match in _TOKEN.finditer(data):
        start = match.start()
        if match[1] is not None:
            path[-1] = _key(data[start : match.start(1)])
            key = start
            continue
        mark = data[start]
        if mark in b"]}":
            path.pop()
            following.pop()
            continue
        if not following or following[-1] >= 0:
            key = start
            if following:
                path[-1] = str(following[-1])
                following[-1] += 1
        yield path, key, start
        if mark in b"[{":
            following.append(0 if mark == _LIST else -1)
            path.append("")


def _key(token: bytes) -> str:
    return msgspec.json.decode(token, type=str) if b"\\" in token else token[1:-1].decode("utf-8", "replace")


def _offsets(data: bytes, pointers: Iterable[str]) -> dict[str, int]:
    """Offset of the value at each pointer, or of the nearest one around it."""
    return nearest(((path, start) for path, _, start in _walk(data)), pointers, default=0)


def nearest(walk: Iterable[tuple[list[str], T]], pointers: Iterable[str], *, default: T) -> dict[str, T]:
    """The place of the value at each pointer, or of the nearest one around it.

    Parameters
    ----------
    walk : iterable of tuple
        Path and place of every value of a document, in order; of a path that comes twice the last counts.
    pointers : iterable of str
    default : place
        Where nothing is found.
    """
    paths = {pointer: _split(pointer) for pointer in pointers}
    found: dict[_Path, T | None] = {path[:length]: None for path in paths.values() for length in range(len(path) + 1)}
    # Most values of a large document are not asked for: their length and last part tell, before a path is made.
    ends = {(len(path), path[-1] if path else "") for path in found}
    for here, place in walk:
        if (len(here), here[-1] if here else "") not in ends:
            continue
        path = tuple(here)
        if path in found:
            found[path] = place
            if len(found) == 1:
                break  # only the document itself was asked for
    places = {}
    for pointer, path in paths.items():
        while path and found[path] is None:
            path = path[:-1]
        place_of = found[path]
        places[pointer] = default if place_of is None else place_of
    return places


def _split(pointer: str) -> _Path:
    return tuple(part.replace("~1", "/").replace("~0", "~") for part in pointer.split("/")[1:])


def _encoded(text: str | bytes) -> bytes:
    return text.encode("utf-8", "surrogatepass") if isinstance(text, str) else text
