"""Text of documents on the screen: shown as it is, never read as markup, and never able to drive the terminal."""

from __future__ import annotations

import unicodedata

from textual.content import Content

__all__ = ["literal", "plain"]


def plain(text: str) -> str:
    """The text with control characters (and those that reverse or hide text) shown escaped."""
    if text.isprintable():
        return text
    return "".join(
        character if character == "\n" or unicodedata.category(character)[0] != "C" else f"\\u{ord(character):04x}"
        for character in text
    )


def literal(text: str, style: str = "") -> Content:
    """The text for a widget, in a style of Textual's (``"bold $primary"``)."""
    return Content.styled(plain(text), style)
