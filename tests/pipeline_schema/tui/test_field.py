"""The form: what is typed changes the document, and only if it is right."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from textual.widgets import Checkbox, Select

from pipeline_schema.codec import dumps
from pipeline_schema.document import Options, Pipeline, Step
from pipeline_schema.tui.call_rows import (
    DeviceRow,
    DtypeRow,
    IdRow,
    MemoryRow,
    OnOomRow,
    ScaleRow,
    SliceRow,
    UniqueLabelsRow,
    call_rows,
)
from pipeline_schema.tui.model import Editor
from registry.catalog import lookup

Drive = Callable[..., None]


def test_a_typed_value_is_in_the_document(drive: Drive, coins: Path) -> None:
    """A number that is typed is the parameter's value at once; emptied it is the default again."""

    async def script(person: Any) -> None:
        editor = person.app.editor
        await person.focus("sigma_x")
        await person.type("2.0")
        assert '"sigma_x": 2.0' in dumps(editor.pipeline)
        await person.type("")
        assert editor.step(0).params == {"sigma_y": 2}

    drive(script, coins)


def test_a_wrong_value_is_told_and_not_taken(drive: Drive, coins: Path) -> None:
    """A word for a number is refused beside its field; the document keeps what it had until it is right."""

    async def script(person: Any) -> None:
        editor, before = person.app.editor, person.app.editor.pipeline
        await person.focus("sigma_x")
        await person.type("wide")
        assert 'sigma_x is "wide"; it takes' in person.screen("Form")
        assert person.field("sigma_x").has_class("-wrong")
        assert editor.pipeline is before
        await person.type("5")
        assert not person.field("sigma_x").has_class("-wrong")
        assert editor.step(0).params["sigma_x"] == 5

    drive(script, coins)


def test_a_constructor_is_typed_as_json(drive: Drive, coins: Path) -> None:
    """A $call is shown and typed as JSON."""

    async def script(person: Any) -> None:
        await person.press("down", "down", "down")
        await person.focus("footprint")
        assert person.app.focused.value == '{"$call": "skimage:morphology.disk", "params": {"radius": 3}}'
        await person.type('{"$call": "skimage:morphology.disk", "params": {"radius": 5}}')
        assert '"radius": 5' in dumps(person.app.editor.pipeline)
        assert "no problems" in person.screen("Problems")

    drive(script, coins)


def test_a_reference_is_typed_and_judged(drive: Drive, coins: Path) -> None:
    """Data takes references; one that leads nowhere is a problem beside its field, one misspelled is not taken."""

    async def script(person: Any) -> None:
        editor = person.app.editor
        await person.press("down", "down")
        await person.focus("x2")
        await person.type("image")
        assert editor.step(2).inputs == {"x1": "smooth", "x2": "image"}
        await person.type("nowhere")
        assert "'nowhere' is neither" in person.screen("Form")
        assert person.field("x2").has_class("-wrong")
        await person.type("a b")
        assert editor.step(2).inputs == {"x1": "smooth", "x2": "nowhere"}

    drive(script, coins)


def test_a_parameter_can_be_bound_to_a_result(drive: Drive, coins: Path) -> None:
    """The button beside a constant makes it a reference; the constant goes when a reference is typed."""

    async def script(person: Any) -> None:
        editor = person.app.editor
        button = person.field("sigma_x").query_one("Button")
        button.press()
        await person.settle()
        assert editor.step(0).params["sigma_x"] == 2
        await person.type("level")
        assert editor.step(0).params == {"sigma_y": 2}
        assert editor.step(0).inputs == {"@": "image", "sigma_x": "level"}

    drive(script, coins)


def test_switches_and_choices(drive: Drive) -> None:
    """A bool is ticked, a closed list is chosen from; what equals the default is left out again."""

    async def script(person: Any) -> None:
        editor = person.app.editor
        person.app.query_one("#search").value = "skimage:filters.gaussian"
        await person.press("enter")
        await person.settle()
        person.field("preserve_range").query_one(Checkbox).toggle()
        mode = person.field("mode").query_one(Select)
        mode.value = 0
        await person.settle()
        assert editor.step(0).params == {"preserve_range": True, "mode": "reflect"}
        person.field("preserve_range").query_one(Checkbox).toggle()
        mode.value = -1
        await person.settle()
        assert editor.step(0).params == {}

    drive(script)


