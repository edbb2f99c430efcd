"""Markup: a tree of tags in which text can't be anything but text.

Whatever is no `Markup` is escaped where it is put in, so the name of a file or a library's message never becomes a tag.
Characters that are not seen, or that turn the direction of what follows, are shown by their number.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable

__all__ = ["Child", "Markup", "join", "tag", "text"]

_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff\ufff9-\uffff\ud800-\udfff]"
)
_VOID = frozenset({"br", "img", "link", "meta", "path", "rect"})


class Markup(str):
    """Text that is HTML already; only `tag` and `text` make it."""

    __slots__ = ()


Child = str | int | None | Iterable["Child"]


def text(value: object) -> Markup:
    """Any text, as HTML that shows it."""
    seen = _UNSEEN.sub(lambda found: f"\\u{ord(found.group()):04x}", str(value))
    return Markup(html.escape(seen))


def join(*children: Child) -> Markup:
    """What stands in a tag, one after the other; None is nothing."""
    return Markup("".join(_pieces(children)))


def tag(name: str, /, *children: Child, **attributes: str | int | float | bool | None) -> Markup:
    """An element.

    Parameters
    ----------
    name : str
    *children : text, Markup, None, or iterables of these
    **attributes
        By name, ``_`` for ``-`` and a trailing one dropped (``class_``). None and False leave one out.
    """
    given = "".join(
        f" {key.rstrip('_').replace('_', '-')}" + ("" if value is True else f'="{text(value)}"')
        for key, value in attributes.items()
        if value is not None and value is not False
    )
    if name in _VOID:
        return Markup(f"<{name}{given}>" if name in ("br", "img", "link", "meta") else f"<{name}{given}/>")
    return Markup(f"<{name}{given}>{join(*children)}</{name}>")


def _pieces(children: Iterable[Child]) -> Iterable[str]:
    for child in children:
        if isinstance(child, Markup):
            yield child
        elif isinstance(child, str | int):
            yield text(child)
        elif child is not None:
            yield from _pieces(child)
