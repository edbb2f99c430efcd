"""The small real images, and what else functions take, that the trials call functions with.

Crops of the photographs that scikit-image bundles (nothing is downloaded), each axis of another length, so that a
result's shape says which axes are left. What goes with an image (a second image, markers, a footprint, a place in it)
has a word, and is made for the image that it goes with: ``footprint`` is a disk for ``2d`` and a ball for ``3d``.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from functools import cache
from typing import Any

__all__ = ["AXES", "FAMILIES", "IMAGES", "STACKS", "axes_of", "give"]

IMAGES = ("2d", "3d", "rgb", "labels", "mask")
"""What each function with a flow parameter is tried on."""

STACKS = {"2d": "3d", "labels": "labels-3d", "mask": "mask-3d", "float": "float-3d"}
"""The stack of which an image is one slice."""

FAMILIES = {"2d": "image", "3d": "image", "rgb": "image", "float": "image", "float-3d": "image"}
"""Images of intensities; their values can be scaled, those of labels can't."""

AXES = {"Z": 9, "Y": 48, "X": 60, "S": 3}
_Z, _Y, _X, _S = AXES.values()


def axes_of(name: str) -> str:
    """The letters of an image's axes, ``ZYX``; empty for what is no image."""
    if name.startswith(("points", "vector", "nothing")):
        return ""
    return "YXS" if name == "rgb" else "ZYX" if name.endswith("3d") else "YX"


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
    if maker is not None:
        return copy.deepcopy(maker(like))
    return copy.deepcopy(_image(name))


@cache
def _image(name: str) -> Any:
    if name in STACKS:
        stack = _image(STACKS[name])
        return stack[0].copy()
    return _MAKERS[name]()


@cache
def _photograph(name: str) -> Any:
    from skimage import data

    return getattr(data, name)()


def _moving_window(name: str, every: int) -> Any:
    """A stack from one photograph: each slice shows a place further down and right."""
    import numpy as np

    small = _photograph(name)[::every, ::every]
    return np.stack([small[4 * z : 4 * z + _Y, 5 * z : 5 * z + _X] for z in range(_Z)])


def _stack() -> Any:
    return _moving_window("coins", 3)


def _colour() -> Any:
    import numpy as np

    return np.ascontiguousarray(_photograph("astronaut")[::8, ::8][:_Y, :_X])


def _mask_stack() -> Any:
    return _image("3d") > 110


def _label_stack() -> Any:
    from scipy import ndimage

    return ndimage.label(_mask_stack())[0].astype("int32")


def _float_stack() -> Any:
    return _image("3d") / 255.0


def _squares() -> Any:
    """Square, with a prime number of pixels a side, as the discrete Radon transform asks."""
    return _image("2d")[:43, :43].astype("int64")


def _point_list() -> Any:
    import numpy as np

    rng = np.random.default_rng(5)
    return np.round(rng.uniform((2, 2), (_Y - 2, _X - 2), (12, 2)), 1)


def _outline() -> Any:
    """A closed polygon around an object, (row, column)."""
    import numpy as np

    turn = np.linspace(0, 2 * np.pi, 20)
    return np.stack([24 + 12 * np.sin(turn), 30 + 14 * np.cos(turn)], axis=1)


def _surface() -> Any:
    from skimage import measure

    return measure.marching_cubes(_image("3d"), 110)[:2]


def _stains() -> Any:
    from skimage import color

    return color.rgb2hed(_image("rgb"))


def _descriptors(which: str) -> Any:
    from skimage import feature

    found = feature.BRIEF(descriptor_size=64, patch_size=9)
    corners = feature.corner_peaks(feature.corner_harris(_image(which)), min_distance=2)
    found.extract(_image(which), corners)
    return found.descriptors


def _hough_line() -> Any:
    from skimage import transform

    return transform.hough_line(_image("mask"))


def _hough_circle() -> Any:
    from skimage import transform

    return transform.hough_circle(_image("mask"), [5, 6, 7])


def _graph() -> Any:
    from skimage import graph

    return graph.rag_mean_color(_image("rgb"), _image("labels"))


def _pixel_graph() -> Any:
    from skimage import graph

    return graph.pixel_graph(_image("mask"))


def _touching() -> Any:
    """Which labels touch, as pyclesperanto has it: a matrix with a row for the background."""
    import numpy as np

    count = 6
    matrix = np.zeros((count, count), "float32")
    for one, other in ((1, 2), (2, 3), (3, 4), (4, 5), (1, 5)):
        matrix[one, other] = matrix[other, one] = 1
    return matrix


def _distances() -> Any:
    import numpy as np

    places = np.append([[0.0, 0.0]], _image("points")[:5], axis=0)
    return np.linalg.norm(places[:, None] - places[None], axis=-1).astype("float32")


def _measurements() -> Any:
    """One number for each label and the background, as a row."""
    import numpy as np

    count = int(_image("labels").max()) + 1
    return (np.arange(count, dtype="float32") % 7)[None]


