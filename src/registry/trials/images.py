"""The small real images that the trials call functions with, and other things that functions take first.

Crops of the photographs that scikit-image bundles (nothing is downloaded), each axis of another length, so that a
result's shape says which axes are left.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

__all__ = ["AXES", "FAMILIES", "IMAGES", "STACKS", "axes_of", "image", "names", "window"]

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


def names() -> frozenset[str]:
    """All names that `image` knows."""
    return frozenset(STACKS) | frozenset(_MAKERS)


@cache
def image(name: str) -> Any:
    """What functions take first, by name: always the same object, to be copied before it is given away.

    Parameters
    ----------
    name : str
        Of `names`; an image, or another thing: ``points``, ``co-occurrence``.

    Raises
    ------
    KeyError
        If there is no such thing.
    """
    if name in STACKS:
        stack = image(STACKS[name])
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
    return image("3d") > 110


def _label_stack() -> Any:
    from scipy import ndimage

    return ndimage.label(_mask_stack())[0].astype("int32")


def _float_stack() -> Any:
    return image("3d") / 255.0


def _squares() -> Any:
    """Square, with a prime number of pixels a side, as the discrete Radon transform asks."""
    return image("2d")[:43, :43].astype("int64")


def _point_list() -> Any:
    import numpy as np

    rng = np.random.default_rng(5)
    return np.round(rng.uniform((2, 2), (_Y - 2, _X - 2), (12, 2)), 1)


def _outline() -> Any:
    """A closed polygon around an object, (row, column)."""
    import numpy as np

    turn = np.linspace(0, 2 * np.pi, 20)
    return np.stack([24 + 12 * np.sin(turn), 30 + 14 * np.cos(turn)], axis=1)


def _ring() -> Any:
    """The corners of the outline, each a pixel."""
    import numpy as np

    ring = np.zeros((_Y, _X), bool)
    ring[tuple(_outline().astype("int64").T)] = True
    return ring


def _spectrum() -> Any:
    """As pyclesperanto has it: real and imaginary parts in turn, along X."""
    import numpy as np

    return np.fft.rfft2(image("float")).astype("complex64").view("float32")


def _surface() -> Any:
    from skimage import measure

    return measure.marching_cubes(image("3d"), 110)[:2]


def _stains() -> Any:
    from skimage import color

    return color.rgb2hed(image("rgb"))


def _descriptors(picture: Any) -> Any:
    from skimage import feature

    found = feature.BRIEF(descriptor_size=64, patch_size=9)
    found.extract(picture, feature.corner_peaks(feature.corner_harris(picture), min_distance=2))
    return found.descriptors


def _hough_line() -> Any:
    from skimage import transform

    return transform.hough_line(image("mask"))


def _hough_circle() -> Any:
    from skimage import transform

    return transform.hough_circle(image("mask"), [5, 6, 7])


def _regions() -> Any:
    """Which objects touch, and how much they differ."""
    from skimage import graph

    return graph.rag_mean_color(image("rgb"), image("labels"))


def _pixel_graph() -> Any:
    from skimage import graph

    return graph.pixel_graph(image("mask"))


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

    places = np.append([[0.0, 0.0]], image("points")[:5], axis=0)
    return np.linalg.norm(places[:, None] - places[None], axis=-1).astype("float32")


def _measurements() -> Any:
    """One number for each label and the background, as a row."""
    import numpy as np

    count = int(image("labels").max()) + 1
    return (np.arange(count, dtype="float32") % 7)[None]


def _label_table() -> Any:
    from skimage import measure

    return measure.regionprops_table(image("labels"), properties=("label", "area", "centroid"))


@cache
def window(like: str) -> Any:
    """A second image of the same shape and dtype: of other things, or with other objects."""
    import numpy as np

    if like in ("labels", "labels-3d"):
        return np.roll(image(like), 5, axis=-1)
    if like in ("mask", "mask-3d"):
        return np.roll(image(like), 3, axis=-1)
    if like == "rgb":
        return np.ascontiguousarray(_photograph("coffee")[::8, ::8][:_Y, :_X])
    if like in ("2d", "3d", "float", "float-3d"):
        stack = _moving_window("camera", 4)
        found = stack if like.endswith("3d") else stack[4]
        return found / 255.0 if like.startswith("float") else np.ascontiguousarray(found)
    # Of what is no image, the same in another order.
    return image(like)[::-1].copy()


def _with_alpha(rgb: Any) -> Any:
    import numpy as np

    return np.concatenate([rgb, np.full((*rgb.shape[:2], 1), 200, rgb.dtype)], axis=-1)


def _haar() -> Any:
    from skimage import feature

    return feature.haar_like_feature_coord(9, 9, "type-2-x")[0][:3]


def _radon() -> Any:
    from skimage import transform

    return transform.frt2(image("square"))


def _more_of_labels() -> Any:
    """Another table of the same objects."""
    from skimage import measure

    return measure.regionprops_table(image("labels"), image("2d"), properties=("label", "intensity_mean"))


def _hessian() -> Any:
    from skimage import feature

    return feature.hessian_matrix(image("float"), use_gaussian_derivatives=False)


def _structure_tensor() -> Any:
    from skimage import feature

    return feature.structure_tensor(image("float"))


def _moments() -> Any:
    """Central moments of a picture, and the same normalised."""
    from skimage import measure

    central = measure.moments_central(image("2d"))
    return central, measure.moments_normalized(central)


def _cross() -> Any:
    from scipy import ndimage

    return ndimage.generate_binary_structure(2, 1).astype("uint8")


def _polynomial() -> Any:
    import numpy as np

    return np.array([1.0, -3.0, 2.0])


def _sorted(vector: Any) -> Any:
    vector = vector.copy()
    vector.sort()
    return vector


def _with_depth(points: Any) -> Any:
    import numpy as np

    return np.insert(points, 0, np.arange(len(points)) % _Z, axis=1)


def _co_occurrence() -> Any:
    from skimage import feature

    return feature.graycomatrix(image("2d") // 32, [1, 2], [0.0, 1.5], levels=8)


_MAKERS: dict[str, Callable[[], Any]] = {
    "3d": _stack,
    "rgb": _colour,
    "mask-3d": _mask_stack,
    "labels-3d": _label_stack,
    "float-3d": _float_stack,
    "angles": lambda: _hough_line()[1][::20].copy(),
    "channels": lambda: image("3d")[:2].copy(),
    "co-occurrence": _co_occurrence,
    "complex": lambda: image("2d") * (1 + 0.5j),
    "descriptors": lambda: _descriptors(image("2d")),
    "distances": _distances,
    "faces": lambda: _surface()[1],
    "footprint-sequence": lambda: [(_cross(), 2), (_cross(), 1)],
    "haar": _haar,
    "hessian": _hessian,
    "hough-angles": lambda: _hough_line()[1],
    "hough-circle": _hough_circle,
    "hough-distances": lambda: _hough_line()[2],
    "hough-line": lambda: _hough_line()[0],
    "indices": lambda: list(image("points-index").T.copy()),
    "integral": lambda: image("2d").cumsum(0).cumsum(1),
    "integral-float": lambda: image("integral").astype("float32"),
    "label-table": _label_table,
    "list-of-images": lambda: [image("2d"), window("2d")],
    "list-of-masks": lambda: [image("mask"), ~image("mask")],
    "list-of-tables": lambda: [image("label-table"), _more_of_labels()],
    "mask-index": lambda: image("mask").astype("int64"),
    "measurements": _measurements,
    "moments": lambda: _moments()[0],
    "moments-normalized": lambda: _moments()[1],
    "other-descriptors": lambda: _descriptors(image("2d")[:, ::-1].copy()),
    "pixel-graph": lambda: _pixel_graph()[0],
    "pixel-graph-nodes": lambda: _pixel_graph()[1],
    "points": _point_list,
    "points-3d": lambda: _with_depth(image("points")),
    "points-column": lambda: image("points")[:, 1].copy(),
    "points-index": lambda: image("points").astype("int64"),
    "points-list": lambda: image("points").T.astype("float32").copy(),
    "points-moved": lambda: image("points-outline") * 1.1 + 2.0,
    "points-outline": _outline,
    "points-row": lambda: image("points")[:, 0].copy(),
    "regions": _regions,
    "ring": _ring,
    "rgba": lambda: _with_alpha(image("rgb")),
    "spectrum": _spectrum,
    "square": _squares,
    "square-sums": _radon,
    "stains": _stains,
    "structure-tensor": _structure_tensor,
    "touching": _touching,
    "vector": lambda: image("2d")[0].copy(),
    "vector-float": lambda: image("2d")[0] / 255.0,
    "vector-index": lambda: image("2d")[0, :20] % 12,
    "vector-mask": lambda: image("mask")[0].copy(),
    "vector-short": _polynomial,
    "vector-sorted": lambda: _sorted(image("vector")),
    "vertices": lambda: _surface()[0],
}
