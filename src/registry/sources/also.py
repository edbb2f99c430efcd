"""What libraries take beside what they document, and where they take no tuple.

Each row is a call that a library's own examples or tests make (`registry.evidence`), and that its documentation would
forbid. CuPy and cuCIM follow NumPy, SciPy and scikit-image in this as in the rest.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from registry.types import ARRAY_LIKE

__all__ = ["Also", "taken_also", "takes_no_tuple"]

_FOLLOWS = {"cupy": "numpy", "cupyx": "scipy", "cucim": "skimage"}


class Also(NamedTuple):
    """Further types, and further choices where the list of them is closed."""

    types: tuple[str, ...] = ()
    choices: tuple[Any, ...] = ()


def taken_also(library: str, dotted: str, parameter: str) -> Also:
    """What a parameter takes besides.

    Parameters
    ----------
    library : str
        The prefix of the key.
    dotted : str
        The name of the function, as in the key.
    parameter : str
    """
    library = _FOLLOWS.get(library, library)
    rows = [_ALSO.get((name, parameter), Also()) for name in (library, f"{library}:{dotted}")]
    return Also(tuple(word for row in rows for word in row.types), tuple(one for row in rows for one in row.choices))


def takes_no_tuple(library: str, dotted: str, parameter: str) -> bool:
    """Whether a parameter wants a list where others take a tuple as well (found by trying both)."""
    return (f"{_FOLLOWS.get(library, library)}:{dotted}", parameter) in _LISTS


_LISTS = frozenset({
    ("numpy:array", "dtype"),
    ("numpy:asanyarray", "dtype"),
    ("numpy:asarray", "dtype"),
    ("numpy:ascontiguousarray", "dtype"),
    ("numpy:asfortranarray", "dtype"),
    ("numpy:astype", "dtype"),
    ("numpy:block", "arrays"),
    ("numpy:empty", "dtype"),
    ("numpy:full", "dtype"),
    ("numpy:ones", "dtype"),
    ("numpy:zeros", "dtype"),
    ("skimage:feature.daisy", "sigmas"),
})  # fmt: skip


# By library, for a parameter of this name of any function, or by key.
_ALSO: dict[tuple[str, str], Also] = {
    ("numpy", "axes"): Also(("none",)),
    ("numpy", "axis"): Also(("none",)),
    ("numpy", "copy"): Also(("none",)),
    ("numpy", "fill_value"): Also(("any",)),
    ("numpy", "order"): Also(("none",)),
    ("numpy", "s"): Also(("sequence[int|none]",)),
    ("pyclesperanto:transform.affine_transform_deskew", "deskew_direction"): Also(("int",)),  # 0 or 1; texts fail
    ("numpy:arange", "stop"): Also(("str",)),  # a date
    ("numpy:array", "object"): Also(("any",)),
    ("numpy:astype", "x"): Also(ARRAY_LIKE),
    ("numpy:broadcast_to", "array"): Also(("none",)),
    ("numpy:convolve", "mode"): Also(("int",)),
    ("numpy:correlate", "mode"): Also(("int",)),
    ("numpy:einsum", "optimize"): Also(("sequence",)),
    ("numpy:ndim", "a"): Also(("none",)),
    ("numpy:ravel_multi_index", "mode"): Also(("sequence[str]",)),
    ("numpy:shape", "a"): Also(("none",)),
    ("numpy:sinc", "x"): Also(ARRAY_LIKE),
    ("numpy:trim_zeros", "trim"): Also((), ("F", "B")),
    ("numpy:where", "x"): Also(("str",)),
    ("numpy:where", "y"): Also(("str",)),
    ("scipy", "border_value"): Also(("bool",)),
    ("scipy:ndimage.binary_erosion", "brute_force"): Also(("float",)),
    ("scipy:ndimage.distance_transform_bf", "metric"): Also((), ("cityblock", "manhattan")),
    ("scipy:ndimage.distance_transform_cdt", "metric"): Also((), ("cityblock", "manhattan")),
    ("skimage:color.label2rgb", "bg_color"): Also(("none",)),
    ("skimage:feature.match_template", "constant_values"): Also(("sequence",)),
    ("skimage:filters.threshold_local", "param"): Also(("float",)),
    ("skimage:morphology.h_maxima", "h"): Also(("float",)),
    ("skimage:morphology.h_minima", "h"): Also(("float",)),
    ("skimage:restoration.ellipsoid_kernel", "intensity"): Also(("float",)),  # of an image from 0 to 1
    ("skimage:transform.SimilarityTransform", "scale"): Also(("sequence[float]",)),
}
