"""P6: examples, notebooks and a sweep of functions give the same bits directly, in a subprocess, in a pool and on Dask.

All of them are steps of one document, so that every engine is started once. `python -m tools.same_everywhere` does it
with every function that one image is enough for.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import skimage

import pipeline_schema as ps
import registry
from pipeline_schema.document import Input, Pipeline, Step
from pipeline_schema.run.batch.run import run_batch
from pipeline_schema.run.channel.messages import OutputRecord
from tests.test_examples import BY_HAND, EXAMPLES
from tests.test_gallery import FOLDER, NOTEBOOKS
from tools.same_everywhere import Cases, images, settled, sweep

SEED = 6
RANDOM = ("filled", "noise", "lines", "deconvolved")


def _random() -> Pipeline:
    """Steps that draw random numbers, and of which nothing says which."""
    steps = [
        Step(id="noise", function="skimage:util.random_noise"),
        Step(id="mask", function="numpy:greater", inputs={"x1": "noise"}, params={"x2": 0.5}),
        Step(id="filled", function="skimage:morphology.medial_axis", inputs={"@": "mask"}),
        Step(id="lines", function="skimage:transform.probabilistic_hough_line", inputs={"@": "mask"}),
        Step(
            id="deconvolved",
            function="skimage:restoration.unsupervised_wiener",
            inputs={"@": "noise"},
            params={"psf": {"$call": "numpy:ones", "params": {"shape": [3, 3]}}},
        ),
    ]
    return Pipeline(inputs={"image": Input()}, steps=steps, outputs={name: name for name in RANDOM})


def _by_hand(pipe: Pipeline, image: np.ndarray) -> dict[str, Any]:
    """The same as calls, with the numbers that planning with the seed has written into the steps."""
    params = {step.id: step.params for step in pipe.steps}

    def rng(step: str) -> np.random.Generator:
        return np.random.default_rng(params[f"random-{step}"]["rng"]["$rng"])

    noise = skimage.util.random_noise(image, rng=rng("noise"))
    return {
        "noise": noise,
        "filled": skimage.morphology.medial_axis(noise > 0.5, rng=rng("filled")),
        "lines": skimage.transform.probabilistic_hough_line(noise > 0.5, rng=rng("lines")),
        "deconvolved": skimage.restoration.unsupervised_wiener(noise, np.ones((3, 3)), rng=rng("deconvolved")),
    }


@pytest.fixture(scope="module")
def cases() -> Cases:
    """Everything as one document, with what direct calls give."""
    made = Cases()
    with_opencl = registry.availability("pyclesperanto").available
    for name, (by_hand, image, _, needs_opencl) in BY_HAND.items():
        if with_opencl or not needs_opencl:
            pipe = ps.loads((EXAMPLES / f"{name}.pipeline.json").read_bytes())
            (given,) = [key for key, declared in pipe.inputs.items() if not declared.has_default]
            made.add(name, pipe, {given: image()}, settled(by_hand(image())))
    for name, (notebook, make) in NOTEBOOKS.items():
        pictures = make()
        made.add(
            name,
            ps.loads((FOLDER / f"{name}.pipeline.json").read_bytes()),
            pictures,
            settled(notebook(pictures["image"])),
        )
    found = {library: sweep(made, library, each=3) for library in ("builtin", "numpy", "scipy", "skimage")}
    assert sum(found.values()) > 90, found
    picture = next(images())
    made.add("random", _random(), {"image": picture}, dict.fromkeys(RANDOM))
    seeded = ps.compile(made.pipeline, seed=SEED).pipeline
    made.direct |= {f"random-{name}": settled(value) for name, value in _by_hand(seeded, picture).items()}
    return made


@pytest.fixture(scope="module")
def here(cases: Cases, tmp_path_factory: pytest.TempPathFactory) -> dict[str, OutputRecord]:
    """What a plan in this process writes: dtype, shape and hash of each output."""
    return cases.files(tmp_path_factory.mktemp("here"), SEED)


@pytest.mark.filterwarnings("ignore")
def test_a_plan_in_this_process(cases: Cases) -> None:
    """`ps.compile` gives what direct calls give."""
    assert cases.different(cases.compiled(SEED)) == []


@pytest.mark.filterwarnings("ignore")
def test_a_subprocess(cases: Cases) -> None:
    """`ps.run` does."""
    assert cases.different(cases.subprocess(SEED)) == []


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("engine", ["process", "dask"])
def test_an_engine(cases: Cases, here: dict[str, OutputRecord], tmp_path: Path, engine: str) -> None:
    """Two workers write the files that a plan here writes, and arrays in them are those of direct calls."""
    if engine == "dask":
        pytest.importorskip("distributed", reason="needs Dask: pip install 'pipeline-schema[dask]'")
    for item in cases.batch(tmp_path, engine=engine, seed=SEED):
        assert [name for name in cases.direct if item[name] != here[name]] == []


_REMEMBERS = [
    Step(id="first", function="skimage:segmentation.morphological_chan_vese", params={"num_iter": 3}),
]
_ONCE = """
import sys, numpy as np
from skimage.segmentation import morphological_chan_vese
np.save(sys.argv[2], morphological_chan_vese(np.load(sys.argv[1]), num_iter=3))
"""


@pytest.mark.parametrize("engine", ["process", "dask"])
def test_an_item_does_not_depend_on_the_one_before(tmp_path: Path, engine: str) -> None:
    """A function that remembers gives for each item what it gives in a process that has called nothing."""
    if engine == "dask":
        pytest.importorskip("distributed", reason="needs Dask: pip install 'pipeline-schema[dask]'")
    paths = [tmp_path / f"{name}.npy" for name in "abc"]
    for path in paths:
        np.save(path, next(images()))
    subprocess.run([sys.executable, "-c", _ONCE, paths[0], tmp_path / "once.npy"], check=True)
    pipe = Pipeline(inputs={"image": Input()}, steps=_REMEMBERS)
    document = ps.dumps(pipe).encode()
    record = run_batch(document, paths, tmp_path / "out", array_format="npy", workers=1, engine=engine)
    assert record.fresh
    for item in record.done:
        found = np.load(tmp_path / "out" / item.name / "first.npy")
        np.testing.assert_array_equal(found, np.load(tmp_path / "once.npy"), strict=True)
    assert len(record.done) == 3


_THREADS = """
import json, os, sys
import numpy as np
import pipeline_schema as ps
from pipeline_schema.run.batch.run import run_batch

