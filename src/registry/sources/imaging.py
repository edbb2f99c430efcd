"""What scikit-image and its CUDA copy have in common: namespaces, and what their documentation leaves unsaid."""

from __future__ import annotations

import re

from registry.catalog import Catalog
from registry.entry import ExclusionReason, FunctionKind
from registry.errors import SourceUnavailableError
from registry.libraries import find_library
from registry.sources.docs import Returned
from registry.sources.reading import Rules, make_catalog
from registry.sources.walk import namespaces, walk

__all__ = ["discover_imaging"]

_NOT_OFFERED: dict[str, tuple[ExclusionReason, str]] = {"io": ("io", ""), "data": ("network", "")}

_EXCLUDED: dict[str, tuple[ExclusionReason, str]] = {
    "test": ("executes-code", "it runs the library's tests"),
    "ensure_python_version": ("private-alias", ""),
    "lookfor": ("not-array", "it searches documentation"),
    "draw.set_color": ("not-array", "it writes into its input and returns nothing"),
    "feature.learn_gmm": ("not-array", "it makes an object of scikit-learn"),
    "feature.fisher_vector": ("not-array", "it needs an object of scikit-learn"),
    "feature.plot_matched_features": ("io", "it draws with matplotlib"),
    "feature.plot_matches": ("io", "it draws with matplotlib"),
    "filters.filter_forward": ("needs-callback", ""),
    "filters.filter_inverse": ("needs-callback", ""),
    "filters.rank.bilateral": ("private-alias", ""),
    "filters.try_all_threshold": ("io", "it draws with matplotlib"),
    "filters.wiener": ("needs-callback", "restoration.wiener takes an array"),
    "future.fit_segmenter": ("not-array", "it needs an object of scikit-learn"),
    "future.manual_lasso_segmentation": ("io", "it opens a window"),
    "future.manual_polygon_segmentation": ("io", "it opens a window"),
    "future.predict_segmenter": ("not-array", "it needs an object of scikit-learn"),
    "graph.show_rag": ("io", "it draws with matplotlib"),
    "measure.ransac": ("needs-callback", "it needs a class of models"),
    "transform.warp_coords": ("needs-callback", ""),
    "util.lookfor": ("not-array", "it searches documentation"),
}

_TRANSFORMS = (
    "AffineTransform", "EssentialMatrixTransform", "EuclideanTransform", "FundamentalMatrixTransform",
    "PiecewiseAffineTransform", "PolynomialTransform", "ProjectiveTransform", "SimilarityTransform",
    "ThinPlateSplineTransform",
)  # fmt: skip

_TRAITS = {
    "segmentation.morphological_chan_vese": ("stateful",),
    "segmentation.morphological_geodesic_active_contour": ("stateful",),
}

