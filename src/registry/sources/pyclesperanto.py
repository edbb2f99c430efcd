"""pyclesperanto: OpenCL (and CUDA, Metal) functions, whose arrays are known by annotation.

Its functions exist only where a device is found, so discovery prepares one first, and finding none is an error.
"""

from __future__ import annotations

import inspect
import re
import warnings
from typing import Any

from registry.catalog import Catalog
from registry.entry import ExclusionReason, FunctionKind
from registry.libraries import find_library
from registry.sources.docs import Stated
from registry.sources.reading import Rules, make_catalog
from registry.sources.walk import walk

__all__ = ["discover"]

_NAMESPACES = ("", "fft", "transform")
_MOVED = "arrays are brought to a device and back by the registry"

_LEFT_OUT: dict[tuple[ExclusionReason, str], str] = {
    ("executes-code", "it compiles and runs program text"): "evaluate execute native_execute",
    ("device-management", ""): (
        "available_device_names cl_info get_backend_name get_device info list_available_backends "
        "list_available_devices select_backend select_device set_wait_for_kernel_finish wait_for_kernel_to_finish"
    ),
    ("device-management", _MOVED): "asarray from_array from_dlpack pull push",
    ("io", "it draws with matplotlib"): "imshow",
    ("not-array", ""): (
        "categories fft.smooth_shape is_image operation operations transform.compute_output_shape_from_transform"
    ),
    ("private-alias", ""): "fft.plugin_function transform.plugin_function",
}
_EXCLUDED: dict[str, tuple[ExclusionReason, str]] = {
    name: reason for reason, names in _LEFT_OUT.items() for name in names.split()
}

_MUTATING = re.compile(r"set$|set_(?!nonzero)|scatter$|nonzero_m(ax|in)imum|onlyzero_overwrite_maximum")
_OUTPUT_NAME = re.compile(
    r"output_.*|.*_destination|centroids_coordinates|dspointlistt|(small|middle|large)_eigenvalue"
)

# By name, the first that matches. Thresholds here are binarizations: what comes out is a mask.
_KINDS: tuple[tuple[FunctionKind, re.Pattern[str]], ...] = (
    ("table", re.compile(r"statistics_of_.*|labels_(neighbors_)?statistics")),
    ("points", re.compile(r"centroids_of_labels|(labelled_)?spots_to_pointlist")),
    ("values", re.compile(r"arange|create|empty|eye|full|linspace|ones|zeros|artificial_tissue")),
    ("unknown", re.compile(r"block_enumerate|flag_existing_labels|generate_.*|histogram|multiply_matrix")),
    ("unknown", re.compile(r".*_(distance|neighbors|count|matrix|portion|neighbor_count)|symmetric_.*_matrix|read_.*")),
    ("unknown", re.compile(r".*distances?_.*|.*_of_touching_neighbors|hessian_(gaussian_)?eigenvalues")),
    (
        "mask",
        re.compile(
            r"binary_.*|threshold_.*|(greater|smaller)(_or_equal)?(_constant)?|(not_)?equal(_constant)?|"
            r"detect_.*|(dilate|erode)_(box|sphere)|skeletonize|morphological_chan_vese"
        ),
    ),
    (
        "labels",
        re.compile(
            r"label|label_spots|relabel_sequential|.*_labeling|extend_labeling_via_voronoi|filter_label_by_size|"
            r"pointlist_to_labelled_spots|reduce_labels_to_.*|create_labels_like|(exclude|remove)_labels_.*|"
            r"(closing|combine|dilate|erode|erode_connected|exclude|exclude_large|exclude_small|merge_touching|opening|"
            r"remove|remove_large|remove_small|smooth|smooth_connected)_labels"
        ),
    ),
)


def discover(library: str = "pyclesperanto") -> Catalog:
    """Find the functions of pyclesperanto.

    Raises
    ------
    SourceUnavailableError
        If no device is here.
    """
    from registry import opencl

    opencl.require()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = walk(find_library(library).root, _NAMESPACES)
    rules = Rules(
        library=library,
        excluded=_EXCLUDED,
        kind_of=lambda name, flow, returns: _kind_of(name, kinds_by_return.get(name)),
        is_array=_is_array,
        is_output=_is_output,
        traits={one.dotted: ("mutates",) for one in found if _MUTATING.match(one.dotted)},
    )
    kinds_by_return = {one.dotted: getattr(one.value, "__annotations__", {}).get("return") for one in found}
    return make_catalog(rules, found)


def _kind_of(name: str, returned: Any) -> FunctionKind:
    if returned in (float, bool):
        return "scalar"
    for kind, pattern in _KINDS:
        if pattern.fullmatch(name):
            return kind
    return "unknown" if returned is list else "image"


def _holds_array(annotation: Any) -> bool:
    options = (annotation, *getattr(annotation, "__args__", ()))
    return any(getattr(option, "__name__", "") in ("Array", "ndarray") for option in options)


def _is_array(parameter: inspect.Parameter, stated: Stated) -> bool:
    return _holds_array(parameter.annotation) or parameter.name in ("arr", "array")


def _is_output(function: str, parameter: inspect.Parameter) -> bool:
    return (
        _holds_array(parameter.annotation)
        and parameter.default is None
        and _OUTPUT_NAME.fullmatch(parameter.name) is not None
    )
