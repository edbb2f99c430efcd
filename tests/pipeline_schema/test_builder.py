"""Pipelines built from callables are the documents that one would have written."""

from __future__ import annotations

import numpy as np
import pytest
import skimage

import pipeline_schema as ps
import registry


def test_keys_ours_and_the_librarys_own_are_written_as_keys() -> None:
    """A key, a resolved callable with its options, a raw function and a ready step stand side by side."""
    built = ps.pipeline(
        (registry.resolve("skimage:filters.gaussian", slice_by_slice=True, dtype="float32"), {"sigma": 2}),
        skimage.filters.threshold_otsu,
        "numpy:negative",
        ps.Step(id="last", function="numpy:abs"),
        np.add,
        name="built",
    )
    assert [step.function for step in built.steps] == [
        "skimage:filters.gaussian",
        "skimage:filters.threshold_otsu",
        "numpy:negative",
        "numpy:abs",
        "numpy:add",
    ]
    assert (built.steps[0].options.slice_by_slice, built.steps[0].options.dtype) == (True, "float32")
    assert built.steps[0].params == {"sigma": 2}
    assert ps.loads(ps.dumps(built)).steps[0].options == built.steps[0].options


def test_what_is_built_runs() -> None:
    """A built pipeline gives what the calls give."""
    image = skimage.data.coins()
    built = ps.pipeline((skimage.filters.gaussian, {"sigma": 2.0}), skimage.filters.threshold_otsu)
    expected = skimage.filters.threshold_otsu(skimage.filters.gaussian(image, sigma=2.0))
    assert ps.compile(built)(image=image) == {"threshold_otsu": expected}


def test_a_function_without_a_key_is_refused() -> None:
    """What the registry does not know can't be written down, and the error says so."""
    with pytest.raises(registry.UnknownKeyError):
        ps.pipeline(lambda image: image)
    with pytest.raises(registry.InvalidKeyError):
        ps.pipeline("skimage.filters.gaussian")


def test_a_librarys_function_as_a_value_is_written_by_its_key() -> None:
    """What is handed to a function to call is named like a step; what has no key is left for `dumps` to refuse."""
    image = skimage.data.coins()
    built = ps.pipeline((skimage.measure.block_reduce, {"block_size": 7, "func": np.max}))
    text = ps.dumps(built)
    assert '"func": {"$function": "numpy:max"}' in text
    result = ps.compile(ps.loads(text))(image=image)["block_reduce"]
    np.testing.assert_array_equal(result, skimage.measure.block_reduce(image, 7, np.max))
    with pytest.raises(ps.DocumentError, match="name a function by its key"):
        ps.dumps(ps.pipeline((skimage.measure.block_reduce, {"func": lambda block: block})))
