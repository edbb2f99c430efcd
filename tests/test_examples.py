"""Every example gives what the same calls give when they are made by hand: in process, in a subprocess, and on disk."""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.ndimage as ndi
import skimage
import tifffile
from skimage import color, feature, filters, measure, morphology, segmentation

import pipeline_schema as ps

EXAMPLES = Path(__file__).resolve().parent.parent / "examples"
Results = dict[str, Any]


def count_coins(image: np.ndarray) -> Results:
    import pyclesperanto as cle

    smooth = cle.gaussian_blur(image, sigma_x=2, sigma_y=2).get()
    mask = np.greater(smooth, filters.threshold_otsu(smooth))
    labels = measure.label(morphology.closing(mask, morphology.disk(radius=3)))
    table = measure.regionprops_table(labels, image, properties=("label", "area", "mean_intensity"))
    return {"labels": labels, "table": table}


def separate_coins(image: np.ndarray) -> Results:
    flat = morphology.white_tophat(image, morphology.disk(40))
    opened = morphology.opening(flat > filters.threshold_otsu(flat), morphology.disk(3))
    filled = ndi.binary_fill_holes(opened)
    distance = ndi.distance_transform_edt(filled)
    peaks = feature.peak_local_max(distance, labels=filled, min_distance=15)
    seeds = np.zeros(distance.shape, bool)
    seeds[tuple(peaks.T)] = True
    markers, count = ndi.label(seeds)
    return {
        "labels": segmentation.watershed(-distance, markers, mask=filled),
        "count": count,
        "distance": distance,
    }


def project_stack(stack: np.ndarray) -> Results:
    smooth = [filters.gaussian(plane, sigma=1.5, preserve_range=True) for plane in stack]
    brightest = np.stack([morphology.white_tophat(plane, morphology.disk(8)) for plane in smooth]).max(axis=0)
    low, high = brightest.min(), brightest.max()
    picture = np.rint((brightest - low) / (high - low) * 255).astype(np.uint8)
    return {"brightest": brightest, "picture": picture}


def cells_on_device(image: np.ndarray) -> Results:
    import pyclesperanto as cle

    flat = cle.top_hat(image, radius_x=25, radius_y=25, connectivity="box")
    whole = cle.remove_labels_on_edges(cle.voronoi_otsu_labeling(flat, spot_sigma=6, outline_sigma=1))
    return {"labels": whole.get(), "largest": cle.maximum_of_all_pixels(whole)}


def grey_edges(photo: np.ndarray) -> Results:
    grey = color.rgb2gray(photo)
    thin = morphology.skeletonize(feature.canny(grey, sigma=2.0))
    return {"grey": grey, "edges": thin, "profile": np.sum(thin, axis=1)}


def coins() -> np.ndarray:
    return skimage.data.coins()


def stack() -> np.ndarray:
    """Five real pictures of different sharpness, as the planes of a stack."""
    return np.stack([ndi.uniform_filter(skimage.data.coins(), size) for size in (1, 3, 5, 7, 9)])


def photo() -> np.ndarray:
    return skimage.data.astronaut()


# By example: the same by hand, the image that it is for, its axes, and whether it needs an OpenCL device.
BY_HAND: dict[str, tuple[Callable[[np.ndarray], Results], Callable[[], np.ndarray], str, bool]] = {
    "cells-on-device": (cells_on_device, coins, "YX", True),
    "count-coins": (count_coins, coins, "YX", True),
    "grey-edges": (grey_edges, photo, "YXS", False),
    "project-stack": (project_stack, stack, "ZYX", False),
    "separate-coins": (separate_coins, coins, "YX", False),
}


def test_every_example_is_here() -> None:
    """An example that nobody made by hand is not shown to be right."""
    assert {path.name.removesuffix(".pipeline.json") for path in EXAMPLES.glob("*") if path.is_file()} == set(BY_HAND)


