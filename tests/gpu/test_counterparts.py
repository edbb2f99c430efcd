"""Functions of a GPU beside those of the CPU that they mirror: the same numbers, but for a tolerance."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import skimage

from pipeline_schema.calling import arrange
from registry.devices import find_obstacle
from registry.memory import memory_type_of
from registry.resolver import resolve
from registry.trials.observing import pull
from registry.trials.pairs import Pair, difference, pairs

Record = Callable[[str, object], None]

pytestmark = pytest.mark.gpu

# By the greatest value in the result. Sums in float32 in another order differ by some of its steps, 6e-8 each.
TOLERANCE = 1e-4
# Without a GPU all of them are one skipped test.
HERE = find_obstacle("cupy") is None
PAIRS = [pair for library in ("cupyx", "cucim", "cupy") for pair in pairs(library)] if HERE else []
BOX = {"radius_x": 2, "radius_y": 2, "connectivity": "box"}
# How pyclesperanto is asked for what scikit-image does, and by how much results differ away from the border.
ON_OPENCL: dict[str, tuple[str, dict[str, Any], dict[str, Any], float]] = {
    "pyclesperanto:gaussian_blur": (
        "skimage:filters.gaussian", {"sigma_x": 2, "sigma_y": 2}, {"sigma": 2, "preserve_range": True}, 0.01,
    ),
    "pyclesperanto:absolute": ("numpy:abs", {}, {}, 0.0),
    "pyclesperanto:maximum_filter": ("scipy:ndimage.maximum_filter", BOX, {"size": 5}, 0.0),
    "pyclesperanto:minimum_filter": ("scipy:ndimage.minimum_filter", BOX, {"size": 5}, 0.0),
    "pyclesperanto:mean_filter": ("scipy:ndimage.uniform_filter", BOX, {"size": 5}, 1e-5),
}  # fmt: skip


@pytest.mark.parametrize("pair", PAIRS or [None], ids=[pair.entry.key for pair in PAIRS] or ["all"])
def test_the_gpu_gives_what_the_cpu_gives(
    pair: Pair | None, request: pytest.FixtureRequest, record_property: Record
) -> None:
    """For the image that the CPU's function was tried on; how far they lie apart goes into the report."""
    request.getfixturevalue("cucim" if pair is not None and pair.entry.library == "cucim" else "cupy")
    assert pair is not None
    try:
        (args, kwargs), given = pair.arguments()
    except LookupError as error:
        pytest.skip(f"not to be called alike: {error}")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        expected = pull(resolve(pair.twin.key)(*args, **kwargs))
        ours = resolve(pair.entry.key)
        positional, named = arrange(ours.entry, given)
        found = pull(ours(*positional, **named))
    apart = difference(found, expected)
    record_property("key", pair.entry.key)
    record_property("apart", apart)
    assert apart <= TOLERANCE


@pytest.mark.parametrize(("key", "call"), ON_OPENCL.items(), ids=ON_OPENCL)
def test_pyclesperanto_on_a_gpu(
    key: str,
    call: tuple[str, dict[str, Any], dict[str, Any], float],
    opencl_gpu: Any,
    record_property: Record,
) -> None:
    """On real pixels, away from the border, where its rule is its own."""
    other, params, theirs, tolerance = call
    image = skimage.data.coins()[:160, :200].astype("float32")
    found = resolve(key)(image, **params)
    assert memory_type_of(found) == "pyclesperanto"
    inner = (slice(16, -16), slice(16, -16))
    apart = difference(found.get()[inner], np.asarray(resolve(other)(image, **theirs))[inner])
    record_property("key", key)
    record_property("apart", apart)
    assert apart <= tolerance
