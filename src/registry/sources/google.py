"""What a docstring says in Google's style, which CuPy writes: ``Args:``, and an indented item a parameter."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from typing import Any

from registry.sources.docs import Doc, Returned, Stated, read_doc

__all__ = ["read_google_doc"]

_HEADING = re.compile(r"^(Args|Arguments|Returns|Yields|Raises|Example|Examples|Note|Notes|Warning|References): *$")
# "name (type): text", "name(type, optional): text", "*name: text"; types hold at most one level of brackets.
_ITEM = re.compile(
    r"^\*{0,2}([A-Za-z_]\w*(?:, *\*{0,2}[A-Za-z_]\w*)*) *(?:\(((?:[^()]|\([^()]*\))*)\))? *: *(.*)$", re.DOTALL
)
_TYPED = re.compile(r"^([^:]*(?::\w+:`[^`]*`[^:]*)*): *(.*)$", re.DOTALL)
_QUOTES = {0x2018: "'", 0x2019: "'"}
_ROLE = re.compile(r":[a-z:]+:`~?([^`<]*?)(?:\s*<[^>]*>)?`")


def read_google_doc(value: Any) -> Doc:
    """Read the docstring of a callable, by numpydoc where it is not in Google's style.

    Parameters
    ----------
    value : callable

    Returns
    -------
    Doc
        The summary as numpydoc reads it.
    """
    text = inspect.getdoc(value) or ""
    sections = _sections(text)
    plain = read_doc(value)
    if not sections.keys() & {"Args", "Arguments", "Returns"}:
        return plain
    stated = {}
    for item in _items(sections.get("Args", sections.get("Arguments", []))):
        match = _ITEM.match(item)
        if match is not None:
            for name in match[1].split(","):
                stated[name.strip(" *")] = Stated(_plain(match[2] or ""), _sentence(match[3]))
    return Doc(plain.summary, stated, _returns(sections.get("Returns", [])))


def _sections(text: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    current: list[str] = []
    for line in text.splitlines():
        heading = _HEADING.match(line)
        if heading is not None:
            current = found.setdefault(heading[1], [])
        elif line and not line[0].isspace():
            current = []
        else:
            current.append(line)
    return found


def _items(lines: list[str]) -> Iterator[str]:
    """The blocks that begin at the section's own indentation, each without it."""
    filled = [line for line in lines if line.strip()]
    depth = min((len(line) - len(line.lstrip()) for line in filled), default=0)
    block: list[str] = []
    for line in filled:
        if len(line) - len(line.lstrip()) == depth and block:
            yield "\n".join(block)
            block = []
        block.append(line.strip())
    if block:
        yield "\n".join(block)


def _returns(lines: list[str]) -> tuple[Returned, ...]:
    items = list(_items(lines))
    named = [match for item in items if (match := _ITEM.match(item)) is not None and match[2] is not None]
    if len(named) > 1 and all(match[1].isidentifier() for match in named):
        return tuple(Returned(match[1], _plain(match[2]), _sentence(match[3])) for match in named)
    typed = _TYPED.match("\n".join(items))
    if typed is None:
        return (Returned("", "", _sentence(" ".join(items))),) if items else ()
    return (Returned("", _plain(typed[1]), _sentence(typed[2])),)


def _plain(text: str) -> str:
    return " ".join(_ROLE.sub(r"\1", text).replace("``", "").translate(_QUOTES).split())


def _sentence(text: str) -> str:
    text = " ".join(_ROLE.sub(r"\1", text).replace("``", "`").split())
    return re.split(r"(?<=[.!?])\s+(?=[A-Z`])", text, maxsplit=1)[0]
