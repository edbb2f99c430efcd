"""Text of documents on the screen: shown as it is, never read as markup, and never able to drive the terminal."""

from __future__ import annotations

from textual.content import Content

from pipeline_schema.escapes import plain

__all__ = ["literal", "plain"]


def literal(text: str, style: str = "") -> Content:
    """The text for a widget, in a style of Textual's (``"bold $primary"``)."""
    return Content.styled(plain(text), style)
