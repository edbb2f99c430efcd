"""Plugins that can't be used: told, and no hindrance to anything else."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Command = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A plugin that raises when it is imported, and that claims the prefix of scikit-image."""
    folder = tmp_path / "site"
    metadata = folder / "brokenlab-1.0.dist-info"
    metadata.mkdir(parents=True)
    (folder / "brokenlab.py").write_text('print("here")\nraise RuntimeError("no licence")\n')
    (metadata / "METADATA").write_text("Metadata-Version: 2.1\nName: brokenlab\nVersion: 1.0\n")
    (metadata / "entry_points.txt").write_text(
        "[pipeline_schema.sources]\nbrokenlab = brokenlab\nskimage = brokenlab\n"
    )
    return folder


def test_the_others_are_listed(command: Command, site: Path) -> None:
    """Who lists functions gets all others, and reads on stderr which are left out, and why."""
    done = command("functions", "threshold_otsu", "--format", "json", site=site)
    assert done.returncode == 0
    assert "skimage:filters.threshold_otsu" in [entry["key"] for entry in json.loads(done.stdout)]
    assert "left out: the prefix skimage is claimed twice" in done.stderr
    assert "RuntimeError: no licence" in done.stderr


def test_who_asks_for_it_reads_its_error(command: Command, site: Path) -> None:
    """The plugin's own error is the answer, and not a traceback."""
    done = command("functions", "--library", "brokenlab", site=site)
    assert done.returncode == 3
    assert "brokenlab" in done.stderr
    assert "RuntimeError: no licence" in done.stderr


def test_a_document_that_names_it_is_checked(command: Command, site: Path, tmp_path: Path) -> None:
    """Its functions are unavailable, for the reason that it gives; other steps are checked."""
    steps = [{"function": "brokenlab:blur"}, {"function": "skimage:filters.gausian"}]
    (tmp_path / "x.json").write_text(json.dumps({"format": "pipeline-schema/1", "inputs": {"a": {}}, "steps": steps}))
    done = command("check", "x.json", "--format", "json", site=site)
    problems = json.loads(done.stdout)["files"][0]["problems"]
    assert [problem["code"] for problem in problems] == ["unavailable-function", "unknown-function"]
    assert "no licence" in problems[0]["message"]


def test_doctor_tells_of_each(command: Command, site: Path) -> None:
    """What is wrong with plugins stands below what is here, and hides nothing of it."""
    done = command("doctor", site=site)
    assert done.returncode == 0, done.stderr
    assert "fault    the prefix skimage is claimed twice" in done.stdout
    assert "no licence" in done.stdout
    assert "ok       skimage" in done.stdout
    told = json.loads(command("doctor", "--format", "json", site=site).stdout)
    assert any("claimed twice" in fault for fault in told["faults"])