@pytest.fixture(params=sorted(BY_HAND))
def example(request: pytest.FixtureRequest) -> tuple[Path, np.ndarray, str, Results]:
    """The document, its image with axes, and the results of direct calls."""
    by_hand, image, axes, needs_opencl = BY_HAND[request.param]
    if needs_opencl:
        request.getfixturevalue("opencl")
    return EXAMPLES / f"{request.param}.pipeline.json", image(), axes, by_hand(image())


def same(ours: Any, direct: Any) -> None:
    """Equal in values, shape, dtype and kind."""
    if isinstance(direct, dict):
        assert list(ours) == list(direct)
        for name in direct:
            same(ours[name], direct[name])
    elif isinstance(direct, np.ndarray):
        assert (type(ours), ours.dtype, ours.shape) == (np.ndarray, direct.dtype, direct.shape)
        np.testing.assert_array_equal(ours, direct, strict=True)
    else:
        assert ours == direct


def test_in_process_and_in_a_subprocess(example: tuple[Path, np.ndarray, str, Results]) -> None:
    """`compile` and `run` give the direct calls' results bit for bit."""
    path, image, _, direct = example
    pipe = ps.loads(path.read_bytes())
    (name,) = [name for name, declared in pipe.inputs.items() if not declared.has_default]
    for results in (ps.compile(pipe)(**{name: image}), ps.run(pipe, {name: image})):
        assert results.keys() == direct.keys()
        for output, value in direct.items():
            same(results[output], value)


def test_on_disk(example: tuple[Path, np.ndarray, str, Results], tmp_path: Path) -> None:
    """`pipeline run` writes them: `npy` exactly, `tif` with the types that docs/running.md promises."""
    path, image, axes, direct = example
    source = tmp_path / "picture.tif"
    tifffile.imwrite(
        source, image, ome=True, metadata={"axes": axes}, photometric="rgb" if "S" in axes else "minisblack"
    )
    for array_format in ("npy", "tif"):
        command = ["run", path, source, "-o", tmp_path / array_format, "--array-format", array_format]
        done = subprocess.run(
            [sys.executable, "-P", "-m", "pipeline_schema", *map(str, command)],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        for output, value in direct.items():
            read_and_compare(tmp_path / array_format / "picture", output, value, array_format)


def rest_of(document: Results) -> Results:
    """What an array is written with beside dtype and shape: lists, or base64."""
    return {name: value for name, value in document["$array"].items() if name in ("data", "base64")}


def returning(value: Any) -> ps.Pipeline:
    """A pipeline that gives a constant."""
    return ps.Pipeline(steps=[ps.Step(function="numpy:ravel", params={"a": value})])


def read_and_compare(folder: Path, output: str, value: Any, array_format: str) -> None:
    """One output as it lies on disk, against the value that it is of."""
    if isinstance(value, dict):
        with (folder / f"{output}.csv").open(newline="") as file:
            rows = list(csv.reader(file))
        assert rows[0] == list(value)
        columns = [np.array(column, dtype=float) for column in zip(*rows[1:], strict=True)]
        for column, expected in zip(columns, value.values(), strict=True):
            np.testing.assert_array_equal(column, expected)
    elif not isinstance(value, np.ndarray):
        assert json.loads((folder / f"{output}.json").read_text()) == value
    elif value.ndim < 2:
        document = json.loads((folder / f"{output}.json").read_text())
        assert document == {"$array": {"dtype": value.dtype.name, "shape": [value.size], **rest_of(document)}}
        same(ps.compile(returning(document))()["ravel"], value)
    elif array_format == "npy":
        same(np.load(folder / f"{output}.npy"), value)
    else:
        found = tifffile.imread(folder / f"{output}.tif")
        if value.dtype == bool:
            assert found.dtype == np.uint8
            value = value * np.uint8(255)
        elif output == "labels":
            assert found.dtype == np.min_scalar_type(value.max())
        else:
            assert found.dtype == value.dtype
        np.testing.assert_array_equal(found, value)
