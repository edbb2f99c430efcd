"""Notebooks as documents, from files to files: what `pipeline run` leaves on disk is what the notebook computed.

Their images are what people have: PNG of 8 bits and of one, stacks with channels and pixel sizes, big-endian TIFF,
floats of an ``.npy`` file. What comes out is read with other readers than ours and compared bit for bit.
"""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
import pytest
import scipy.ndimage as ndi
import tifffile
from skimage import (
    color,
    data,
    draw,
    feature,
    filters,
    graph,
    measure,
    morphology,
    registration,
    restoration,
    segmentation,
    transform,
    util,
)

import pipeline_schema as ps
from pipeline_schema.values import encode

Results = dict[str, Any]
Notebook = Callable[..., Results]
Save = Callable[[Path, np.ndarray], None]
File = tuple[str, Save, Callable[[], np.ndarray]]

FOLDER = Path(__file__).parent / "gallery" / "files"
NOTEBOOKS: dict[str, tuple[Notebook, dict[str, File], tuple[str, ...]]] = {}


def of(*more: str, **files: File) -> Callable[[Notebook], Notebook]:
    """Marks a notebook: by input, a file's name, how it is saved, and what is in it; `more` are options of the run."""

    def mark(notebook: Notebook) -> Notebook:
        NOTEBOOKS[notebook.__name__.replace("_", "-")] = (notebook, files, more)
        return notebook

    return mark


def _png(path: Path, image: np.ndarray) -> None:
    path.write_bytes(imagecodecs.png_encode(np.ascontiguousarray(image)))


def _mask(path: Path, image: np.ndarray) -> None:
    from PIL import Image

    Image.fromarray(image).save(path)


def _big_endian(path: Path, image: np.ndarray) -> None:
    tifffile.imwrite(path, image, byteorder=">")


def _ome(path: Path, image: np.ndarray) -> None:
    sizes = {"PhysicalSizeZ": 0.29, "PhysicalSizeY": 0.26, "PhysicalSizeX": 0.26}
    tifffile.imwrite(path, image, ome=True, metadata={"axes": "ZCYX"[-image.ndim :], **sizes})


def _camera() -> np.ndarray:
    return data.camera()[100:228, 100:228]


def _coins() -> np.ndarray:
    return data.coins()[:200, :200]


def _cells() -> np.ndarray:
    """Two channels of a stack with a dozen blurred spots in each, and noise."""
    rng = np.random.default_rng(0)
    stack = np.zeros((6, 2, 60, 70))
    for z, y, x in rng.integers(0, [6, 59, 69], (12, 3)):
        stack[z, :, y, x] = 1
    stack = ndi.gaussian_filter(stack, (1, 0, 4, 4))
    return (stack / stack.max() * 3000 + rng.random(stack.shape) * 100).astype(np.uint16)


def _ellipse() -> np.ndarray:
    image = np.zeros((40, 50), dtype=bool)
    image[draw.ellipse_perimeter(20, 25, 9, 16)] = True
    return image


@of(image=("coins.png", _png, data.coins))
def coins_by_size(image: np.ndarray) -> Results:
    edges = feature.canny(image / 255.0)
    objects, count = ndi.label(ndi.binary_fill_holes(edges))
    sizes = np.bincount(objects.ravel())
    kept = sizes > 20
    kept[0] = False
    return {"edges": edges, "objects": objects, "count": count, "sizes": sizes, "coins": kept[objects]}


@of(image=("cells.ome.tif", _ome, _cells))
def cells_3d(image: np.ndarray) -> Results:
    spacing = (0.29, 0.26, 0.26)
    smooth = ndi.median_filter(image[:, 1], size=3)
    mask = morphology.remove_small_objects(smooth >= filters.threshold_li(smooth), max_size=20)
    distance = ndi.distance_transform_edt(mask, sampling=spacing)
    seeds = np.zeros(distance.shape, dtype=bool)
    seeds[tuple(feature.peak_local_max(distance, labels=mask, min_distance=3).T)] = True
    labels = segmentation.watershed(-distance, measure.label(seeds), mask=mask)
    last = np.moveaxis(image, 1, -1)
    properties = ("label", "area", "centroid", "intensity_mean", "intensity_max")
    return {
        "distance": distance,
        "labels": labels,
        "table": measure.regionprops_table(labels, last, properties=properties, spacing=spacing),
        "projection": image.max(axis=0),
        "last": last,
        "overlay": color.label2rgb(labels.max(axis=0), bg_label=0),
    }