def test_looking_at_every_step_changes_nothing(drive: Drive, coins: Path) -> None:
    """Forms that are only looked at leave the document as it was opened, the very same object."""

    async def script(person: Any) -> None:
        before = person.app.editor.pipeline
        for _ in before.steps:
            await person.press("down")
            await person.settle()
        assert person.app.editor.pipeline is before
        assert not person.app.is_modified

    drive(script, coins)


def test_the_rows_that_every_step_has(drive: Drive, coins: Path) -> None:
    """The id, slice_by_slice and dtype are changed in the form; a wrong one is told and not taken."""

    async def script(person: Any) -> None:
        app, editor = person.app, person.app.editor
        app.query_one(IdRow).query_one("Input").focus()
        await person.type("level")
        assert "already taken" in person.screen("Form")
        await person.type("blurred")
        app.query_one(SliceRow).query_one("Input").focus()
        await person.type("Q")
        assert app.query_one(SliceRow).has_class("-wrong")
        await person.type("true")
        app.query_one(DtypeRow).query_one(Select).value = "uint16"
        await person.settle()
        step = editor.step(0)
        assert (step.id, step.options.slice_by_slice, step.options.dtype) == ("blurred", True, "uint16")
        assert editor.step(2).inputs == {"x1": "blurred", "x2": "level"}

    drive(script, coins)


def test_how_a_function_of_a_device_is_called(drive: Drive, coins: Path) -> None:
    """Device and on_oom have rows where there is one; a wrong index is told and not taken, emptied it is unsaid."""

    async def script(person: Any) -> None:
        app, editor = person.app, person.app.editor
        assert not app.query(MemoryRow)
        assert not app.query(UniqueLabelsRow)
        app.query_one(DeviceRow).query_one("Input").focus()
        await person.type("-1")
        assert app.query_one(DeviceRow).has_class("-wrong")
        assert editor.step(0).options.device is None
        await person.type("0")
        app.query_one(OnOomRow).query_one(Select).value = "raise"
        app.query_one(ScaleRow).query_one(Select).value = "cast"
        await person.settle()
        assert (editor.step(0).options.device, editor.step(0).options.on_oom) == (0, "raise")
        assert editor.step(0).options.scale == "cast"
        app.query_one(DeviceRow).query_one("Input").focus()
        await person.type("")
        assert editor.step(0).options.device is None

    drive(script, coins)


def test_labels_have_a_row_to_go_on_counting(drive: Drive, coins: Path) -> None:
    """unique_labels is offered where labels are made, and chosen it is in the document."""

    async def script(person: Any) -> None:
        editor = person.app.editor
        index = next(n for n, step in enumerate(editor.pipeline.steps) if step.function == "skimage:measure.label")
        for _ in range(index):
            await person.press("down")
        await person.settle()
        assert not person.app.query(DeviceRow)
        person.app.query_one(UniqueLabelsRow).query_one(Select).value = "true"
        await person.settle()
        assert editor.step(index).options.unique_labels is True
        assert '"unique_labels": true' in dumps(editor.pipeline)

    drive(script, coins)


def test_what_a_document_says_has_a_row() -> None:
    """Also an option that does not fit its function, so that it can be taken away."""
    options = Options(memory="tape", device=1, on_oom="split", unique_labels=True)
    editor = Editor(Pipeline(steps=[Step(function="skimage:filters.gaussian", options=options)]))
    rows = [type(row) for row in call_rows(editor, 0, lookup("skimage:filters.gaussian"))]
    assert rows == [SliceRow, UniqueLabelsRow, DtypeRow, ScaleRow, MemoryRow, DeviceRow, OnOomRow]
    fresh = Editor(Pipeline(steps=[Step(function="builtin:crop")]))
    rows = [type(row) for row in call_rows(fresh, 0, lookup("builtin:crop"))]
    assert rows == [SliceRow, DtypeRow, ScaleRow, MemoryRow]