def _label_table() -> Any:
    from skimage import measure

    return measure.regionprops_table(_image("labels"), properties=("label", "area", "centroid"))


@cache
def _window(name: str, like: str) -> Any:
    """A second image of the same shape and dtype: of other things, or with other objects."""
    import numpy as np

    if like in ("labels", "labels-3d"):
        return np.roll(_image(like), 5, axis=-1)
    if like in ("mask", "mask-3d"):
        return np.roll(_image(like), 3, axis=-1)
    if like == "rgb":
        return np.ascontiguousarray(_photograph("coffee")[::8, ::8][:_Y, :_X])
    if like in ("2d", "3d", "float", "float-3d"):
        stack = _moving_window("camera", 4)
        image = stack if like.endswith("3d") else stack[4]
        return image / 255.0 if like.startswith("float") else np.ascontiguousarray(image)
    # Of what is no image, the same in another order.
    return _image(like)[::-1].copy()


_MAKERS: dict[str, Callable[[], Any]] = {
    "3d": _stack,
    "rgb": _colour,
    "mask-3d": _mask_stack,
    "labels-3d": _label_stack,
    "float-3d": _float_stack,
    "square": _squares,
    "points": _point_list,
    "points-row": lambda: _image("points")[:, 0].copy(),
    "points-column": lambda: _image("points")[:, 1].copy(),
    "points-list": lambda: _image("points").T.astype("float32").copy(),
    "points-outline": _outline,
    "points-index": lambda: _image("points").astype("int64"),
    "rgba": lambda: _with_alpha(_image("rgb")),
    "stains": _stains,
    "complex": lambda: _image("2d") * (1 + 0.5j),
    "vector": lambda: _image("2d")[0].copy(),
    "vector-float": lambda: _image("2d")[0] / 255.0,
    "vector-index": lambda: _image("2d")[0, :20] % 12,
    "vector-mask": lambda: _image("mask")[0].copy(),
    "list-of-images": lambda: [_image("2d"), _window("other", "2d")],
    "list-of-masks": lambda: [_image("mask"), ~_image("mask")],
    "channels": lambda: _image("3d")[:2].copy(),
    "integral": lambda: _image("2d").cumsum(0).cumsum(1),
    "vertices": lambda: _surface()[0],
    "faces": lambda: _surface()[1],
    "descriptors": lambda: _descriptors("2d"),
    "hough-line": lambda: _hough_line()[0],
    "hough-circle": _hough_circle,
    "laplace-pyramid": lambda: _image("2d") / 255.0,
    "pixel-graph": lambda: _pixel_graph()[0],
    "pixel-graph-nodes": lambda: _pixel_graph()[1],
    "co-occurrence": lambda: _co_occurrence(),
    "touching": _touching,
    "distances": _distances,
    "measurements": _measurements,
    "label-table": _label_table,
}  # fmt: skip


def _with_alpha(rgb: Any) -> Any:
    import numpy as np

    return np.concatenate([rgb, np.full((*rgb.shape[:2], 1), 200, rgb.dtype)], axis=-1)


def _co_occurrence() -> Any:
    from skimage import feature

    return feature.graycomatrix(_image("2d") // 32, [1, 2], [0.0, 1.5], levels=8)


def _ndim(like: str) -> int:
    return 3 if like == "rgb" or like.endswith("3d") else 2


def _labelled(like: str) -> Any:
    return _image("labels-3d" if like.endswith("3d") else "labels")


def _masked(like: str) -> Any:
    return _image("mask-3d" if like.endswith("3d") else "mask")


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
    return tuple(AXES[axis] for axis in axes_of(like)) or (_Y, _X)


def _matrix(like: str) -> Any:
    import numpy as np

    matrix = np.eye(_ndim(like))
    matrix[-1, -2] = 0.1
    return matrix


def _coordinates(like: str) -> Any:
    import numpy as np

    return np.indices(_shape(like))[..., ::2] + 0.25


def _descriptors_of_other(like: str) -> Any:
    return _image("descriptors")[::-1].copy()


_COMPANIONS: dict[str, Callable[[str], Any]] = {
    "other": lambda like: _window("other", like),
    "its-labels": _labelled,
    "its-mask": _masked,
    "its-points": lambda like: _image("points"),
    "markers": _markers,
    "footprint": _footprint,
    "kernel": _kernel,
    "place": _place,
    "half-shape": lambda like: tuple(n // 2 for n in _shape(like)),
    "shape": _shape,
    "ones": lambda like: (1,) * len(_shape(like)),
    "twos": lambda like: (2,) * len(_shape(like)),
    "windows": lambda like: tuple((2, n // 2) for n in _shape(like)),
    "matrix": _matrix,
    "coordinates": _coordinates,
    "corner": lambda like: _image(like)[..., :9, :9].copy() if like != "rgb" else _image(like)[:9, :9].copy(),
    "seed": lambda like: (_image(like) - _image(like) // 4).astype(_image(like).dtype),
    "vector-like": lambda like: _image("vector"),
    "graph": lambda like: _graph(),
    "edges": lambda like: _masked(like).astype("float64"),
}
