"""Well-known functions: what their entries say is what they are."""

import importlib
import inspect

import numpy as np
import pytest

from registry.catalog import load_catalog, lookup
from registry.sources.arrays import _ufunc_signature


@pytest.mark.parametrize(
    ("key", "flow", "kind", "parameters"),
    [
        ("pyclesperanto:gaussian_blur", "input_image", "image", {"sigma_x", "sigma_y", "sigma_z"}),
        ("skimage:filters.threshold_otsu", "image", "scalar", {"nbins", "hist"}),
        ("numpy:greater", "x1", "mask", {"x1", "x2"}),
        ("skimage:morphology.closing", "image", "image", {"footprint", "mode", "cval"}),
        ("skimage:morphology.disk", None, "values", {"radius", "strict_radius"}),
        ("skimage:measure.label", "label_image", "labels", {"background", "connectivity"}),
        ("skimage:measure.regionprops_table", "label_image", "table", {"intensity_image", "properties", "spacing"}),
    ],
)
def test_the_functions_of_the_first_example(key, flow, kind, parameters):
    """The example of the design needs these flows, kinds and parameter names."""
    entry = lookup(key)
    assert (entry.flow, entry.kind) == (flow, kind)
    assert parameters <= {p.name for p in entry.parameters}


def test_arrays_of_the_example_are_data():
    """Arrays that are bound by name are brought to the function's memory: they are of role data."""
    roles = {
        ("numpy:greater", "x2"): "data",
        ("skimage:morphology.closing", "footprint"): "data",
        ("skimage:measure.regionprops_table", "intensity_image"): "data",
        ("skimage:measure.regionprops_table", "properties"): "param",
        ("pyclesperanto:gaussian_blur", "output_image"): "output",
        ("pyclesperanto:gaussian_blur", "sigma_x"): "param",
        ("skimage:morphology.closing", "out"): "output",
        ("scipy:ndimage.label", "output"): "output",
        ("numpy:greater", "out"): "output",
    }
    assert {(k, n): lookup(k).parameter(n).role for k, n in roles} == roles


def test_ufuncs_take_their_inputs_by_position_alone():
    """NumPy's x1 and x2 have names in its documentation and no keyword in a call."""
    entry = lookup("numpy:greater")
    assert [p.kind for p in entry.parameters[:2]] == ["positional_only"] * 2
    assert entry.aliases == ()
    assert lookup("numpy:mod").key == "numpy:remainder"


@pytest.mark.parametrize("name", ["greater", "absolute", "modf", "divmod", "matmul"])
def test_older_ufuncs_have_the_same_signature(name):
    """Where Python knows no signature of a ufunc, the table makes the one that NumPy's newest version has."""
    try:
        known = inspect.signature(getattr(np, name)).parameters
    except ValueError:
        pytest.skip("this NumPy has no signatures of ufuncs")
    written = _ufunc_signature(getattr(np, name)).parameters
    assert [(p.name, p.kind) for p in written.values()] == [(p.name, p.kind) for p in known.values()]


@pytest.mark.parametrize(
    ("key", "outputs"),
    [
        ("skimage:measure.label", {"labels": "labels"}),
        ("skimage:draw.line", {"rr": "values", "cc": "unknown"}),
        ("skimage:measure.marching_cubes", {"verts": "unknown", "faces": "unknown", "normals": "unknown",
                                            "values": "unknown"}),
        ("skimage:registration.phase_cross_correlation", {"shift": "unknown", "error": "scalar",
                                                          "phasediff": "scalar"}),
        ("scipy:ndimage.label", {"labels": "labels", "num_features": "scalar"}),
        ("numpy:modf", {"y1": "image", "y2": "unknown"}),
        ("pyclesperanto:label", {"result": "labels"}),
    ],
)  # fmt: skip
def test_outputs_are_named_as_documented(key, outputs):
    """Several results have the names that references use; results on request are not among them."""
    assert {output.name: output.kind for output in lookup(key).outputs} == outputs


