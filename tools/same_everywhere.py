"""The same result everywhere: functions and documents directly, in a subprocess, in a pool and on a Dask cluster.

    python -m tools.same_everywhere

runs every function that one image is enough for through all of them, and prints figures for docs/running.md. Tests do
the same with fewer functions.
"""

from __future__ import annotations

import csv
import sys
import tempfile
import time
import warnings
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import skimage
import tifffile

import pipeline_schema as ps
import registry
from pipeline_schema import graph
from pipeline_schema.document import Input, Pipeline, Step
from pipeline_schema.run.batch.run import run_batch
from pipeline_schema.run.channel.messages import OutputRecord, RunItem
from pipeline_schema.run.item import ItemInput
from pipeline_schema.run.items import process
from registry.entry import FunctionEntry
from registry.loading import import_raw
from registry.memory import convert, memory_type_of

__all__ = ["Cases", "called", "comparable", "differs", "entries", "images", "settled", "sweep"]

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


def differs(ours: Any, direct: Any) -> bool:
    """Whether two results are not the same, bit for bit."""
    try:
        np.testing.assert_equal(ours, direct)
    except AssertionError:
        return True
    if isinstance(direct, np.ndarray):
        return not (isinstance(ours, np.ndarray) and ours.dtype == direct.dtype)
    return type(ours) is not type(direct)


class Cases:
    """Many documents as one, so that a process is started once for all: their steps, inputs and direct results.

    Attributes
    ----------
    pipeline : Pipeline
    inputs : dict of array
    direct : dict
        What direct calls gave, by output.
    """

    def __init__(self) -> None:
        self.pipeline = Pipeline(steps=[])
        self.inputs: dict[str, Any] = {}
        self.direct: dict[str, Any] = {}

    def add(self, name: str, pipeline: Pipeline, inputs: Mapping[str, Any], direct: Mapping[str, Any]) -> None:
        """Add a document under a name, with its inputs and what direct calls give for each of its outputs."""
        whole, own = graph.expand(pipeline), self.pipeline

        def named(text: Any) -> Any:
            return [f"{name}-{each}" for each in text] if isinstance(text, list | tuple) else f"{name}-{text}"

        steps = [
            msgspec.structs.replace(
                step,
                id=named(step.id),
                inputs={parameter: named(text) for parameter, text in (step.inputs or {}).items()},
            )
            for step in whole.steps
        ]
        assert set(whole.outputs or {}) == set(direct)
        self.pipeline = msgspec.structs.replace(
            own,
            inputs={**own.inputs, **{named(key): given for key, given in whole.inputs.items()}},
            steps=[*own.steps, *steps],
            outputs={**(own.outputs or {}), **{named(key): named(text) for key, text in (whole.outputs or {}).items()}},
        )
        self.inputs |= {named(key): value for key, value in inputs.items()}
        self.direct |= {named(key): value for key, value in direct.items()}

    def compiled(self, seed: int | None = None) -> dict[str, Any]:
        """What a plan in this process gives."""
        return ps.compile(self.pipeline, seed=seed).run(self.inputs)

    def subprocess(self, seed: int | None = None) -> dict[str, Any]:
        """What `ps.run` gives."""
        return ps.run(self.pipeline, self.inputs, seed=seed)

    def files(self, folder: Path, seed: int | None = None) -> dict[str, OutputRecord]:
        """What a plan in this process writes."""
        (scratch := folder / ".pipeline-partial-here").mkdir(parents=True)
        paths = self._write(folder / "inputs")
        item = RunItem(
            name="here",
            inputs={name: ItemInput(path=path) for name, path in paths.items()},
            scratch=str(scratch),
            array_format="npy",
        )
        return {record.name: record for record in process(ps.compile(self.pipeline, seed=seed), item)}

    def batch(self, folder: Path, **options: Any) -> list[dict[str, OutputRecord]]:
        """What a run over two items that hold the same writes, for each of them."""
        rows = [self._write(folder / name) for name in ("one", "two")]
        manifest = folder / "manifest.csv"
        with manifest.open("w", newline="") as file:
            table = csv.DictWriter(file, list(rows[0]))
            table.writeheader()
            table.writerows(rows)
        record = run_batch(
            ps.dumps(self.pipeline).encode(),
            [],
            folder / "out",
            manifest=manifest,
            array_format="npy",
            workers=2,
            **options,
        )
        failed = [item.error.message for item in record.failed if item.error is not None]
        if failed:
            raise RuntimeError(failed[0])
        for item in record.items:
            self._check_arrays(Path(record.folder, item.name), item.outputs)
        return [{output.name: output for output in item.outputs} for item in record.items]

    def different(self, found: Mapping[str, Any]) -> list[str]:
        """The outputs that are not what direct calls gave."""
        return [name for name, direct in self.direct.items() if differs(settled(found[name]), direct)]

    def _write(self, folder: Path) -> dict[str, str]:
        folder.mkdir(parents=True)
        paths = {}
        for name, value in self.inputs.items():
            axes = self.pipeline.inputs[name].axes
            paths[name] = str(folder / f"{name}{'.npy' if axes is None else '.tif'}")
            if axes is None:
                np.save(paths[name], value)
            else:
                kind = "rgb" if "S" in axes else "minisblack"
                tifffile.imwrite(paths[name], value, ome=True, metadata={"axes": axes}, photometric=kind)
        return paths

    def _check_arrays(self, folder: Path, outputs: Iterable[OutputRecord]) -> None:
        """Arrays in files against direct calls, so that not only one writer is compared with itself."""
        for output in outputs:
            if output.file.endswith(".npy") and differs(np.load(folder / output.file), self.direct[output.name]):
                raise RuntimeError(f"{folder / output.file} is not what a direct call gives")