@of(image=("well.ome.tif", _ome, lambda: _cells().max(axis=0)))
def assay(image: np.ndarray) -> Results:
    smooth = filters.gaussian(image[0], 2, preserve_range=True)
    nuclei = measure.label(smooth > filters.threshold_otsu(smooth))
    cells = segmentation.expand_labels(nuclei, 6)
    channels = ("label", "area", "intensity_mean")
    of_cells = measure.regionprops_table(cells, np.moveaxis(image, 0, -1), properties=channels)
    of_nuclei = measure.regionprops_table(nuclei, image[0], properties=("label", "area", "eccentricity"))
    table = {"label": of_cells["label"]}
    for prefix, part in (("cell_", of_cells), ("nucleus_", of_nuclei)):
        table |= {f"{prefix}{name}": column for name, column in part.items() if name != "label"}
    found = feature.blob_log(filters.gaussian(image[1], 1), min_sigma=1, max_sigma=2, num_sigma=2, threshold=0.002)
    owners = cells[tuple(np.round(found[:, :2]).astype(int).T)]
    per_cell = np.bincount(owners, minlength=cells.max() + 1)[1:]
    return {"cells": cells, "table": table, "found": found, "per_cell": per_cell}


@of(image=("ellipse.tif", _big_endian, _ellipse))
def ellipses(image: np.ndarray) -> Results:
    found = transform.hough_ellipse(image, accuracy=10, threshold=8, min_size=10)
    ordered = np.sort(found, order="accumulator")
    return {
        "found": found,
        "best": ordered[-1],
        "votes": ordered["accumulator"].max(),
        "centres": ordered["yc"],
    }


@of(
    image=("before.tif", _big_endian, lambda: data.camera()[:200:2, :200:2]),
    moving=("after.png", _png, lambda: np.roll(data.camera()[:200:2, :200:2], (3, -2), (0, 1))),
)
def flow(image: np.ndarray, moving: np.ndarray) -> Results:
    down, right = field = registration.optical_flow_tvl1(image, moving)
    rows, columns = np.meshgrid(*map(np.arange, image.shape), indexing="ij")
    shift = registration.phase_cross_correlation(image, moving, upsample_factor=20, normalization=None)
    warped = transform.warp(moving, np.array([rows + down, columns + right]), mode="edge")
    return {"flow": field, "warped": warped, "shift": shift, "offset": shift[0]}


@of(image=("tissue.png", _png, lambda: data.immunohistochemistry()[:120, :120]))
def stains(image: np.ndarray) -> Results:
    haematoxylin = color.rgb2hed(image)[..., 0]
    none = np.zeros_like(haematoxylin)
    picture = color.hed2rgb(np.stack((haematoxylin, none, none), axis=-1))
    hdx = color.separate_stains(image, color.hdx_from_rgb)
    lab = color.rgb2lab(image, illuminant="D50", observer="10")
    return {
        "bytes": util.img_as_ubyte(picture),
        "hdx": hdx,
        "back": color.combine_stains(hdx, color.rgb_from_hdx),
        "yellow": color.gray2rgb(color.rgb2gray(image)) * [1, 1, 0],
        "difference": color.deltaE_ciede2000(lab, np.roll(lab, (1, 2), (0, 1))),
    }


@of(image=("astronaut.png", _png, lambda: data.astronaut()[:96, 150:246]))
def restoration_page(image: np.ndarray) -> Results:
    grey, psf = color.rgb2gray(image), np.ones((5, 5)) / 25
    blurred = ndi.convolve(grey, psf)
    mean, chains = restoration.unsupervised_wiener(blurred, psf, rng=5)
    scratch = draw.polygon2mask((96, 96), [[20, 40], [20, 60], [30, 60], [30, 40]])
    spectrum = np.fft.fftn(filters.difference_of_gaussians(grey, 2, 10) * filters.window(("tukey", 0.8), grey.shape))
    return {
        "unsupervised": mean,
        "chains": chains,
        "wiener": restoration.wiener(blurred, psf, 1100),
        "mended": restoration.inpaint_biharmonic(image, scratch, channel_axis=-1),
        "spectrum": spectrum,
        "power": np.abs(np.fft.fftshift(spectrum)),
        "background": restoration.rolling_ball(grey, kernel=restoration.ellipsoid_kernel((21, 21), 0.2)),
    }