@pytest.mark.parametrize(
    ("key", "trait"),
    [
        ("skimage:util.random_noise", "random"),
        ("skimage:morphology.medial_axis", "random"),
        ("skimage:segmentation.morphological_chan_vese", "stateful"),
        ("skimage:measure.block_reduce", "callback"),
        ("pyclesperanto:set_row", "mutates"),
        ("pyclesperanto:scatter", "mutates"),
    ],
)
def test_traits_warn_of_what_a_function_does(key, trait):
    """Randomness, hidden state, optional callbacks and writing into an input are stated."""
    assert trait in lookup(key).traits


def test_a_seed_image_is_no_seed():
    """The marker of a reconstruction is an array: the function draws nothing."""
    assert lookup("skimage:morphology.reconstruction").traits == ()
    assert lookup("skimage:morphology.reconstruction").flow == "seed"


@pytest.mark.parametrize("name", ["AffineTransform", "EuclideanTransform", "ThinPlateSplineTransform"])
def test_transforms_are_constructors(name):
    """Documents make transforms from constants: they are values, and no image flows into them."""
    entry = lookup(f"skimage:transform.{name}")
    assert (entry.kind, entry.flow) == ("values", None)


def _is_mask(value):
    return value.dtype == bool or bool(np.isin(value, (0, 1)).all())


HOLDS = {
    "mask": _is_mask,
    "labels": lambda value: value.dtype.kind in "iu",
    "image": lambda value: isinstance(value, np.ndarray) and value.ndim >= 2,
    "points": lambda value: value.ndim == 2,
    "scalar": lambda value: np.ndim(value) == 0,
    "table": lambda value: isinstance(value, dict),
}
CALLED = [
    "skimage:color.gray2rgb", "skimage:exposure.equalize_hist", "skimage:feature.canny",
    "skimage:feature.peak_local_max", "skimage:filters.gaussian", "skimage:filters.sobel",
    "skimage:filters.threshold_li", "skimage:filters.threshold_local", "skimage:filters.threshold_otsu",
    "skimage:measure.label", "skimage:measure.regionprops_table", "skimage:measure.shannon_entropy",
    "skimage:morphology.dilation", "skimage:morphology.local_maxima", "skimage:morphology.remove_small_holes",
    "skimage:morphology.skeletonize", "skimage:restoration.denoise_tv_chambolle",
    "skimage:segmentation.clear_border", "skimage:segmentation.felzenszwalb",
    "skimage:segmentation.find_boundaries", "skimage:segmentation.watershed", "skimage:transform.integral_image",
    "skimage:util.img_as_float", "scipy:ndimage.binary_fill_holes", "scipy:ndimage.distance_transform_edt",
    "scipy:ndimage.laplace", "numpy:isfinite", "numpy:sqrt", "numpy:count_nonzero", "pyclesperanto:binary_not",
    "pyclesperanto:connected_components_labeling", "pyclesperanto:detect_maxima", "pyclesperanto:labels_statistics",
    "pyclesperanto:mean_of_all_pixels", "pyclesperanto:mean_sphere", "pyclesperanto:threshold_otsu",
    "pyclesperanto:voronoi_otsu_labeling",
]  # fmt: skip


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("key", CALLED)
def test_the_result_is_of_the_kind_that_the_entry_states(key, request):
    """The kind decides how a result is written to disk: a call gives what it says."""
    if key.startswith("pyclesperanto:"):
        request.getfixturevalue("cle")
    entry = lookup(key)
    image = np.random.default_rng(0).integers(0, 255, (24, 24)).astype(np.uint8)
    if entry.kind == "table" or "hole" in key:
        image = image > 128 if "hole" in key else (image > 200).astype(np.uint8)
    module, _, name = entry.import_path.partition(":")
    result = getattr(importlib.import_module(module), name)(image)
    assert isinstance(result, tuple) == (len(entry.outputs) > 1)
    first = result[0] if isinstance(result, tuple) else result
    assert HOLDS[entry.kind](first.get() if type(first).__name__ == "_Array" else first)


def test_few_functions_have_no_known_signature():
    """Where a signature is not known everything is passed on; that stays an exception."""
    blind = [e.key for e in load_catalog("numpy").entries if [p.name for p in e.parameters] == ["args", "kwargs"]]
    assert blind == []