def sweep(cases: Cases, library: str, *, each: int = 1) -> int:
    """Add every so many of the functions of a library, on all images that they take; returns how many functions."""
    names = ("counts", "scaled", "mask")
    steps, direct = list[Step](), dict[str, Any]()
    given = dict(zip(names, images(), strict=True))
    for entry in entries(library)[::each]:
        for name, image in given.items():
            result = called(entry, image)
            failed = isinstance(result, tuple) and bool(result) and isinstance(result[0], type)
            if not failed and writable(result):
                ident = f"{entry.name.replace('.', '-')}-{name}"[-40:]
                steps.append(Step(id=ident, function=entry.key, inputs={str(entry.flow): name}))
                direct[ident] = result
    inputs = {name: Input() for name in names}
    cases.add(library, Pipeline(inputs=inputs, steps=steps, outputs={name: name for name in direct}), given, direct)
    return len({step.function for step in steps})


def writable(value: Any) -> bool:
    """Whether a result goes to another process: no type, no object of a library."""
    if isinstance(value, dict):
        return all(isinstance(name, str) and writable(each) for name, each in value.items())
    if isinstance(value, tuple | list):
        return all(map(writable, value))
    if isinstance(value, np.ndarray):
        return value.dtype.kind in "biufc"
    return value is None or isinstance(value, str | bool | int | float | complex)


def main() -> int:
    """Run the whole sweep and say what differed; the exit code is 1 if anything did."""
    cases, count = Cases(), 0
    warnings.simplefilter("ignore")
    with_opencl = registry.availability("pyclesperanto").available
    for library in ("builtin", "numpy", "scipy", "skimage", *(("pyclesperanto",) if with_opencl else ())):
        count += sweep(cases, library)
    print(f"{count} functions, {len(cases.direct)} calls{'' if with_opencl else '; no OpenCL device here'}", flush=True)
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder)
        began = time.monotonic()
        for how, found in (("compiled", cases.compiled()), ("subprocess", cases.subprocess())):
            different = cases.different(found)
            wrong += len(different)
            print(f"{how:12} {len(different)} differ {different} ({time.monotonic() - began:.0f} s)", flush=True)
        expected = cases.files(here / "here")
        for engine in ("process", "dask"):
            items = cases.batch(here / engine, engine=engine)
            different = sorted({name for item in items for name in expected if item[name] != expected[name]})
            wrong += len(different)
            print(f"{engine:12} {len(different)} differ {different} ({time.monotonic() - began:.0f} s)", flush=True)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
