"""Corrections to documentation: each of a parameter that is there, and each needed."""

from __future__ import annotations

import pytest

from registry.catalog import lookup
from registry.sources.also import _ALSO, _LISTS, Also, taken_also, takes_no_tuple


@pytest.mark.parametrize(("name", "parameter"), sorted({*_ALSO, *_LISTS}))
def test_every_row_is_of_a_parameter(name: str, parameter: str) -> None:
    """A row that nothing has any more is no correction."""
    library, _, dotted = name.partition(":")
    if dotted:
        assert lookup(name).parameter(parameter) is not None
    else:
        from registry.catalog import entries

        assert any(entry.parameter(parameter) for entry in entries(library))


def test_those_that_follow_take_the_same() -> None:
    """CuPy takes what NumPy takes, cupyx what SciPy, cuCIM what scikit-image."""
    assert taken_also("cupyx", "ndimage.binary_dilation", "border_value") == Also(("bool",))
    assert taken_also("cucim", "morphology.h_maxima", "h") == Also(("float",))
    assert takes_no_tuple("cupy", "block", "arrays")
    assert taken_also("skimage", "filters.gaussian", "sigma") == Also()


def test_lists_are_needed() -> None:
    """What is said to take no tuple raises for one, where a list works."""
    import numpy as np
    from skimage.feature import daisy

    image = np.zeros((64, 64))
    daisy(image, sigmas=[1, 2], ring_radii=[3])
    with pytest.raises(TypeError):
        daisy(image, sigmas=(1, 2), ring_radii=(3,))
    np.block([[image, image]])
    with pytest.raises(TypeError):
        np.block(((image, image),))
