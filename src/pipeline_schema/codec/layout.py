"""Laying out JSON for people: one step a line where it fits, so that a change of one step is a change of one line."""

from __future__ import annotations

from typing import Any, Final

import msgspec

__all__ = ["lay_out"]

_WIDTH: Final = 120
_INDENT: Final = 2


def lay_out(plain: Any) -> str:
    """Plain values as indented JSON.

    Parameters
    ----------
    plain : JSON value

    Returns
    -------
    str
        What fits on a line stands on one; but the outermost object and its lists always open, a member or step a line.
    """
    if isinstance(plain, dict):
        members = []
        for key, value in plain.items():
            head = f"{_scalar(key)}: "
            opened = isinstance(value, list) and any(isinstance(item, dict) for item in value)
            members.append(head + _text(value, _INDENT, len(head) + 1, opened=opened))
        return _open("{", members, "}", 0)
    return _text(plain, 0, 0)


def _text(value: Any, indent: int, taken: int, *, opened: bool = False) -> str:
    """A value whose line starts at `indent`; `taken` characters of it are needed for its key and a comma."""
    inner = indent + _INDENT
    if isinstance(value, dict):
        heads = [f"{_scalar(key)}: " for key in value]
        parts = [head + _text(item, inner, len(head) + 1) for head, item in zip(heads, value.values(), strict=True)]
        brackets = "{}"
    elif isinstance(value, (list, tuple)):
        parts = [_text(item, inner, 1) for item in value]
        brackets = "[]"
    else:
        return _scalar(value)
    length = indent + taken + sum(map(len, parts)) + 2 * len(parts)
    if not opened and length <= _WIDTH and not any("\n" in part for part in parts):
        return brackets[0] + ", ".join(parts) + brackets[1]
    if not any(isinstance(item, (dict, list, tuple)) for item in value) and isinstance(value, (list, tuple)):
        parts = _fill(parts, _WIDTH - inner)
    return _open(brackets[0], parts, brackets[1], indent)


def _open(start: str, parts: list[str], end: str, indent: int) -> str:
    if not parts:
        return start + end
    margin = "\n" + " " * (indent + _INDENT)
    return start + margin + ("," + margin).join(parts) + "\n" + " " * indent + end


def _fill(parts: list[str], width: int) -> list[str]:
    """Numbers and words side by side, as many as fit on a line."""
    lines: list[list[str]] = []
    length = width
    for part in parts:
        length += len(part) + 2
        if length > width:
            lines.append([])
            length = len(part) + 2
        lines[-1].append(part)
    return [", ".join(line) for line in lines]


def _scalar(value: Any) -> str:
    return msgspec.json.encode(value).decode()
