"""What scipy.ndimage and its CUDA copy in CuPy have in common: what their documentation leaves unsaid."""

from __future__ import annotations

import re

from registry.catalog import Catalog
from registry.entry import ExclusionReason, FunctionKind
from registry.libraries import find_library
from registry.sources.docs import Returned
from registry.sources.google import read_google_doc
from registry.sources.reading import Rules, make_catalog
from registry.sources.walk import walk

__all__ = ["discover_filtering"]

_EXCLUDED: dict[str, tuple[ExclusionReason, str]] = {
    "ndimage.generic_filter": ("needs-callback", ""),
    "ndimage.generic_filter1d": ("needs-callback", ""),
    "ndimage.test": ("executes-code", "it runs the library's tests"),
}

_LABELS = frozenset({"label", "watershed_ift"})
_VALUES = frozenset({"generate_binary_structure", "iterate_structure"})
_MASK = re.compile(r"binary_")
# Measurements over labels: one number, a list or positions, by what they are asked.
_UNKNOWN = frozenset({
    "center_of_mass", "extrema", "find_objects", "histogram", "labeled_comprehension", "maximum", "maximum_position",
    "mean", "median", "minimum", "minimum_position", "standard_deviation", "sum", "sum_labels", "value_indices",
    "variance",
})  # fmt: skip
# CuPy's documentation names no results.
_OUTPUTS = {
    "ndimage.extrema": ("minimums", "maximums", "min_positions", "max_positions"),
    "ndimage.label": ("labels", "num_features"),
}


def discover_filtering(library: str) -> Catalog:
    """Find the functions of ``scipy.ndimage`` or ``cupyx.scipy.ndimage``."""
    rules = Rules(
        library=library,
        excluded=_EXCLUDED,
        kind_of=_kind_of,
        is_output=lambda function, parameter: (
            parameter.name == "output"
            or (function.startswith("distance_") and parameter.name in ("distances", "indices"))
        ),
        outputs=_OUTPUTS,
        read=read_google_doc,
    )
    return make_catalog(rules, walk(find_library(library).root, ("ndimage",)))


def _kind_of(name: str, flow: str | None, returns: tuple[Returned, ...]) -> FunctionKind:
    function = name.rpartition(".")[2]
    if function in _LABELS:
        return "labels"
    if function in _VALUES or flow is None:
        return "values"
    if function in _UNKNOWN:
        return "unknown"
    return "mask" if _MASK.match(function) else "image"
