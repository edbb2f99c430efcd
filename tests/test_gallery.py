"""Notebooks as documents: what people write line by line gives the same pixels as a pipeline, here and in a worker.

Each is written in the way of the libraries' galleries, with what scripts there do between filters: arithmetic, masks,
several results unpacked, one step's numbers as the next step's parameters.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.ndimage as ndi
from skimage import (
    color,
    data,
    exposure,
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

from pipeline_schema.check import check
from pipeline_schema.codec import loads
from pipeline_schema.plan import compile_pipeline
from pipeline_schema.run.workers.handshake import fingerprints_of
from pipeline_schema.run.workers.process import Worker

Results = dict[str, Any]
Notebook = Callable[[np.ndarray], Results]

FOLDER = Path(__file__).parent / "gallery"
NOTEBOOKS: dict[str, tuple[Notebook, Callable[[], dict[str, np.ndarray]]]] = {}


def of(**images: Callable[[], np.ndarray]) -> Callable[[Notebook], Notebook]:
    """Marks a notebook, and says which images it and its document are for; the first is the notebook's own."""

    def mark(notebook: Notebook) -> Notebook:
        name = notebook.__name__.replace("_", "-")
        NOTEBOOKS[name] = (notebook, lambda: {key: make() for key, make in images.items()})
        return notebook

    return mark


def _camera() -> np.ndarray:
    return data.camera()[100:356, 100:356]


def _coins() -> np.ndarray:
    return data.coins()[:200, :200]


def _circles() -> np.ndarray:
    y, x = np.indices((80, 80))
    return (y - 28) ** 2 + (x - 28) ** 2 < 16**2, (y - 44) ** 2 + (x - 52) ** 2 < 20**2


@of(image=_coins)
def watershed_coins(image: np.ndarray) -> Results:
    edges = filters.sobel(image)
    markers = np.zeros_like(image)
    markers = np.where(image < 30, 1, markers)
    markers = np.where(image > 150, 2, markers)
    regions = segmentation.watershed(edges, markers)
    return {"lab": measure.label(ndi.binary_fill_holes(regions - 1))}


@of(image=lambda: np.logical_or(*_circles()))
def two_circles(image: np.ndarray) -> Results:
    distance = ndi.distance_transform_edt(image)
    peaks = feature.peak_local_max(distance, footprint=np.ones((3, 3)), labels=image)
    mask = np.zeros(distance.shape, dtype=bool)
    mask[tuple(peaks.T)] = True
    markers, _ = ndi.label(mask)
    return {"labels": segmentation.watershed(-distance, markers, mask=image)}


@of(image=_camera)
def local_threshold(image: np.ndarray) -> Results:
    return {"b": image > filters.threshold_local(image, 35, offset=10)}


@of(image=_camera)
def niblack_sauvola(image: np.ndarray) -> Results:
    return {
        "bn": image > filters.threshold_niblack(image, window_size=25, k=0.8),
        "bs": image > filters.threshold_sauvola(image, window_size=25),
    }


@of(image=_camera)
def multiotsu(image: np.ndarray) -> Results:
    thresholds = filters.threshold_multiotsu(image)
    return {"t": thresholds, "r": np.digitize(image, bins=thresholds)}


@of(image=_camera)
def hysteresis(image: np.ndarray) -> Results:
    edges = filters.sobel(image)
    return {"lt": edges > 0.1, "h": filters.apply_hysteresis_threshold(edges, 0.1, 0.35)}


@of(image=lambda: data.retina()[300:500, 300:500])
def ridge(image: np.ndarray) -> Results:
    grey = color.rgb2gray(image)
    return {
        "m": filters.meijering(grey, sigmas=[1], black_ridges=True),
        "f": filters.frangi(grey, sigmas=range(1, 5)),
    }


@of(image=_camera)
def equalize(image: np.ndarray) -> Results:
    low, high = np.percentile(image, (2, 98))
    return {
        "s": exposure.rescale_intensity(image, in_range=(low, high)),
        "eq": exposure.equalize_hist(image),
        "ad": exposure.equalize_adapthist(image, clip_limit=0.03),
        "gam": exposure.adjust_gamma(image, 2),
    }


@of(image=lambda: util.img_as_float(data.chelsea()[100:180, 50:130]))
def denoise(image: np.ndarray) -> Results:
    sigma = restoration.estimate_sigma(image, channel_axis=-1, average_sigmas=True)
    patches = {"patch_size": 5, "patch_distance": 6, "channel_axis": -1}
    return {
        "sig": sigma,
        "tv": restoration.denoise_tv_chambolle(image, weight=0.1, channel_axis=-1),
        "bi": restoration.denoise_bilateral(image, sigma_color=0.05, sigma_spatial=15, channel_axis=-1),
        "nl": restoration.denoise_nl_means(image, h=0.08, sigma=sigma, fast_mode=True, **patches),
    }


