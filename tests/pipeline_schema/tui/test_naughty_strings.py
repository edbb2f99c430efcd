"""The big list of naughty strings on the screen: shown as what they are, and typed back as what they were."""

from __future__ import annotations

import json
import unicodedata
from collections.abc import Callable
from pathlib import Path

import pytest

from pipeline_schema.codec import loads
from pipeline_schema.tui.literal import literal, plain
from pipeline_schema.tui.texts import read_value, show_value
from registry.entry import Parameter

LIST = Path(__file__).parents[4] / "shared" / "corpus" / "blns" / "blns.json"
WORDS: list[str] = json.loads(LIST.read_text(encoding="utf-8")) if LIST.exists() else []
# What the list has none of, and Textual would take for more than text.
MARKUP = ["[red]x[/red]", "[@click=app.quit]x[/]", "[/]", "\\[x]", ":smile:", "\x1b]0;title\x07", "\u202eabc", "[[[["]

pytestmark = pytest.mark.skipif(not WORDS, reason="the naughty strings lie in ../shared, which this checkout has not")


def test_what_is_shown_is_printable_and_has_no_style() -> None:
    """Whatever a text holds, a line of the screen shows it and nothing else."""
    for word in [*WORDS, *MARKUP]:
        assert all(c.isprintable() or c == "\n" or unicodedata.category(c) == "Zs" for c in plain(word))
        assert literal(word).plain == plain(word)
        assert literal(word).spans == []


def test_what_a_field_shows_is_read_as_the_same() -> None:
    """Opening a document and leaving a field does not change a text in it."""
    parameter = Parameter(name="text", types=("any",))
    for word in [*WORDS, *MARKUP]:
        shown = show_value(word)
        assert shown.isprintable()
        assert read_value(shown, parameter, None) == word


def test_a_document_of_them_is_shown(drive: Callable[..., None], tmp_path: Path) -> None:
    """Names, functions, parameters and notes of such a document: nothing crashes, and markup stands there literally."""
    words = [*MARKUP, *(word for word in WORDS[::25] if word and not word.startswith("$"))]
    steps = [
        {"function": word, "description": word, "params": {word: word}, "inputs": {word: word}, "x-note": word}
        for word in words
    ]
    document = tmp_path / "naughty.pipeline.json"
    head = {"format": "pipeline-schema/1", "name": "[red]name[/red]", "description": "[/]", "inputs": {"image": {}}}
    document.write_text(json.dumps({**head, "steps": steps}), encoding="utf-8")
    before = loads(document.read_bytes())

    async def script(person):
        screen = person.screen()
        assert "[red]x[/red]" in screen
        assert "[@click=app.quit]x[/]" in screen
        # Each of the first, and then by pages: what is selected is shown in the form.
        await person.press("home")
        for _ in MARKUP[:4]:
            await person.press("down")
            await person.pilot.pause()
        await person.press("pagedown", "end")
        await person.pilot.pause()
        await person.press("c")
        await person.until(lambda: len(person.app.screen_stack) == 2)
        await person.press("escape")
        await person.settle()
        assert person.app.editor.pipeline == before
        assert not person.app.is_modified

    drive(script, document)
