"""The interface as a whole."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline_schema.codec import dumps, loads
from pipeline_schema.errors import DocumentError
from pipeline_schema.tui.app import PipelineApp
from pipeline_schema.tui.problems import Problems
from pipeline_schema.tui.steps import Steps

Drive = Callable[..., None]


def test_search_and_add(drive: Drive) -> None:
    """Typing a word and Enter adds the best match as a step, with its form beside it."""

    async def script(person: Any) -> None:
        await person.press("escape", "slash", *"skimage", "space", *"threshold_otsu", "enter")
        await person.settle()
        await person.press("escape", "slash")
        person.app.focused.value = "skimage gaussian"
        await person.press("enter")
        await person.settle()
        functions = [step.function for step in person.app.editor.pipeline.steps]
        assert functions == ["skimage:filters.threshold_otsu", "skimage:filters.gaussian"]
        assert person.field("sigma").parameter.default == 1.0
        assert "flows in" in person.screen()

    drive(script)


def test_keys_add_delete_move_toggle_and_undo(drive: Drive, coins: Path) -> None:
    """Steps are moved, switched off, deleted and brought back by keys, and the selection goes along."""

    async def script(person: Any) -> None:
        editor, steps = person.app.editor, person.app.query_one(Steps)
        await person.press("down", "shift+up")
        await person.settle()
        assert (editor.ids[:2], steps.index) == (["level", "smooth"], 0)
        await person.press("shift+down", "e")
        await person.settle()
        assert (editor.ids[:2], steps.index) == (["smooth", "level"], 1)
        assert not editor.step(1).options.enabled
        await person.press("d")
        await person.settle()
        assert editor.ids == ["smooth", "mask", "closed", "labels", "table"]
        assert "'level' is neither an input" in person.screen("Problems")
        await person.press("u", "u", "u", "u", "u")
        await person.settle()
        assert editor.pipeline == loads(coins.read_bytes())
        assert "no problems" in person.screen("Problems")

    drive(script, coins)


def test_buttons_do_what_keys_do(drive: Drive, coins: Path) -> None:
    """The buttons below the steps move, switch and delete."""

    async def script(person: Any) -> None:
        for button, ids in (("#down", "level smooth"), ("#up", "smooth level"), ("#delete", "level mask")):
            await person.pilot.click(button)
            await person.settle()
            assert person.app.editor.ids[:2] == ids.split()
        await person.pilot.click("#toggle")
        await person.settle()
        assert not person.app.editor.step(0).options.enabled

    drive(script, coins)


def test_a_problem_marks_its_step_and_leads_to_it(drive: Drive, tmp_path: Path, coins: Path) -> None:
    """A document with an unknown function opens; the step is marked, the problem leads to it, saving keeps it."""
    plain = json.loads(coins.read_text())
    plain["steps"][3]["function"] = "skimage:morphology.closingg"
    plain["steps"][3]["x-note"] = {"kept": [1, 2.0]}
    document = tmp_path / "odd.pipeline.json"
    document.write_text(json.dumps(plain))

    async def script(person: Any) -> None:
        assert "✗ closed" in person.screen("Steps")
        assert "did you mean skimage:morphology.closing?" in person.screen("Problems")
        person.app.query_one(Problems).focus()
        await person.press("home", "enter")
        await person.settle()
        assert person.app.query_one(Steps).index == 3
        assert "not known here" in person.screen("Form")
        assert person.field("footprint")
        assert json.loads(dumps(person.app.editor.pipeline)) == plain

    drive(script, document)


def test_problems_stand_in_order_of_place(drive: Drive, tmp_path: Path) -> None:
    """The interface tells them in the order of the command line: a warning of an early step before a later error."""
    steps = [{"id": "lost", "function": "numpy:negative"}, {"id": "odd", "function": "numpy:negativ"}]
    steps[1]["inputs"] = {"@": "image"}  # type: ignore[assignment]
    plain = {"format": "pipeline-schema/1", "inputs": {"image": {}}, "steps": steps}
    document = tmp_path / "order.pipeline.json"
    document.write_text(json.dumps(plain))

    async def script(person: Any) -> None:
        shown = person.screen("Problems")
        assert 0 <= shown.index("unused-step") < shown.index("unknown-function")

    drive(script, document)


def test_markup_in_a_document_is_shown_as_it_is(drive: Drive, tmp_path: Path) -> None:
    """Names, keys and values that look like markup, broken markup included, are shown letter by letter."""
    odd = "[bold red]x[/nope"
    step = {"function": "[b]:[/i]", "params": {"[u": odd, "p[/]": "[@click=app.quit]"}, "inputs": {"[i]": "[red]"}}
    document = tmp_path / "[bold]name[@click=x].json"
    document.write_text(
        json.dumps({"format": "pipeline-schema/1", "name": odd, "inputs": {"image": {}}, "steps": [step]})
    )

    async def script(person: Any) -> None:
        screen = person.screen()
        for shown in (odd, "[b]:[/i]", "[u", "p[/]", "[i]", "[@click=app.quit]"):
            assert shown in screen
        await person.press("s")
        await person.settle()
        assert "[bold]name[@click=x].json" in person.screen()

    drive(script, document)


def test_control_characters_never_reach_the_terminal(drive: Drive, tmp_path: Path) -> None:
    """Escape sequences in a document are shown escaped in every pane and in the code."""
    odd = "\x1b[31m\x9b2J\u202e"
    step = {"function": f"lab:{odd}", "params": {odd: odd}}
    document = tmp_path / "odd.pipeline.json"
    document.write_text(
        json.dumps({"format": "pipeline-schema/1", "name": odd, "inputs": {"image": {}}, "steps": [step]})
    )

    async def script(person: Any) -> None:
        for key in ("down", "c"):
            await person.press(key)
            await person.settle()
            assert not {"\x1b", "\x9b", "\u202e"} & {*person.screen()}

    drive(script, document)


def test_a_file_that_is_no_document_is_refused_before_anything_is_shown(tmp_path: Path) -> None:
    """A broken file raises with its problems, so that no empty document can be saved over it."""
    broken = tmp_path / "broken.pipeline.json"
    broken.write_text("{")
    with pytest.raises(DocumentError):
        PipelineApp(broken)


def test_quit_asks_where_changes_would_be_lost(drive: Drive, coins: Path) -> None:
    """With unsaved changes q asks first; going back goes on, the other answer leaves."""

    async def script(person: Any) -> None:
        await person.press("d")
        await person.settle()
        assert "not saved" in person.screen()
        await person.press("q", "enter")
        await person.pilot.pause()
        assert person.app.is_running
        assert len(person.app.screen_stack) == 1
        await person.press("q", "tab", "enter")
        await person.until(lambda: person.app._exit)

    drive(script, coins)


def test_a_small_terminal_shows_everything_that_can_be_pressed(drive: Drive, coins: Path) -> None:
    """In 80 columns and 24 lines every button lies on the screen."""

    async def script(person: Any) -> None:
        for button in ("#add", "#up", "#down", "#toggle", "#delete", "#code-button", "#run-button"):
            region = person.app.query_one(button).region
            assert person.app.screen.region.contains_region(region)
            assert region.area > 0

    drive(script, coins, size=(80, 24))
