"""Text of documents on the screen."""

from __future__ import annotations

import pytest

from pipeline_schema.tui.literal import literal, plain


@pytest.mark.parametrize("text", ["[bold]x[/bold]", "[/]", "[red", "\\[x]", "[@click=app.quit]x[/]"])
def test_markup_is_text(text: str) -> None:
    """What looks like markup is shown as it is, and gives no style."""
    assert literal(text).plain == text
    assert literal(text).spans == []


@pytest.mark.parametrize("code", ["\x1b[31m", "\x9b31m", "\u202e", "\x07", "\r"])
def test_what_drives_a_terminal_is_shown_escaped(code: str) -> None:
    """Escape sequences, bells and characters that turn text around arrive as visible escapes."""
    assert plain(f"a{code}b") != f"a{code}b"
    assert plain(f"a{code}b").isprintable()
