"""What goes with an image (a second image, markers, a footprint, a place in it), each under a word.

It is made for the image that it goes with: ``footprint`` is a cross for ``2d`` and its likeness in space for ``3d``.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from registry.trials import images
from registry.trials.images import AXES, axes_of, image, window

__all__ = ["give", "words"]


def words() -> frozenset[str]:
    """All words that `give` knows."""
    return images.names() | frozenset(_COMPANIONS)


def give(name: str, like: str = "2d") -> Any:
    """What a word stands for, as a copy of its own.

    Parameters
    ----------
    name : str
        An image (``2d``, ``labels-3d``), or what goes with one (``other``, ``footprint``).
    like : str
        The image that it goes with.

    Returns
    -------
    object
        An array of NumPy, or a tuple of numbers for a place.

    Raises
    ------
    KeyError
        If there is no such word.
    """
    maker = _COMPANIONS.get(name)
    return copy.deepcopy(maker(like) if maker is not None else image(name))


def _ndim(like: str) -> int:
    return 3 if like == "rgb" or like.endswith("3d") else 2


def _labelled(like: str) -> Any:
    return image("labels-3d" if like.endswith("3d") else "labels")


def _masked(like: str) -> Any:
    return image("mask-3d" if like.endswith("3d") else "mask")


def _markers(like: str) -> Any:
    """A few labelled pixels, of which each lies within another object."""
    import numpy as np

    labels = _labelled(like)
    markers = np.zeros_like(labels)
    for number, place in enumerate(((5, 5), (20, 30), (40, 50)), start=1):
        markers[(..., *place)] = number
    return markers


def _footprint(like: str) -> Any:
    from scipy import ndimage

    return ndimage.generate_binary_structure(_ndim(like), 1).astype("uint8")


def _kernel(like: str) -> Any:
    import numpy as np

    return np.ones((3,) * _ndim(like)) / 3 ** _ndim(like)


def _place(like: str) -> tuple[int, ...]:
    return tuple(n // 2 for n in _shape(like))


def _shape(like: str) -> tuple[int, ...]:
    return tuple(AXES[axis] for axis in axes_of(like)) or (AXES["Y"], AXES["X"])


def _matrix(like: str) -> Any:
    import numpy as np

    matrix = np.eye(_ndim(like))
    matrix[-1, -2] = 0.1
    return matrix


def _coordinates(like: str) -> Any:
    import numpy as np

    return np.indices(_shape(like))[..., ::2] + 0.25


def _affine(like: str) -> Any:
    """A transform of coordinates, with a row and a column for the shift."""
    import numpy as np

    matrix = np.eye(_ndim(like) + 1)
    matrix[0, 1], matrix[0, -1] = 0.1, 2.0
    return matrix


def _corner(like: str) -> Any:
    full = image(like)
    if like == "rgb":
        return full[:9, :9].copy()
    return full[(..., *[slice(9)] * min(full.ndim, 2))].copy()


def _seed(like: str) -> Any:
    """Nowhere above the image."""
    full = image(like)
    if full.dtype.kind == "b":
        return full & window(like)
    return (full - full // 4).astype(full.dtype) if full.dtype.kind in "iu" else full * 0.75


def _doubled(like: str) -> Any:
    """Twice as large in the plane, and empty."""
    import numpy as np

    full = image(like)
    return np.zeros([n * 2 if axis >= full.ndim - 2 else n for axis, n in enumerate(full.shape)], full.dtype)


def _order(like: str) -> Any:
    return image(like).argsort(axis=-1)


def _flags(like: str) -> Any:
    """For each label and the background whether something is true of it, as a row."""
    import numpy as np

    flags = (np.arange(int(_labelled(like).max()) + 1) % 3 == 1).astype("uint32")
    return flags[None]


def _label_numbers(like: str) -> Any:
    import numpy as np

    return np.arange(1, int(_labelled(like).max()) + 1, dtype=_labelled(like).dtype)


def _label_properties(like: str) -> Any:
    """As pyclesperanto measures: a list by property, of all labels and the background."""
    count = int(_labelled(like).max()) + 1
    return {"label": [float(number) for number in range(count)], "area": [float(9 + n % 5) for n in range(count)]}


_COMPANIONS: dict[str, Callable[[str], Any]] = {
    "affine": _affine,
    "coordinates": _coordinates,
    "corner": _corner,
    "doubled": _doubled,
    "edges": lambda like: _masked(like).astype("float64"),
    "flag": lambda like: image("vector")[:1].reshape((1,) * _ndim(like)).copy(),
    "flags": _flags,
    "footprint": _footprint,
    "graph": lambda like: image("regions"),
    "half-shape": lambda like: tuple(n // 2 for n in _shape(like)),
    "heights": lambda like: (image("2d") % AXES["Z"]).astype("float32"),
    "holes": lambda like: _markers(like) > 0,
    "its-labels": _labelled,
    "its-mask": _masked,
    "its-points": lambda like: image("points"),
    "kernel": _kernel,
    "label-numbers": _label_numbers,
    "label-properties": _label_properties,
    "label-values": lambda like: _label_numbers(like) % 7 + 0.5,
    "markers": _markers,
    "matrix": _matrix,
    "ones": lambda like: (1,) * len(_shape(like)),
    "order": _order,
    "other": window,
    "place": _place,
    "same": image,
    "seed": _seed,
    "shape": _shape,
    "turned": lambda like: image(like).T.copy(),
    "twos": lambda like: (2,) * len(_shape(like)),
    "windows": lambda like: tuple((2, n // 2) for n in _shape(like)),
}
