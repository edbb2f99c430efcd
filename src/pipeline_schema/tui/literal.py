"""Text of documents on the screen: shown as it is, never read as markup, and never able to drive the terminal."""

from __future__ import annotations

import unicodedata

from textual.content import Content

__all__ = ["literal", "plain"]

# Control, format, surrogate, private and unassigned characters, and separators of lines that are no line ends.
_HIDDEN = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def plain(text: str) -> str:
    """The text with control characters (and those that reverse or hide text) shown escaped."""
    if text.isprintable():
        return text
    return "".join(
        f"\\u{ord(character):04x}" if character != "\n" and unicodedata.category(character) in _HIDDEN else character
        for character in text
    )


def literal(text: str, style: str = "") -> Content:
    """The text for a widget, in a style of Textual's (``"bold $primary"``)."""
    return Content.styled(plain(text), style)