@of(image=_camera)
def unsharp_deconv(image: np.ndarray) -> Results:
    scaled, psf = util.img_as_float(image), np.ones((5, 5)) / 25
    blurred = ndi.convolve(scaled, psf)
    return {
        "rl": restoration.richardson_lucy(blurred, psf, num_iter=10),
        "u": filters.unsharp_mask(scaled, radius=5, amount=2),
    }


@of(image=lambda: data.astronaut()[:128, 150:278])
def superpixels(image: np.ndarray) -> Results:
    scaled = util.img_as_float(image)
    slic = segmentation.slic(scaled, n_segments=250, compactness=10, sigma=1, start_label=1)
    gradient = filters.sobel(color.rgb2gray(scaled))
    return {
        "fz": segmentation.felzenszwalb(scaled, scale=100, sigma=0.5, min_size=50),
        "slic": slic,
        "qs": segmentation.quickshift(scaled, kernel_size=3, max_dist=6, ratio=0.5, rng=42),
        "ws": segmentation.watershed(gradient, markers=250, compactness=0.001),
        "mb": segmentation.mark_boundaries(scaled, slic),
        "avg": color.label2rgb(slic, scaled, kind="avg", bg_label=0),
    }


@of(image=lambda: data.astronaut()[:128, :128])
def rag(image: np.ndarray) -> Results:
    labels = segmentation.slic(image, compactness=30, n_segments=100, start_label=1)
    return {"c": graph.cut_threshold(labels, graph.rag_mean_color(image, labels), 29)}


@of(image=lambda: data.immunohistochemistry()[:200, :200])
def ihc(image: np.ndarray) -> Results:
    hed = color.rgb2hed(image)
    nuclei = exposure.rescale_intensity(hed[..., 0], out_range=(0, 1))
    return {"zd": np.dstack((nuclei, hed[:, :, 2], nuclei))}


@of(image=_camera)
def canny_hough(image: np.ndarray) -> Results:
    edges = feature.canny(image, sigma=3, low_threshold=10, high_threshold=50)
    lines = transform.hough_line(edges)
    _, angles, _ = transform.hough_line_peaks(*lines)
    return {
        "acc": lines[0],
        "ang": angles,
        "pl": transform.probabilistic_hough_line(edges, threshold=10, line_length=5, line_gap=3, rng=1),
    }


@of(image=lambda: data.hubble_deep_field()[:150, :150])
def blobs(image: np.ndarray) -> Results:
    grey = color.rgb2gray(image)
    return {
        "log": feature.blob_log(grey, max_sigma=30, num_sigma=10, threshold=0.1),
        "dog": feature.blob_dog(grey, max_sigma=30, threshold=0.1),
        "doh": feature.blob_doh(grey, max_sigma=30, threshold=0.01),
    }


@of(image=data.horse)
def skeleton(image: np.ndarray) -> Results:
    horse = np.logical_not(image)
    axis, distance = morphology.medial_axis(horse, return_distance=True, rng=0)
    return {
        "sk": morphology.skeletonize(horse),
        "th": morphology.thin(horse, max_num_iter=25),
        "ma": axis,
        "d": distance,
        "ch": morphology.convex_hull_image(horse),
        "cnt": measure.find_contours(horse, 0.5),
    }


@of(image=_camera)
def geometric(image: np.ndarray) -> Results:
    small = transform.rescale(image, 0.25, anti_aliasing=False)
    move = transform.SimilarityTransform(scale=0.5, rotation=0.3, translation=(10, -5))
    return {
        "r": transform.resize(image, (128, 100), anti_aliasing=True),
        "rs": small,
        "dl": transform.downscale_local_mean(image, (4, 3)),
        "rot": transform.rotate(image, 30, resize=True),
        "w": transform.warp(image, move),
        "sw": transform.swirl(image, rotation=0, strength=10, radius=120),
        "rad": transform.radon(small, theta=np.array([0.0, 30.0, 60.0, 90.0]), circle=False),
        "pyr": list(transform.pyramid_gaussian(image, downscale=2, max_layer=3)),
    }


@of(image=_camera)
def entropy_rank(image: np.ndarray) -> Results:
    return {
        "e": filters.rank.entropy(image, morphology.disk(5)),
        "m": filters.rank.median(image, morphology.disk(3)),
        "o": filters.rank.otsu(image, morphology.disk(8)),
    }


@of(image=_camera)
def gabor_glcm(image: np.ndarray) -> Results:
    matrix = feature.graycomatrix(image, distances=[5], angles=[0], levels=256, symmetric=True, normed=True)
    descriptor, picture = feature.hog(
        image, orientations=8, pixels_per_cell=(16, 16), cells_per_block=(1, 1), visualize=True
    )
    return {
        "g0": filters.gabor(image, frequency=0.6)[0],
        "p": feature.graycoprops(matrix, "dissimilarity"),
        "lbp": feature.local_binary_pattern(image, 24, 3, "uniform"),
        "fd": descriptor,
        "hi": picture,
    }


