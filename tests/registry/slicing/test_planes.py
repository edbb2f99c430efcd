"""Planes of a stack in device memory."""

import numpy as np
import pytest

from registry.slicing.planes import make_stack, put_plane, take_plane

DTYPES = ["uint8", "int8", "uint16", "int16", "uint32", "int32", "float32"]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(3, 4, 5), (2, 1, 1), (1, 4, 5), (4, 1, 5), (4, 5, 1)])
def test_planes_are_taken_and_put_value_for_value(cle, dtype, shape):
    """Also values that float32 does not have, and planes of one pixel."""
    greatest = 3e38 if dtype == "float32" else np.iinfo(dtype).max
    values = np.linspace(0, greatest, int(np.prod(shape))).astype(dtype).reshape(shape)
    stack = cle.push(values)
    planes = [take_plane(stack, index) for index in range(shape[0])]
    for plane, expected in zip(planes, values, strict=True):
        assert plane.shape == expected.shape
        np.testing.assert_array_equal(plane.get(), expected)
    copied = make_stack(shape[0], planes[0])
    for index in reversed(range(shape[0])):
        put_plane(copied, index, planes[index])
    np.testing.assert_array_equal(copied.get(), values)
    assert copied.dtype == dtype