@of(image=("phantom.png", _png, lambda: (data.shepp_logan_phantom()[::4, ::4] * 255).astype(np.uint8)))
def tomography(image: np.ndarray) -> Results:
    small = transform.rescale(image, 0.8, mode="reflect", channel_axis=None)
    theta = np.linspace(0.0, 180.0, max(small.shape), endpoint=False)
    sinogram = transform.radon(small, theta=theta)
    sums = transform.integral_image(image)
    return {
        "sinogram": sinogram,
        "back": transform.iradon(sinogram, theta=theta, filter_name="ramp"),
        "iterated": transform.iradon_sart(sinogram, theta=theta),
        "polar": transform.warp_polar(image, radius=40, scaling="log"),
        "sums": sums,
        "boxes": transform.integrate(sums, [(10, 20), (30, 40)], [(40, 40), (70, 80)]),
    }


@of(image=("camera.tif", _big_endian, _camera))
def warps(image: np.ndarray) -> Results:
    source = np.array([[x, y] for y in np.linspace(0, 128, 5) for x in np.linspace(0, 128, 6)])
    target = source - np.stack([np.zeros(30), np.sin(np.linspace(0, 3 * np.pi, 30)) * 10], axis=1)
    corners, seen = [[0, 0], [0, 50], [100, 50], [100, 0]], [[55, 15], [25, 40], [90, 110], [120, 95]]
    bend = transform.estimate_transform("piecewise-affine", source, target)
    curve = transform.estimate_transform("polynomial", source, target, order=2)
    view = transform.estimate_transform("projective", np.array(corners), np.array(seen))
    shear = transform.AffineTransform(np.array([[1, 0.2, 3], [0.1, 0.9, 4], [0, 0, 1]]))
    line = {"linewidth": 3, "mode": "constant", "reduce_func": np.max}
    return {
        "bent": transform.warp(image, bend),
        "curved": transform.warp(image, curve, order=3, mode="reflect", preserve_range=True),
        "flat": transform.warp(image, view, output_shape=(50, 100)),
        "matrix": view.params,
        "sheared": transform.warp(image, shear, output_shape=(100, 120), cval=7.0),
        "profile": measure.profile_line(image, (10, 10), (100, 90), **line),
    }


@of(image=("camera.png", _png, _camera))
def kernels(image: np.ndarray) -> Results:
    scaled = image / 255.0
    kernel = filters.gabor_kernel(0.2, theta=np.pi / 4, sigma_x=2, sigma_y=2)
    even, odd = (ndi.convolve(scaled, part(kernel), mode="wrap") for part in (np.real, np.imag))
    wave = np.exp(scaled * 12j)
    lines = [(np.ones((3, 1), np.uint8), 2), (np.ones((1, 3), np.uint8), 1)]
    return {
        "kernel": kernel,
        "magnitude": np.hypot(even, odd),
        "wave": wave,
        "unwrapped": restoration.unwrap_phase(np.angle(wave), wrap_around=(True, False), rng=0),
        "local": filters.threshold_local(image, 21, method="generic", param=np.mean),
        "level": filters.threshold_li(image, initial_guess=np.median),
        "blocks": measure.block_reduce(image, 4, np.mean, func_kwargs={"dtype": np.float32}),
        "opened": morphology.erosion(image, morphology.disk(4, decomposition="sequence")),
        "closed": morphology.dilation(image, lines),
        "ridges": filters.sato(image, sigmas=range(1, 5, 2), black_ridges=False),
    }