rng = np.random.default_rng(0)
a, b = rng.random((2, 600, 600))
step = ps.Step(id="product", function="numpy:matmul", inputs={"x1": "a", "x2": "b"})
pipe = ps.Pipeline(inputs={"a": ps.Input(), "b": ps.Input(kind="image")}, steps=[step])
np.save("a.npy", a)
np.save("b.npy", b)
direct = np.matmul(a, b)
found = ps.run(pipe, {"a": a, "b": b})["product"]
run_batch(ps.dumps(pipe).encode(), ["a.npy"], "out", settings={"b": "b.npy"}, array_format="npy", workers=1)
pool = np.load("out/a/product.npy")
print(json.dumps([np.array_equal(found, direct), np.array_equal(pool, direct)]))
"""


@pytest.mark.parametrize("threads", ["1", "2", None])
def test_linear_algebra_rounds_as_in_the_parent(tmp_path: Path, threads: str | None) -> None:
    """`ps.run` has the parent's threads; a pool has one, unless the environment says how many."""
    environment = {name: value for name, value in os.environ.items() if not name.endswith("_NUM_THREADS")}
    if threads is not None:
        environment["OPENBLAS_NUM_THREADS"] = environment["OMP_NUM_THREADS"] = threads
    words = [sys.executable, "-W", "error", "-c", _THREADS]
    done = subprocess.run(words, env=environment, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    in_subprocess, in_pool = json.loads(done.stdout)
    assert in_subprocess
    assert in_pool or threads is None
