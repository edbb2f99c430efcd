"""What comes out of a document is what comes out of a call: every function that takes one image and nothing else."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
import skimage

import registry
from pipeline_schema.codec import dumps, loads
from pipeline_schema.document import Input, Pipeline, Step
from pipeline_schema.errors import StepError
from pipeline_schema.plan import plan
from pipeline_schema.run.process import Worker
from registry.entry import FunctionEntry
from registry.loading import import_raw
from registry.memory import convert, memory_type_of

# Of these two calls in one process differ, whoever makes them.
UNSTEADY = {
    "numpy:empty_like": "memory as it was found",
    "pyclesperanto:empty_like": "memory as it was found",
    "skimage:morphology.medial_axis": "draws from an unseeded generator",
    "skimage:segmentation.morphological_chan_vese": "keeps a state between calls",
    "skimage:segmentation.morphological_geodesic_active_contour": "keeps a state between calls",
    "skimage:restoration.unsupervised_wiener": "draws from an unseeded generator",
    "skimage:util.random_noise": "draws from an unseeded generator",
    "skimage:graph.pixel_graph": "gives a sparse matrix, which knows no equality",
}
# They would take minutes on any image, or memory without end.
SLOW = {
    "skimage:feature.multiscale_basic_features",
    "skimage:measure.moments_coords",
    "skimage:measure.moments_coords_central",
    "skimage:restoration.cycle_spin",
    "skimage:restoration.rolling_ball",
    "skimage:transform.hough_ellipse",
}


def takes_one_image(entry: FunctionEntry) -> bool:
    """Whether the flow parameter is all that it needs."""
    needed = [p.name for p in entry.parameters if p.required and p.kind not in ("var_positional", "var_keyword")]
    return entry.flow is not None and needed in ([entry.flow], []) and entry.kind != "values"


def entries(library: str) -> list[FunctionEntry]:
    """The functions of a library to be called."""
    found = [registry.describe(key) for key in registry.keys(library=library)]
    if library == "pyclesperanto":
        found = [entry for entry in found if entry.name in SAFE_ON_DEVICE]
    return [e for e in found if takes_one_image(e) and e.key not in UNSTEADY and e.key not in SLOW]


def images() -> Iterator[np.ndarray]:
    """Small parts of a real image: counts, and the library's 0-1 scale."""
    part = skimage.data.coins()[20:60, 30:78]
    yield part
    yield skimage.util.img_as_float32(part)
    yield part > 100


# Functions of pyclesperanto for which any image will do. Others abort the process when an image is no label image.
SAFE_ON_DEVICE = frozenset(
    [
        "absolute",
        "binary_not",
        "gaussian_blur",
        "invert",
        "laplace_box",
        "mean",
        "maximum",
        "minimum",
        "sobel",
        "square_root",
        "standard_deviation_box",
        "median_box",
        "mean_box",
        "maximum_box",
        "minimum_box",
        "top_hat",
        "bottom_hat",
        "threshold_otsu",
        "greater_constant",
        "transpose_xy",
        "maximum_of_all_pixels",
        "mean_of_all_pixels",
        "sum_of_all_pixels",
        "minimum_of_all_pixels",
        "connected_components_labeling",
        "voronoi_otsu_labeling",
        "gauss_otsu_labeling",
        "reciprocal",
        "logarithm",
        "exponential",
        "variance_box",
        "opening",
        "closing",
    ]
)


def settled(value: Any) -> Any:
    """A result as it can be compared: on the host, numbers as Python's."""
    if memory_type_of(value) is not None:
        return convert(value, "numpy")
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, tuple):
        return tuple(map(settled, value))  # NumPy's named ones arrive as plain tuples
    if isinstance(value, list):
        return [settled(item) for item in value]
    if hasattr(value, "__array__") and not isinstance(value, np.ndarray):
        return np.asarray(value)
    if isinstance(value, dict):
        return {name: settled(item) for name, item in value.items()}
    return value


def comparable(value: Any) -> bool:
    """Whether a result is made of arrays and plain values; generators and objects of a library know no equality."""
    if isinstance(value, dict):
        return all(map(comparable, value.values()))
    if isinstance(value, tuple | list):
        return all(map(comparable, value))
    return value is None or isinstance(value, np.ndarray | str | bool | int | float | complex | type)


def called(entry: FunctionEntry, image: np.ndarray) -> Any:
    """The direct call; an exception is its type and text."""
    try:
        return settled(import_raw(entry)(image.copy()))
    except Exception as error:
        return (type(error), str(error))


def documented(entry: FunctionEntry, image: np.ndarray) -> Any:
    """The same through a document that was written and read."""
    step = Step(id="step", function=entry.key)
    pipe = loads(dumps(Pipeline(inputs={"image": Input()}, steps=[step])))
    try:
        return plan(pipe)(image=image.copy())["step"]
    except StepError as error:
        return (type(error.__cause__), str(error.__cause__))


def differs(ours: Any, direct: Any) -> bool:
    """Whether two results are not the same, bit for bit."""
    try:
        np.testing.assert_equal(ours, direct)
    except AssertionError:
        return True
    if isinstance(direct, np.ndarray):
        return not (isinstance(ours, np.ndarray) and ours.dtype == direct.dtype)
    return type(ours) is not type(direct)


@pytest.mark.parametrize("library", ["builtin", "numpy", "scipy", "skimage", "pyclesperanto"])
@pytest.mark.filterwarnings("ignore")
def test_a_document_gives_what_a_call_gives(library: str, request: pytest.FixtureRequest) -> None:
    """Values, dtypes, types and the library's own exceptions, for every function that one image is enough for."""
    if library == "pyclesperanto":
        request.getfixturevalue("opencl")
    chosen = entries(library)
    assert len(chosen) > (2 if library == "builtin" else 20)
    different = []
    succeeded = 0
    for entry in chosen:
        for image in images():
            direct = called(entry, image)
            if not comparable(direct):
                continue
            ours = documented(entry, image)
            succeeded += not isinstance(direct, tuple) or not direct or not isinstance(direct[0], type)
            if differs(ours, direct):
                different.append((entry.key, image.dtype.name, str(ours)[:80], str(direct)[:80]))
    assert different == []
    assert succeeded > len(chosen)


def test_a_worker_gives_what_a_call_gives() -> None:
    """The same through one subprocess, for the image filters of scikit-image and SciPy."""
    image = next(images())
    different = []
    with Worker() as worker, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        chosen = [
            e for library in ("skimage", "scipy") for e in entries(library) if e.kind in ("image", "mask", "labels")
        ]
        for entry in chosen[::3]:
            direct = called(entry, image)
            document = dumps(Pipeline(inputs={"image": Input()}, steps=[Step(id="step", function=entry.key)]))
            worker.load(document.encode())
            try:
                ours = worker.run_values({"image": image})["step"]
            except StepError:
                ours = None
            failed = isinstance(direct, tuple) and len(direct) == 2 and isinstance(direct[0], type)
            if (failed and ours is not None) or (not failed and differs(ours, direct)):
                different.append((entry.key, str(ours)[:80], str(direct)[:80]))
    assert len(chosen) > 60
    assert different == []
