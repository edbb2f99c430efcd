"""Origins: who makes what a reference leads to, in a document that may have other problems."""

from __future__ import annotations

import pytest

from pipeline_schema import graph
from pipeline_schema.check.origins import Origins
from pipeline_schema.document import Input, Options, Pipeline, Step
from registry.catalog import lookup

OFF = Options(enabled=False)


def _origins(*steps: Step) -> Origins:
    pipeline = graph.expand(Pipeline(inputs={"image": Input(kind="labels")}, steps=list(steps)))
    known = [None if step.function == "no:such" else lookup(step.function) for step in steps]
    return Origins(pipeline, known)


def test_past_steps_that_are_off() -> None:
    """A switched-off step passes on its input; the origin is who made that."""
    blur = "skimage:filters.gaussian"
    origins = _origins(Step(id="a", function=blur), Step(id="b", function=blur, options=OFF))
    origin = origins.find("b")
    assert origin is not None
    assert (origin.name, origin.first) == ("a", True)


def test_an_input_is_of_its_declared_kind() -> None:
    """What the document declares is what is known of an input."""
    origin = (origins := _origins()).find("image")
    assert origin is not None
    assert (origin.step, origins.kind(origin)) == (None, "labels")


@pytest.mark.parametrize(
    ("reference", "first", "kind"),
    [
        ("label", True, "labels"),
        ("label", False, "unknown"),
        ("label.0", False, "labels"),
        ("label.labels", False, "labels"),
        ("label.9", False, "unknown"),
        ("label.nosuch", False, "unknown"),
    ],
)
def test_one_of_several_results(reference: str, first: bool, kind: str) -> None:
    """The kind is that of the result that is asked for, and unknown for all of them together."""
    origin = (origins := _origins(Step(function="scipy:ndimage.label"))).find(reference, first=first)
    assert origin is not None
    assert origins.kind(origin) == kind


@pytest.mark.parametrize("reference", ["nothing", "..", "self", "off"])
def test_what_leads_nowhere(reference: str) -> None:
    """A reference to nothing, a misspelled one and a circle of switched-off steps have no origin."""
    blur = "skimage:filters.gaussian"
    steps = (
        Step(id="self", function=blur, options=OFF, inputs={"@": "self"}),
        Step(id="off", function="no:such", options=OFF, inputs={}),
    )
    assert _origins(*steps).find(reference) is None
