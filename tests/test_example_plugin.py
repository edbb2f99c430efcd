"""examples/plugin, installed as anybody would install it: documents name its functions, here and in a worker."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import skimage.data

# What a document gives must be what a call gives: made where the plugin is installed, by nothing of ours.
_DIRECT = """
import sys
import numpy as np
from mylab.measure import sizes
from mylab.segment import Area, Objects, nuclei, split_touching
labels = nuclei(np.load(sys.argv[1]), sigma=1.5, method="li", objects=Objects.BRIGHT, area=Area(smallest=30))
split = split_touching(labels, 8)
np.savez(sys.argv[2], nuclei=split, **sizes(split, pixel_size=(0.65, 0.65)))
"""
_THROUGH_PYTHON = """
import sys
from pathlib import Path
import numpy as np
import pipeline_schema as ps
results = ps.run(ps.loads(Path(sys.argv[1]).read_text()), {"image": np.load(sys.argv[2])})
np.savez(sys.argv[3], nuclei=results["nuclei"], **results["table"])
"""


@pytest.fixture(scope="module")
def site(root: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the plugin is installed by its own pyproject.toml, without a network."""
    pytest.importorskip("setuptools", reason="installing the example needs setuptools: pip install setuptools")
    folder = tmp_path_factory.mktemp("plugin")
    # Building writes beside the sources.
    shutil.copytree(root / "examples/plugin", folder / "source", ignore=shutil.ignore_patterns("__pycache__"))
    target = folder / "site"
    words = ["build", "install_lib", f"--install-dir={target}", "install_egg_info", f"--install-dir={target}"]
    setup = [sys.executable, "-W", "ignore", "-c", "import setuptools; setuptools.setup()", "--quiet", *words]
    done = subprocess.run(setup, cwd=folder / "source", capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, done.stderr
    return target


@pytest.fixture
def image(tmp_path: Path) -> Path:
    """Bright things on a dark ground."""
    path = tmp_path / "coins.npy"
    np.save(path, skimage.data.coins())
    return path


def run(tmp_path: Path, site: Path | None, *words: object) -> subprocess.CompletedProcess[str]:
    """Run Python where the plugin is installed, or where it is not."""
    environment = {**os.environ, "PIPELINE_SCHEMA_CACHE": str(tmp_path / "cache")}
    if site is not None:
        environment["PYTHONPATH"] = str(site)
    command = [sys.executable, "-P", *map(str, words)]
    return subprocess.run(
        command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=120
    )


def pipeline(tmp_path: Path, site: Path | None, *words: object) -> subprocess.CompletedProcess[str]:
    """Run the command."""
    return run(tmp_path, site, "-m", "pipeline_schema", *words)


def test_a_document_gives_what_direct_calls_give(root: Path, site: Path, image: Path, tmp_path: Path) -> None:
    """On the command line and from Python, bit for bit; an Enum and a dataclass arrive as what they are."""
    document = root / "examples/plugin/count-nuclei.pipeline.json"
    direct = run(tmp_path, site, "-c", _DIRECT, image, tmp_path / "direct.npz")
    assert direct.returncode == 0, direct.stderr
    done = pipeline(tmp_path, site, "run", document, image, "-o", "out", "--array-format", "npy", "--format", "json")
    assert done.returncode == 0, done.stderr
    through = run(tmp_path, site, "-c", _THROUGH_PYTHON, document, image, tmp_path / "through.npz")
    assert through.returncode == 0, through.stderr
    expected = np.load(tmp_path / "direct.npz")
    assert expected["nuclei"].max() > 10
    np.testing.assert_array_equal(np.load(tmp_path / "out/coins/nuclei.npy"), expected["nuclei"], strict=True)
    for name, values in np.load(tmp_path / "through.npz").items():
        np.testing.assert_array_equal(values, expected[name], strict=True)
    assert json.loads(done.stdout)["versions"]["mylab"] == "0.1.0"


def test_its_own_tests_pass(root: Path, site: Path, tmp_path: Path) -> None:
    """`check_source` finds no fault."""
    tests = shutil.copytree(root / "examples/plugin/tests", tmp_path / "tests")
    done = run(tmp_path, site, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", tmp_path, tests)
    assert done.returncode == 0, done.stdout + done.stderr


def test_wrong_values_are_refused_by_the_annotations(root: Path, site: Path, tmp_path: Path) -> None:
    """A value that is no member of the Enum and a field that the dataclass does not have are told with their places."""
    document = json.loads((root / "examples/plugin/count-nuclei.pipeline.json").read_text())
    document["steps"][0]["params"] |= {"objects": "brigth", "area": {"smalest": 30}, "sigma": "wide"}
    (tmp_path / "wrong.json").write_text(json.dumps(document))
    done = pipeline(tmp_path, site, "check", "wrong.json", "--format", "json")
    problems = json.loads(done.stdout)["files"][0]["problems"]
    assert done.returncode == 1
    assert {problem["code"] for problem in problems} == {"invalid-value"}
    assert {problem["parameter"] for problem in problems} == {"objects", "area", "sigma"}
    assert "bright" in next(problem for problem in problems if problem["parameter"] == "objects")["suggestions"]


def test_documents_are_checked_where_it_is_not_installed(root: Path, site: Path, tmp_path: Path) -> None:
    """With its exported catalog; without, its functions are not known."""
    document = root / "examples/plugin/count-nuclei.pipeline.json"
    exported = pipeline(tmp_path, site, "functions", "export", "--library", "mylab", "-o", "mylab.json")
    assert exported.returncode == 0, exported.stderr
    with_it = pipeline(tmp_path, None, "check", document, "--catalog", "mylab.json", "--format", "json")
    codes = {problem["code"] for problem in json.loads(with_it.stdout)["files"][0]["problems"]}
    assert (with_it.returncode, codes) == (0, {"unavailable-function"})
    assert pipeline(tmp_path, None, "check", document).returncode == 1
