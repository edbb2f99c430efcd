"""One small run with everything in it: done and failed items, labels, a table, a value, a name that is no name."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
import skimage

from pipeline_schema.codec import dumps
from pipeline_schema.document import Input, Pipeline, Step
from pipeline_schema.run.batch.run import run_batch

HOSTILE = "a&amp;'\u202egnp" if os.name == "nt" else "<script>alert(1)<|script>&amp;'\u202egnp"

DOCUMENT = dumps(
    Pipeline(
        name="<b>coins</b>",
        inputs={"image": Input(axes="YX")},
        steps=[
            Step(id="level", function="skimage:filters.threshold_otsu"),
            Step(id="mask", function="numpy:greater", inputs={"x1": "image", "x2": "level"}),
            Step(id="labels", function="skimage:measure.label"),
            Step(
                id="table",
                function="skimage:measure.regionprops_table",
                inputs={"label_image": "labels", "intensity_image": "image"},
                params={"properties": ("label", "area", "mean_intensity")},
            ),
        ],
        outputs={"labels": "labels", "table": "table", "level": "level"},
    )
).encode()


@pytest.fixture(scope="session")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The output folder of a run; not to be written to."""
    folder = tmp_path_factory.mktemp("report")
    given = folder / "in"
    given.mkdir()
    coins = skimage.data.coins()
    for name, image in (("first", coins), (HOSTILE, coins[::-1]), ("third", coins[:, ::-1])):
        (given / f"{name}.png").write_bytes(imagecodecs.png_encode(np.ascontiguousarray(image)))
    (given / "torn.png").write_bytes((given / "first.png").read_bytes()[:4000])
    run_batch(DOCUMENT, [given], folder / "out")
    return folder / "out"


@pytest.fixture
def out(finished: Path, tmp_path: Path) -> Path:
    """A copy of the output folder, to be written to."""
    return Path(shutil.copytree(finished, tmp_path / "out"))


@pytest.fixture
def recorded(out: Path) -> Path:
    """The same without its journal: ``run.json`` is all that is known."""
    for path in out.glob("journal*"):
        path.unlink()
    return out
