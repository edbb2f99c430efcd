"""Planes of a stack on pyclesperanto's devices: taken and put in device memory, value for value.

Its own indexing (``stack[3]``) runs a kernel that computes in float32, and so changes labels beyond 2**24; a plane of
one pixel comes from it as a number. Copies of regions do neither.
"""

from __future__ import annotations

from typing import Any

__all__ = ["make_stack", "put_plane", "take_plane"]

_ORIGIN = (0, 0, 0)


def take_plane(stack: Any, index: int) -> Any:
    """A plane of a stack, on the device.

    Parameters
    ----------
    stack : pyclesperanto array, shape (Z, Y, X)
    index : int
        Along Z.

    Returns
    -------
    pyclesperanto array, shape (Y, X)
    """
    height, width = stack.shape[1:]
    plane = _made((height, width), stack)
    stack._copy_region(plane, (index, 0, 0), _ORIGIN, (1, height, width))
    return plane


def make_stack(depth: int, plane: Any) -> Any:
    """A stack that holds so many planes like this one; nothing is in it yet.

    Parameters
    ----------
    depth : int
    plane : pyclesperanto array, shape (Y, X)

    Returns
    -------
    pyclesperanto array, shape (Z, Y, X)
    """
    return _made((depth, *plane.shape), plane)


def put_plane(stack: Any, index: int, plane: Any) -> None:
    """Write a plane into a stack.

    Parameters
    ----------
    stack : pyclesperanto array, shape (Z, Y, X)
    index : int
        Along Z.
    plane : pyclesperanto array, shape (Y, X), same dtype
    """
    plane._copy_region(stack, _ORIGIN, (index, 0, 0), (1, *plane.shape))


def _made(shape: tuple[int, ...], like: Any) -> Any:
    import pyclesperanto

    return pyclesperanto.create(shape, dtype=like.dtype, device=like.device)
