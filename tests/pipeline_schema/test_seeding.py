"""A seed for a whole run: what the document leaves to chance follows from it, and nothing else is touched."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import skimage

import pipeline_schema as ps
from pipeline_schema.document import Input, Pipeline, Step
from registry.errors import ArgumentError

IMAGE = np.linspace(0, 1, 400).reshape(20, 20)


def _noise(*steps: dict[str, Any], **inputs: Input) -> Pipeline:
    made = [Step(function="skimage:util.random_noise", **step) for step in steps]
    return Pipeline(inputs={"image": Input(), **inputs}, steps=made)


def _run(pipe: Pipeline, seed: int | None) -> np.ndarray:
    (found,) = ps.compile(pipe, seed=seed)(image=IMAGE).values()
    return found


def test_equal_seeds_give_equal_results() -> None:
    """A plan gives the same at every call, another plan the same; another seed something else."""
    plan = ps.compile(_noise({}), seed=7)
    first, second = plan(image=IMAGE)["random_noise"], plan(image=IMAGE)["random_noise"]
    np.testing.assert_array_equal(first, second, strict=True)
    np.testing.assert_array_equal(first, _run(_noise({}), 7), strict=True)
    assert not np.array_equal(first, _run(_noise({}), 8))
    assert not np.array_equal(_run(_noise({}), None), _run(_noise({}), None))


def test_steps_draw_apart() -> None:
    """Two steps of one function on one image do not draw the same numbers."""
    pipe = _noise({"id": "one", "inputs": {"@": "image"}}, {"id": "two", "inputs": {"@": "image"}})
    found = ps.compile(Pipeline(inputs=pipe.inputs, steps=pipe.steps, outputs={"a": "one", "b": "two"}), seed=7)(
        image=IMAGE
    )
    assert not np.array_equal(found["a"], found["b"])


def test_a_seed_follows_from_the_step_alone() -> None:
    """A step that comes before it changes nothing, since the number goes by the step's id."""
    alone = ps.compile(_noise({"id": "noise"}), seed=7).pipeline.steps[0].params
    before = Step(id="first", function="skimage:filters.gaussian", params={"sigma": 0.0})
    behind = Pipeline(inputs={"image": Input()}, steps=[before, *_noise({"id": "noise"}).steps])
    assert ps.compile(behind, seed=7).pipeline.steps[1].params == alone
    assert list(alone) == ["rng"]


def test_what_the_step_says_is_what_a_call_draws() -> None:
    """The number that is written into the step gives the bits of a direct call with that generator."""
    plan = ps.compile(_noise({"params": {"mode": "s&p"}}), seed=0)
    rng = np.random.default_rng(plan.pipeline.steps[0].params["rng"]["$rng"])
    direct = skimage.util.random_noise(IMAGE, mode="s&p", rng=rng)
    np.testing.assert_array_equal(plan(image=IMAGE)["random_noise"], direct, strict=True)


@pytest.mark.parametrize("given", [{"params": {"rng": 3}}, {"inputs": {"@": "image", "rng": "number"}}])
def test_a_seed_in_the_document_stays(given: dict[str, Any]) -> None:
    """Where the document says which numbers to draw, or binds that to an input, it goes by the document."""
    pipe = _noise(given, number=Input(default=3))
    np.testing.assert_array_equal(_run(pipe, 7), _run(pipe, None), strict=True)
    np.testing.assert_array_equal(_run(pipe, 7), skimage.util.random_noise(IMAGE, rng=3), strict=True)


def test_a_default_that_is_a_seed_stays() -> None:
    """A function that draws the same by default (`quickshift`) gives what it gives without a seed."""
    pipe = Pipeline(
        inputs={"image": Input()},
        steps=[Step(function="skimage:segmentation.quickshift")],
    )
    assert ps.compile(pipe, seed=7).pipeline == ps.compile(pipe).pipeline
    assert not [problem for problem in ps.check(pipe) if problem.code == "unseeded"]


def test_functions_of_the_device_get_a_number() -> None:
    """A generator of NumPy is nothing for CuPy's functions."""
    import registry
    from pipeline_schema.seeding import seed_steps

    step = Step(id="noise", function="cucim:util.random_noise")
    seeded = seed_steps(Pipeline(steps=[step]), [registry.describe("cucim:util.random_noise")], 7)
    assert type(seeded.steps[0].params["rng"]) is int


@pytest.mark.parametrize("seed", [-1, 2**63, 1.0, True, "1"])
def test_what_is_no_seed_is_refused(seed: Any) -> None:
    """Before anything runs, here and for a subprocess."""
    with pytest.raises(ArgumentError, match="the seed is"):
        ps.compile(_noise({}), seed=seed)
    with pytest.raises(ArgumentError, match="the seed is"):
        ps.run(_noise({}), {"image": IMAGE}, seed=seed)
