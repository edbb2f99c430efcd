"""Closest keys: what was meant comes first, whatever part of the key was wrong."""

from __future__ import annotations

import pytest

from registry.catalog.nearest import nearest

KEYS = (
    "numpy:greater",
    "pyclesperanto:gaussian_blur",
    "scipy:ndimage.gaussian_filter",
    "skimage:draw.disk",
    "skimage:filters.gaussian",
    "skimage:filters.hessian",
    "skimage:filters.median",
    "skimage:morphology.disk",
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("skimage:filters.gausian", ("skimage:filters.gaussian",)),
        ("skimage:filter.gaussian", ("skimage:filters.gaussian",)),
        ("skimage:morphology.dsk", ("skimage:morphology.disk", "skimage:draw.disk")),
        ("skimage:gaussian_blur", ("pyclesperanto:gaussian_blur", "skimage:filters.gaussian")),
        ("scipy:gaussian_blur", ("pyclesperanto:gaussian_blur", "scipy:ndimage.gaussian_filter")),
        ("skimag:filters.median", ("skimage:filters.median",)),
        ("skimage.filters.median", ("skimage:filters.median",)),
        ("SKIMAGE:filters.median", ("skimage:filters.median",)),
        ("skimage:median", ("skimage:filters.median",)),
        ("scikit-image:filters.median", ("skimage:filters.median",)),
        ("cle:gaussian_blur", ("pyclesperanto:gaussian_blur",)),
        ("ndi:gaussian_filter", ("scipy:ndimage.gaussian_filter",)),
        ("scipy:filters.gaussian", ("skimage:filters.gaussian", "scipy:ndimage.gaussian_filter")),
        ("mylab:segment.medians", ()),
        ("graeter", ("numpy:greater",)),
        ("skimage:filters.something_else", ()),
        ("", ()),
        (":", ()),
        ("x" * 100_000, ()),
    ],
)
def test_what_was_meant_comes_first(text: str, expected: tuple[str, ...]) -> None:
    """A slip in any part of the key or in its spelling leads to the function, nonsense to none."""
    assert nearest(text, KEYS) == expected