@of(image=("camera.tif", _big_endian, _camera))
def ndimage(image: np.ndarray) -> Results:
    cross, bright = np.array([[1, 1, 1], [1, 1, 0], [1, 0, 0]]), image > 120
    labels, count = ndi.label(bright, structure=np.ones((3, 3)))
    index, boxes = np.arange(1, count + 1), ndi.find_objects(labels)
    places = np.indices((30, 40), dtype=float) + np.array([[[10.5]], [[20.5]]])
    matrix = np.array([[0.9, 0.1], [-0.1, 0.9]])
    extremes = ndi.extrema(image, labels, [1, 2])
    return {
        "ramp": ndi.gaussian_filter(image, (1, 2.5), order=(0, 1), mode=("reflect", "wrap"), output="float32"),
        "fifth": ndi.percentile_filter(image, 20, footprint=cross.astype(bool)),
        "rank": ndi.rank_filter(image, -2, size=(3, 5), origin=(-1, 0)),
        "dilated": ndi.grey_dilation(image, size=(3, 3), structure=cross),
        "wide": ndi.prewitt(image, output=np.int16),
        "along": ndi.uniform_filter(image, 5, axes=(1,)),
        "affine": ndi.affine_transform(image, matrix, offset=(3, -2), output_shape=(60, 70), order=1, mode="nearest"),
        "zoomed": ndi.zoom(image, 0.5, grid_mode=True, mode="grid-constant"),
        "sampled": ndi.map_coordinates(image, places, order=2),
        "sizes": ndi.sum_labels(bright, labels, index),
        "centres": ndi.center_of_mass(image, labels, index),
        "boxes": boxes,
        "first": image[boxes[0]],
        "counts": ndi.histogram(image, 0, 255, 4, labels, [1, 2]),
        "extremes": extremes,
        "highest": extremes[3],
        "where": ndi.value_indices(labels, ignore_value=0),
    }


@of(image=("coins.png", _png, _coins))
def overlays(image: np.ndarray) -> Results:
    closed = morphology.closing(image > filters.threshold_otsu(image), morphology.disk(3))
    labels = measure.label(segmentation.clear_border(closed))
    properties = ("label", "area", "moments_hu", "inertia_tensor", "orientation", "feret_diameter_max")
    table = measure.regionprops_table(labels, image, properties=properties, separator="_")
    kept = table["label"][table["area"] >= 300]
    large = np.where(np.isin(labels, kept), labels, 0)
    numbered, renamed, _ = segmentation.relabel_sequential(large, offset=5)
    colours = {"alpha": 0.4, "colors": ["red", (0, 0.5, 1)], "kind": "overlay", "saturation": 0.5}
    overlay = color.label2rgb(labels, image, bg_label=0, **colours)
    outlines = segmentation.mark_boundaries(image, labels, color=(1, 1, 0), mode="thick", outline_color=(0, 0, 0))
    match = feature.match_template(image, image[20:60, 30:70])
    return {
        "labels": labels,
        "table": table,
        "large": large,
        "count": len(kept),
        "numbered": numbered,
        "renamed": np.asarray(renamed),
        "areas": util.map_array(labels, table["label"], table["area"]),
        "overlay": overlay,
        "outlines": outlines,
        "both": util.montage([overlay, outlines], channel_axis=-1, padding_width=2, fill=(1.0, 0.0, 0.0)),
        "match": match,
        "xy": np.unravel_index(np.argmax(match), match.shape)[::-1],
    }


@of(image=("horse.png", _mask, lambda: ~data.horse()[40:200, 40:250]))
def one_bit(image: np.ndarray) -> Results:
    square = ndi.generate_binary_structure(2, 2)
    skeleton = morphology.skeletonize(image, method="lee")
    network, nodes = graph.pixel_graph(skeleton, connectivity=2)
    path, length = graph.route_through_array(np.where(image, 1, 1000), (80, 30), (80, 180))
    moments = measure.moments_normalized(measure.moments_central(image, (80.0, 100.0)))
    return {
        "area": image.sum(),
        "rim": image ^ ndi.binary_erosion(image, square, iterations=3),
        "skeleton": skeleton,
        "middle": graph.central_pixel(network, nodes=nodes, shape=skeleton.shape, partition_size=100),
        "path": path,
        "length": length,
        "indices": ndi.distance_transform_edt(image, return_indices=True)[1],
        "hu": measure.moments_hu(moments),
        "entropy": measure.shannon_entropy(image),
    }


