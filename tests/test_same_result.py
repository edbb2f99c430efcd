"""What comes out of a document is what comes out of a call: every function that takes one image and nothing else."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

from pipeline_schema.codec import dumps, loads
from pipeline_schema.document import Input, Pipeline, Step
from pipeline_schema.errors import StepError
from pipeline_schema.plan import plan
from pipeline_schema.run.workers.process import Worker
from registry.entry import FunctionEntry
from tools.same_everywhere import called, comparable, differs, entries, images


def documented(entry: FunctionEntry, image: np.ndarray) -> Any:
    """The same through a document that was written and read."""
    step = Step(id="step", function=entry.key)
    pipe = loads(dumps(Pipeline(inputs={"image": Input()}, steps=[step])))
    try:
        return plan(pipe)(image=image.copy())["step"]
    except StepError as error:
        return (type(error.__cause__), str(error.__cause__))


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
