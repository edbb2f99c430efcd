"""What a person does to a document, without a screen."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from pipeline_schema.check import check
from pipeline_schema.codec import dumps, loads
from pipeline_schema.document import Input, Pipeline, Step
from pipeline_schema.errors import UsageError
from pipeline_schema.tui.model import Editor

GAUSSIAN = "skimage:filters.gaussian"
GREATER = "numpy:greater"


@pytest.fixture
def coins(root: Path) -> Editor:
    """An editor of the coins example."""
    return Editor(loads((root / "examples/count-coins.pipeline.json").read_bytes()))


def test_add_gives_a_document_without_problems() -> None:
    """A new document with two steps added is right as it is, and reads back equal."""
    editor = Editor()
    editor.add(GAUSSIAN)
    editor.add("skimage:filters.threshold_otsu")
    assert check(editor.pipeline) == []
    assert loads(dumps(editor.pipeline)) == editor.pipeline


def test_add_behind_the_selected_step() -> None:
    """A step is added behind another, under an id that nothing has."""
    editor = Editor()
    for _ in range(3):
        editor.add(GAUSSIAN, after=0 if editor.ids else None)
    assert editor.ids == ["gaussian", "gaussian_3", "gaussian_2"]


def test_changes_never_alter_a_pipeline(coins: Editor) -> None:
    """A pipeline that a check or a run holds stays as it was."""
    before, text = coins.pipeline, dumps(coins.pipeline)
    coins.set_param(0, "sigma_x", 9)
    coins.rename(0, "other")
    coins.bind(1, "hist", "image")
    coins.move(0, 1)
    coins.delete(2)
    assert dumps(before) == text


def test_undo_takes_each_change_back(coins: Editor) -> None:
    """Undo goes back through every change to the document that was opened, and then says so."""
    first = coins.pipeline
    coins.delete(0)
    coins.move(0, 1)
    coins.set_option(0, "enabled", False)
    assert [coins.undo() for _ in range(4)] == [True, True, True, False]
    assert coins.pipeline is first


def test_letters_typed_into_one_field_are_one_change(coins: Editor) -> None:
    """Typing 25 into a field is taken back at once, not letter by letter."""
    first = coins.pipeline
    coins.set_param(0, "sigma_x", 25 // 10)
    coins.set_param(0, "sigma_x", 25)
    assert coins.undo()
    assert coins.pipeline is first


def test_two_and_two_point_zero_are_two_values(coins: Editor) -> None:
    """2 and 2.0 are equal to Python and give different pixels: setting one over the other is a change."""
    coins.set_param(0, "sigma_x", 2.0)
    assert '"sigma_x": 2.0' in dumps(coins.pipeline)


def test_rename_takes_references_along(coins: Editor) -> None:
    """Whatever referred to a step refers to it under its new id: inputs, items of it, and outputs."""
    coins.bind(2, "where", ["labels.0", "labels"])
    coins.rename(4, "cells")
    assert coins.step(5).inputs == {"label_image": "cells", "intensity_image": "image"}
    assert coins.step(2).inputs == {"x1": "smooth", "x2": "level", "where": ["cells.0", "cells"]}
    assert coins.pipeline.outputs == {"labels": "cells", "table": "table"}


@pytest.mark.parametrize("name", ["level", "image", "1st", "a b", "[bold]", "x" * 65])
def test_rename_refuses_what_is_no_free_id(coins: Editor, name: str) -> None:
    """An id that is taken or spelled wrongly is refused, and nothing changes."""
    before = coins.pipeline
    with pytest.raises(UsageError):
        coins.rename(0, name)
    assert coins.pipeline is before


def test_unwritten_ids_stay_with_their_steps() -> None:
    """Deleting the first of two steps whose ids are left out lets no reference come to mean the other."""
    steps = [
        Step(function=GAUSSIAN),
        Step(function=GAUSSIAN),
        Step(function=GREATER, inputs={"x1": "gaussian_2", "x2": "image"}),
    ]
    editor = Editor(Pipeline(inputs={"image": Input()}, steps=steps))
    editor.delete(0)
    assert editor.ids == ["gaussian_2", "greater"]
    assert [problem for problem in check(editor.pipeline) if problem.severity == "error"] == []


def test_binding_says_what_flowed_in_unsaid() -> None:
    """A step that gets inputs says all of them, so the previous step still flows in."""
    editor = Editor()
    editor.add(GAUSSIAN)
    editor.add(GREATER)
    editor.bind(1, "x2", "image")
    assert editor.step(1).inputs == {"@": "gaussian", "x2": "image"}
    assert check(editor.pipeline) == []


def test_binding_the_flow_and_clearing_it() -> None:
    """The flow parameter is bound as @, and cleared it takes the previous step again."""
    editor = Editor()
    editor.add(GAUSSIAN)
    editor.add(GAUSSIAN)
    editor.bind(1, "image", "image")
    assert editor.step(1).inputs == {"@": "image"}
    editor.clear(1, "image")
    assert editor.step(1).inputs is None
    assert editor.flows_in(1, "image") == "gaussian"


def test_clearing_the_flow_keeps_the_other_inputs() -> None:
    """Where other parameters are bound, the previous step is written down again."""
    editor = Editor()
    editor.add(GAUSSIAN)
    editor.add(GREATER)
    editor.bind(1, "x2", "image")
    editor.bind(1, "x1", "image")
    editor.clear(1, "x1")
    assert editor.step(1).inputs == {"@": "gaussian", "x2": "image"}


def test_constant_and_reference_take_each_others_place() -> None:
    """A parameter has one or the other, also the one that the previous step flows into."""
    editor = Editor()
    editor.add(GAUSSIAN)
    editor.add(GREATER)
    editor.bind(1, "x2", "image")
    editor.set_param(1, "x1", 3)
    assert (editor.step(1).inputs, editor.step(1).params) == ({"x2": "image"}, {"x1": 3})
    editor.bind(1, "x1", "gaussian")
    assert (editor.step(1).inputs, editor.step(1).params) == ({"x2": "image", "@": "gaussian"}, {})
    assert check(editor.pipeline) == []


def test_a_constant_in_place_of_the_flow_has_no_second_value() -> None:
    """A step whose flow parameter is a constant takes nothing from the step before."""
    editor = Editor()
    editor.add(GAUSSIAN)
    editor.add(GREATER)
    editor.set_param(1, "x1", 3)
    editor.set_param(1, "x2", 2)
    assert editor.step(1).inputs == {}
    assert [problem.code for problem in check(editor.pipeline) if problem.severity == "error"] == []


def test_references_offer_items_of_several_results() -> None:
    """What can be referred to are inputs, other steps, and single results of steps with several."""
    editor = Editor()
    editor.add("scipy:ndimage.label")
    editor.add(GAUSSIAN)
    known = editor.references(1)
    assert known[:2] == ["image", "label"]
    assert all(name.startswith("label.") for name in known[2:])
    assert len(known) > 3
    assert "gaussian" not in known


def test_what_is_not_known_is_kept_while_the_rest_is_edited() -> None:
    """Unknown functions and parameters, notes and numbers of their spelling survive edits of other steps, verbatim."""
    plain = {
        "format": "pipeline-schema/1",
        "x-lab": {"who": ["me", 1, 1.0]},
        "inputs": {"image": {"x-note": 2}},
        "steps": [
            {
                "id": "odd",
                "function": "mylab:a.b",
                "params": {"q": 1.0, "deep": {"$call": "mylab:c", "params": {"n": 3}}},
            },
            {"id": "blur", "function": "skimage:filters.gaussian", "params": {"sigmm": 2}, "x-why": None},
        ],
    }
    editor = Editor(loads(json.dumps(plain)))
    editor.set_param(1, "sigma", 3)
    plain["steps"][1]["params"] = {"sigmm": 2, "sigma": 3}  # type: ignore[index]
    assert json.loads(dumps(editor.pipeline)) == plain