@of(image=_camera)
def corners(image: np.ndarray) -> Results:
    peaks = feature.corner_peaks(feature.corner_harris(image), min_distance=5, threshold_rel=0.02)
    tensor = feature.structure_tensor(image, sigma=1, order="rc")
    return {
        "p": peaks,
        "sp": feature.corner_subpix(image, peaks, window_size=13),
        "ev": feature.structure_tensor_eigenvalues(tensor),
        "sh": feature.hessian_matrix(image, sigma=2, order="rc", use_gaussian_derivatives=False),
    }


@of(image=_camera)
def snakes(image: np.ndarray) -> Results:
    around = np.linspace(0, 2 * np.pi, 50)
    start = np.array([100 + 40 * np.sin(around), 220 + 40 * np.cos(around)]).T
    smooth = filters.gaussian(image, sigma=3, preserve_range=False)
    return {
        "sn": segmentation.active_contour(smooth, start, alpha=0.015, beta=10, gamma=0.001, max_num_iter=50),
        "cv": segmentation.chan_vese(image, mu=0.25, max_num_iter=20),
        "mo": segmentation.inverse_gaussian_gradient(image),
    }


@of(image=lambda: np.roll(data.camera()[:128, :128], (5, -7), (0, 1)), ref=lambda: data.camera()[:128, :128])
def register(image: np.ndarray) -> Results:
    reference = data.camera()[:128, :128]
    shift = registration.phase_cross_correlation(reference, image, upsample_factor=10)[0]
    return {"s": shift, "sh": ndi.shift(image, shift)}


@of(image=_coins)
def regions(image: np.ndarray) -> Results:
    closed = morphology.closing(image > filters.threshold_otsu(image), morphology.footprint_rectangle((3, 3)))
    labels = measure.label(segmentation.clear_border(closed), connectivity=2)
    properties = ("label", "bbox", "area", "centroid", "eccentricity", "intensity_mean")
    table = measure.regionprops_table(labels, image, properties=properties)
    return {
        "tab": table,
        "area": table["area"],
        "rgb": color.label2rgb(labels, image, bg_label=0),
        "ex": segmentation.expand_labels(labels, 5),
        "com": ndi.center_of_mass(image, labels, [1, 2, 3]),
        "rm": morphology.remove_small_objects(labels, max_size=50),
    }


@of(image=_coins)
def seeded_noise(image: np.ndarray) -> Results:
    noisy = util.random_noise(image, mode="gaussian", rng=np.random.default_rng(3))
    return {
        "n": noisy,
        "hm": exposure.match_histograms(util.invert(noisy), noisy),
        "fl": morphology.flood_fill(image, (0, 0), 5, tolerance=10),
        "rec": morphology.reconstruction(image, image, method="dilation"),
        "hmax": morphology.h_maxima(image, 20),
        "rw": filters.butterworth(image, 0.1),
    }


@of(image=lambda: np.random.default_rng(0).integers(0, 4000, (12, 64, 64)).astype("uint16"))
def stack3d(image: np.ndarray) -> Results:
    isotropic = transform.rescale(image, (1, 0.5, 0.5), anti_aliasing=True)
    return {
        "g": filters.gaussian(isotropic, sigma=(0.5, 1, 1)),
        "mip": ndi.median_filter(image, size=(1, 3, 3)).max(axis=0),
        "gl": np.stack([filters.gaussian(plane, sigma=1) for plane in image]),
    }


@pytest.fixture(scope="module")
def worker() -> Iterator[Worker]:
    """One process for all: what a document before left behind must not matter."""
    with Worker() as made:
        yield made


@pytest.mark.parametrize("name", NOTEBOOKS)
def test_a_document_gives_what_the_notebook_gives(name: str, worker: Worker) -> None:
    """Bit for bit, types included, in this process and in a worker; and checking has nothing against it."""
    notebook, make = NOTEBOOKS[name]
    document = (FOLDER / f"{name}.pipeline.json").read_bytes()
    assert [problem for problem in check(document) if problem.severity != "note"] == []
    images = make()
    expected = notebook(images["image"])
    pipeline = loads(document)
    _assert_same(compile_pipeline(pipeline).run(images), expected)
    worker.load(document, fingerprints=fingerprints_of(pipeline))
    _assert_same(worker.run_values(images), expected)


def test_every_document_has_its_notebook() -> None:
    """None lies there unread."""
    assert {path.name for path in FOLDER.glob("*.json")} == {f"{name}.pipeline.json" for name in NOTEBOOKS}


def _assert_same(found: Any, expected: Any) -> None:
    if isinstance(expected, dict):
        assert set(found) == set(expected)
        for key, value in expected.items():
            _assert_same(found[key], value)
    elif isinstance(expected, list | tuple):
        assert len(found) == len(expected)
        for one, other in zip(found, expected, strict=True):
            _assert_same(one, other)
    else:
        np.testing.assert_array_equal(found, expected, strict=isinstance(expected, np.ndarray))
