"""The button Code."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from pipeline_schema.codec import dumps, loads
from pipeline_schema.tui.json_view import JsonView

Drive = Callable[..., None]


def test_code_is_the_document_shown_and_copied(drive: Drive, coins: Path) -> None:
    """Code shows exactly what dumps writes, and copies exactly that."""

    async def script(person: Any) -> None:
        await person.press("e")
        await person.pilot.click("#code-button")
        await person.settle()
        text = dumps(person.app.editor.pipeline)
        assert '"enabled": false' in text
        assert person.app.screen.query_one(JsonView).text == text
        await person.pilot.click("#copy")
        assert person.app.clipboard == text

    drive(script, coins)


def test_code_saves_and_overwrites_only_when_told_so(drive: Drive, tmp_path: Path) -> None:
    """A new name is written at once; a file that is there is replaced only by a second, renamed press."""
    path = tmp_path / "new.pipeline.json"

    async def script(person: Any) -> None:
        person.app.query_one("#search").value = "skimage:filters.gaussian"
        await person.press("enter")
        await person.settle()
        await person.press("escape", "s")
        await person.settle()
        assert person.app.focused.value == str(path)
        await person.press("enter")
        assert path.read_text() == dumps(person.app.editor.pipeline)
        path.write_text("mine")
        await person.press("enter")
        assert path.read_text() == "mine"
        assert "is there already" in person.screen("#said")
        await person.press("enter")
        assert loads(path.read_bytes()) == person.app.editor.pipeline
        await person.press("escape")
        await person.settle()
        assert not person.app.is_modified

    drive(script, path)


def test_what_cannot_be_saved_is_told(drive: Drive, coins: Path, tmp_path: Path) -> None:
    """A folder that is not there is told, and the document stays open."""

    async def script(person: Any) -> None:
        await person.press("s")
        await person.type(str(tmp_path / "nowhere" / "a.json"))
        await person.press("enter")
        await person.settle()
        assert "can't be written" in person.screen()

    drive(script, coins)