_LABELS = frozenset({
    "graph.cut_normalized", "graph.cut_threshold", "measure.label", "morphology.max_tree_local_maxima",
    "morphology.remove_objects_by_distance", "morphology.remove_small_objects", "segmentation.clear_border",
    "segmentation.expand_labels", "segmentation.felzenszwalb", "segmentation.join_segmentations",
    "segmentation.quickshift", "segmentation.random_walker", "segmentation.relabel_sequential",
    "segmentation.slic", "segmentation.watershed", "util.label_points",
})  # fmt: skip
_MASKS = frozenset({
    "feature.canny", "measure.grid_points_in_poly", "morphology.binary_closing", "morphology.binary_dilation",
    "morphology.binary_erosion", "morphology.binary_opening", "morphology.flood", "morphology.h_maxima",
    "morphology.h_minima", "morphology.local_maxima", "morphology.local_minima", "morphology.remove_small_holes",
    "morphology.skeletonize", "morphology.skeletonize_3d", "segmentation.chan_vese", "segmentation.flood",
    "segmentation.morphological_chan_vese", "segmentation.morphological_geodesic_active_contour",
})  # fmt: skip
_POINTS = frozenset({
    "feature.blob_dog", "feature.blob_doh", "feature.blob_log", "feature.corner_peaks", "feature.corner_subpix",
    "feature.peak_local_max", "measure.approximate_polygon", "measure.subdivide_polygon",
    "segmentation.active_contour", "transform.matrix_transform",
})  # fmt: skip
_UNKNOWN = frozenset({
    "color.deltaE_cie76", "color.deltaE_ciede2000", "color.deltaE_ciede94", "color.deltaE_cmc",
    "exposure.cumulative_distribution", "exposure.histogram", "feature.daisy", "feature.hog",
    "feature.multiscale_basic_features", "filters.rank.windowed_histogram", "filters.threshold_multiotsu",
    "measure.inertia_tensor", "measure.moments", "measure.moments_central", "measure.moments_coords",
    "measure.moments_coords_central", "measure.moments_hu", "measure.moments_normalized",
    "measure.points_in_poly", "morphology.max_tree", "restoration.estimate_sigma", "transform.pyramid_gaussian",
    "transform.pyramid_laplacian",
})  # fmt: skip
_IMAGES = frozenset({
    "draw.random_shapes", "feature.hessian_matrix_det", "feature.shape_index", "filters.threshold_local",
    "filters.threshold_niblack", "filters.threshold_sauvola", "transform.radon", "transform.warp", "util.crop",
    "util.map_array", "util.montage",
})  # fmt: skip
_SCALARS = frozenset({
    "draw.ellipsoid_stats", "filters.threshold_isodata", "measure.blur_effect", "measure.intersection_coeff",
    "measure.manders_overlap_coeff", "measure.shannon_entropy",
})  # fmt: skip
_FOOTPRINTS = frozenset({
    "morphology.footprint_from_sequence", "morphology.mirror_footprint", "morphology.pad_footprint",
    "transform.estimate_transform",
})  # fmt: skip
# Namespaces whose functions give images unless said otherwise.
_IMAGE_NAMESPACES = frozenset({"color", "exposure", "filters", "filters.rank", "morphology", "restoration"})

_ARRAY_OF_BOOL = re.compile(r"\b(array|ndarray|ndarrays)\b.*\bbool", re.IGNORECASE)
_SCALAR = re.compile(r"(float|int|bool|scalar)\b(?!.*\b(list|array|ndarray|tuple)\b)", re.IGNORECASE)
_IMAGE = re.compile(r"\bimage\b|same (shape|dimensions)|edge map|version of the input", re.IGNORECASE)


def discover_imaging(library: str) -> Catalog:
    """Find the functions of scikit-image, or of cuCIM.

    Raises
    ------
    SourceUnavailableError
        If a namespace can't be imported, as cuCIM's segmentation where the CUDA libraries are missing.
    """
    row = find_library(library)
    try:
        found = walk(row.root, namespaces(row.root))
    except ImportError as error:
        message = f"{row.root} is installed and can't be imported: {error}"
        raise SourceUnavailableError(message, key=None, library=library, install=row.install) from error
    excluded = dict(_EXCLUDED)
    for one in found:
        if one.namespace in _NOT_OFFERED:
            excluded[one.dotted] = _NOT_OFFERED[one.namespace]
    rules = Rules(
        library=library,
        excluded=excluded,
        constructors=tuple(f"transform.{name}" for name in _TRANSFORMS),
        kind_of=_kind_of,
        traits=_TRAITS,
        outputs={"segmentation.chan_vese": ("segmentation",)},
    )
    return make_catalog(rules, found)


def _kind_of(name: str, flow: str | None, returns: tuple[Returned, ...]) -> FunctionKind:
    for kind, names in _BY_NAME.items():
        if name in names:
            return kind
    if flow is None:
        return "values"
    if name == "measure.regionprops_table":
        return "table"
    first = returns[0] if returns else Returned("")
    if _ARRAY_OF_BOOL.search(first.type):
        return "mask"
    if _SCALAR.match(first.type):
        return "scalar"
    namespace = name.rpartition(".")[0]
    if namespace in _IMAGE_NAMESPACES or (not re.search(r"\blist\b|tuple", first.type) and _IMAGE.search(first.text)):
        return "image"
    return "unknown"


_BY_NAME: dict[FunctionKind, frozenset[str]] = {
    "labels": _LABELS,
    "mask": _MASKS,
    "points": _POINTS,
    "unknown": _UNKNOWN,
    "image": _IMAGES,
    "scalar": _SCALARS,
    "values": _FOOTPRINTS,
}
