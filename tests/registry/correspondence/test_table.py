"""The table of operations is true: what it names exists, and what it calls the same gives the same pixels."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from registry import opencl
from registry.catalog import lookup
from registry.correspondence import counterparts
from registry.correspondence.table import rows_of, table
from registry.errors import SourceUnavailableError
from registry.resolver import resolve

GROUPS = table().groups
DISK, BOX = np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]], np.uint8), np.ones((5, 5), np.uint8)
KEPT: dict[str, Any] = {"preserve_range": True, "mode": "nearest"}
BOX_RADII: dict[str, Any] = {"radius_x": 2, "radius_y": 2, "connectivity": "box"}

# Calls that must agree: all give what the first gives, but for a factor and a border.
SAME: list[tuple[dict[str, dict[str, Any]], float, float]] = [
    (
        {
            "skimage:filters.gaussian": {"sigma": 2, **KEPT},
            "scipy:ndimage.gaussian_filter": {"sigma": 2, "mode": "nearest"},
            "pyclesperanto:gaussian_blur": {"sigma_x": 2, "sigma_y": 2},
        },
        1,
        1e-3,
    ),
    (
        {
            "skimage:filters.median": {"footprint": BOX},
            "scipy:ndimage.median_filter": {"size": 5, "mode": "nearest"},
            "pyclesperanto:median": BOX_RADII,
        },
        1,
        0,
    ),
    ({"scipy:ndimage.uniform_filter": {"size": 5, "mode": "nearest"}, "pyclesperanto:mean_filter": BOX_RADII}, 1, 1e-3),
    (
        {
            "skimage:morphology.erosion": {"footprint": BOX},
            "scipy:ndimage.grey_erosion": {"size": 5},
            "pyclesperanto:grayscale_erode": BOX_RADII,
            "pyclesperanto:erosion": {"footprint": BOX},
        },
        1,
        0,
    ),
    (
        {
            "skimage:morphology.white_tophat": {"footprint": BOX},
            "scipy:ndimage.white_tophat": {"size": 5},
            "pyclesperanto:top_hat": BOX_RADII,
        },
        1,
        0,
    ),
    ({"skimage:filters.laplace": {}, "pyclesperanto:laplace": {"connectivity": "sphere"}}, 1, 0),
    ({"skimage:filters.laplace": {}, "scipy:ndimage.laplace": {}}, -1, 0),
    ({"skimage:filters.sobel": {}, "pyclesperanto:sobel": {}}, 4 * 2**0.5, 1e-3),
    ({"skimage:filters.sobel": {"axis": 0}, "scipy:ndimage.sobel": {"axis": 0}}, 4, 1e-9),
    ({"skimage:filters.prewitt": {"axis": 0}, "scipy:ndimage.prewitt": {"axis": 0}}, 3, 1e-9),
    (
        {
            "scipy:ndimage.zoom": {"zoom": 2, "order": 1, "grid_mode": True, "mode": "nearest"},
            "skimage:transform.rescale": {"scale": 2, "order": 1, "mode": "edge", "preserve_range": True},
        },
        1,
        1e-6,
    ),
    (
        {
            "scipy:ndimage.shift": {"shift": (5, 3), "order": 0},
            "pyclesperanto:translate": {"translate_x": 3, "translate_y": 5},
        },
        1,
        0,
    ),
    (
        {
            "numpy:roll": {"shift": (5, 3), "axis": (0, 1)},
            "pyclesperanto:circular_shift": {"shift_x": 3, "shift_y": 5},
        },
        1,
        0,
    ),
    ({"numpy:max": {"axis": -2}, "pyclesperanto:maximum_y_projection": {}}, 1, 0),
    ({"numpy:std": {"axis": -1}, "pyclesperanto:std_x_projection": {}}, 1, 1e-3),
    ({"numpy:cumsum": {"axis": 1}, "pyclesperanto:cumulative_sum": {"axis": 0}}, 1, 1e-3),
    ({"numpy:sqrt": {}, "pyclesperanto:square_root": {}}, 1, 1e-5),
    ({"numpy:negative": {}, "pyclesperanto:invert": {}}, 1, 0),
]


@pytest.fixture(scope="module")
def image() -> np.ndarray[Any, Any]:
    """A part of a photograph, as floats of 32 bits, which every library holds."""
    from skimage import data

    return data.camera()[100:164, 100:180].astype(np.float32)


@pytest.mark.parametrize("group", GROUPS, ids=[group.what for group in GROUPS])
def test_functions_and_parameters_exist(group: Any) -> None:
    """Each key and each parameter in the table is in the catalogs, and each note is about a function of its group."""
    assert len(group.functions) > 1
    for key, meanings in group.functions.items():
        entry = lookup(key)
        assert entry.key == key
        for names in meanings.values():
            for name in [names] if isinstance(names, str) else names:
                assert entry.parameter(name) is not None or key == "skimage:morphology.remove_small_objects", name
    for meaning in group.same:
        assert sum(lookup(key).parameter(meaning) is not None for key in group.functions) > 1
    assert group.notes.keys() <= group.functions.keys()
    assert all(note and note[0].islower() and not note.endswith(".") for note in group.notes.values())


def test_what_mirrors_rename_exists() -> None:
    """A parameter that a mirror renamed is one of the mirror, and its usual name one of what is mirrored."""
    for key, names in table().renamed.items():
        try:
            mirror, mirrored = lookup(key), lookup(key.replace("cupy:", "numpy:"))
        except SourceUnavailableError:
            pytest.skip("no catalog of cupy is shipped")
        for name, usual in names.items():
            assert mirror.parameter(name) is not None, (key, name)
            assert mirrored.parameter(usual) is not None, (key, usual)


@pytest.mark.parametrize(("calls", "factor", "tolerance"), SAME, ids=[next(iter(calls)) for calls, _, _ in SAME])
def test_counterparts_give_the_same_pixels(
    image: np.ndarray[Any, Any], calls: dict[str, dict[str, Any]], factor: float, tolerance: float
) -> None:
    """With parameters that mean the same, functions that the table puts together give what the first gives."""
    if any("pyclesperanto" in key for key in calls) and opencl.status().state != "ready":
        pytest.skip("pyclesperanto has no device here")
    (key, params), *others = calls.items()
    listed = {other.key for other in counterparts(key)}
    wanted = np.asarray(resolve(key)(image, **params)) * factor
    for other, translated in others:
        assert other in listed
        result = resolve(other)(image, **translated)
        given = result.get() if hasattr(result, "get") else np.asarray(result)
        np.testing.assert_allclose(given, wanted, rtol=1e-5, atol=tolerance)


def test_a_parameter_leads_there_and_back(image: np.ndarray[Any, Any]) -> None:
    """What a parameter stands for is asked for by name, and leads to the parameters of the other function."""
    ours, theirs = (next(row for row in rows_of(key) if row.what == "Gaussian blur") for key in list(SAME[0][0])[::2])
    assert theirs.names(ours.meaning("sigma")) == ("sigma_x", "sigma_y", "sigma_z")
    assert ours.names(theirs.meaning("sigma_z")) == ("sigma",)
    assert theirs.names(ours.meaning("mode")) == ("mode",)
    assert theirs.names(ours.meaning("channel_axis")) == ()