@of("--axes", "ZYX", image=("distance.npy", np.save, lambda: draw.ellipsoid(6, 10, 16, levelset=True).astype(">f4")))
def surface(image: np.ndarray) -> Results:
    vertices, faces, _, _ = measure.marching_cubes(image, 0, spacing=(1.0, 0.5, 0.5), allow_degenerate=False)
    tensor = feature.structure_tensor(image, sigma=1, order="rc")
    return {
        "vertices": vertices,
        "faces": faces,
        "area": measure.mesh_surface_area(vertices, faces),
        "core": ndi.binary_erosion(image < 0, morphology.ball(2)),
        "slope": ndi.gaussian_filter1d(image, 1.5, axis=0, order=1),
        "tensor": measure.inertia_tensor(image < 0),
        "coarse": transform.resize(image, (8, 12, 20), anti_aliasing=True),
        "curves": feature.structure_tensor_eigenvalues(tensor),
    }


@of(image=("coins.tif", _big_endian, lambda: data.coins()[:100, :100]))
def flat_field(image: np.ndarray) -> Results:
    steps = np.arange(100)
    corrected = image / (1 + np.add.outer(steps, steps) / 256)
    seeds = np.zeros_like(image, dtype=np.uint8)
    seeds = np.where(corrected > 110, 2, np.where(corrected < 60, 1, seeds))
    walk = {"beta": 10, "mode": "bf"}
    return {
        "corrected": corrected,
        "seeds": seeds,
        "walked": segmentation.random_walker(corrected, seeds, **walk),
        "chances": segmentation.random_walker(corrected, seeds, return_full_prob=True, **walk),
    }


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_files_hold_what_the_notebook_computed(name: str, tmp_path: Path) -> None:
    """By the real command, every output; and checking has nothing against the document."""
    notebook, files, more = NOTEBOOKS[name]
    document = FOLDER / f"{name}.pipeline.json"
    assert [problem for problem in ps.check(document.read_bytes()) if problem.severity != "note"] == []
    images = {key: make() for key, (_, _, make) in files.items()}
    for key, (file, save, _) in files.items():
        save(tmp_path / file, images[key])
    expected = notebook(*(image.astype(image.dtype.newbyteorder("=")) for image in images.values()))
    items = tmp_path / "items.csv"
    items.write_text(
        "\n".join([",".join(["item", *files]), ",".join(["it", *(file for file, _, _ in files.values())])])
    )
    command = [sys.executable, "-m", "pipeline_schema", "run", document, "--manifest", items, "-o", tmp_path / "out"]
    ran = subprocess.run([*command, "--workers", "1", *more], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stdout + ran.stderr
    written = {path.name.partition(".")[0]: path for path in (tmp_path / "out" / "it").iterdir()}
    assert set(written) == set(expected)
    for output, value in expected.items():
        _assert_holds(written[output], value)


def test_every_document_has_its_notebook() -> None:
    """None lies there unread."""
    assert {path.name for path in FOLDER.iterdir()} == {f"{name}.pipeline.json" for name in NOTEBOOKS}


def _assert_holds(path: Path, value: Any) -> None:
    if path.suffix == ".csv":
        columns = {key: value[key] for key in (value.dtype.names if isinstance(value, np.ndarray) else value)}
        title, *rows = csv.reader(path.read_text().splitlines())
        assert (title, rows) == (list(columns), [list(map(repr, row)) for row in zip(*_lists(columns), strict=True)])
    elif path.suffix == ".tif":
        _assert_stored(tifffile.imread(path), value, path.name)
    else:
        assert json.loads(path.read_text()) == encode(_plain(value))


def _lists(columns: dict[str, np.ndarray]) -> list[list[Any]]:
    return [column.tolist() for column in columns.values()]


def _assert_stored(found: np.ndarray, value: np.ndarray, name: str) -> None:
    """Equal in value; of another type only as docs/images.md says: masks, and integers that fit a smaller one."""
    if value.dtype == np.bool_:
        value = value * np.uint8(255)
    np.testing.assert_array_equal(found, value, err_msg=name)
    assert found.dtype == value.dtype or (value.dtype.kind in "ui" and found.dtype.kind in "ui"), name


def _plain(value: Any) -> Any:
    """Python's own numbers, and lists for arrays of objects."""
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple) or (isinstance(value, np.ndarray) and value.dtype.hasobject):
        return [_plain(item) for item in value]
    return value.item() if isinstance(value, np.generic) else value
