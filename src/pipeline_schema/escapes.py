"""Text from documents and names of files, made harmless for whoever shows it.

A name can hold what drives a terminal, reverses the line that it stands in, or is not seen at all.
"""

from __future__ import annotations

import unicodedata

__all__ = ["one_line", "plain"]

# Control and format characters (the marks that reverse text among them), halves of pairs, what is not assigned; and
# what ends a line without being a newline.
_UNSEEN = ("C", "Zl", "Zp")


def plain(text: str) -> str:
    """The text with everything but newlines escaped that drives a terminal, or that hides or reverses text."""
    if text.isprintable():
        return text
    return "".join(character if character == "\n" else _shown(character) for character in text)


def one_line(text: str) -> str:
    """The same with newlines escaped too, where a name must not look like a line of ours."""
    return text if text.isprintable() else "".join(map(_shown, text))


def _shown(character: str) -> str:
    if not unicodedata.category(character).startswith(_UNSEEN):
        return character
    code = ord(character)
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"
