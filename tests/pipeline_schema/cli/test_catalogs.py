"""``--catalog`` and ``functions export``: documents are checked against what is not installed here."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

Command = Callable[..., subprocess.CompletedProcess[str]]


def _write(path: Path, function: str, **more: object) -> None:
    document = {"format": "pipeline-schema/1", "inputs": {"image": {}}, "steps": [{"function": function}], **more}
    path.write_text(json.dumps(document))


def _codes(done: subprocess.CompletedProcess[str]) -> list[str]:
    return [problem["code"] for problem in json.loads(done.stdout)["files"][0]["problems"]]


def test_another_version_of_a_library(command: Command, tmp_path: Path) -> None:
    """Functions are those of the version that is named, and requirements are held against it."""
    _write(tmp_path / "new.json", "skimage:morphology.closing", requires={"scikit-image": ">=0.23"})
    old = command("check", "new.json", "--catalog", "skimage==0.22.0", "--format", "json")
    assert (old.returncode, _codes(old)) == (1, ["version-mismatch"])
    assert "0.22.0 is what it is checked against" in old.stdout
    new = command("check", "new.json", "--catalog", "skimage==0.24.0", "--format", "json")
    assert (new.returncode, _codes(new)) == (0, [])


def test_an_exported_catalog_stands_for_a_library_that_is_not_here(command: Command, tmp_path: Path) -> None:
    """What was exported where functions are, answers where they are not: misspelled ones are refused."""
    (tmp_path / "mine.py").write_text('def twice(image):\n    """Double it."""\n    return image * 2\n')
    exported = command("functions", "export", "--library", "local", "--functions", "mine.py", "-o", "mine.json")
    assert exported.returncode == 0, exported.stderr
    shown = command("functions", "export", "--library", "local", "--functions", "mine.py")
    assert shown.stdout == (tmp_path / "mine.json").read_text()
    _write(tmp_path / "right.json", "local:mine.twice")
    right = command("check", "right.json", "--catalog", "mine.json", "--format", "json")
    assert (right.returncode, _codes(right)) == (0, ["unavailable-function"])
    _write(tmp_path / "wrong.json", "local:mine.twise")
    wrong = command("check", "wrong.json", "--catalog", "mine.json", "--format", "json")
    assert (wrong.returncode, _codes(wrong)) == (1, ["unknown-function"])
    assert "local:mine.twice" in wrong.stdout


@pytest.mark.parametrize(
    ("catalog", "said"),
    [
        ("skimage==9.9", "known versions are"),
        ("nolib==1.0", "no library 'nolib'"),
        ("nowhere.json", "there is no such file"),
        ("document.json", "it is no catalog"),
        (".", "there is no such file"),
    ],
)
def test_a_catalog_that_is_none(command: Command, tmp_path: Path, catalog: str, said: str) -> None:
    """A version of which nothing is known, and a file that holds something else, are wrong usage."""
    _write(tmp_path / "document.json", "numpy:greater")
    done = command("check", "document.json", "--catalog", catalog)
    assert done.returncode == 2
    assert f"--catalog {catalog}" in done.stderr
    assert said in done.stderr


def test_a_catalog_of_a_library_of_the_table_is_refused(command: Command, tmp_path: Path) -> None:
    """A file says nothing about scikit-image: what is known of it is part of this package."""
    _write(tmp_path / "document.json", "numpy:greater")
    command("functions", "export", "--library", "builtin", "-o", "builtin.json")
    done = command("check", "document.json", "--catalog", "builtin.json")
    assert done.returncode == 2
    assert "the prefix builtin is that of" in done.stderr


def test_an_export_that_can_not_be_written(command: Command, tmp_path: Path) -> None:
    """A folder that is not there is wrong usage, and nothing is left behind."""
    done = command("functions", "export", "--library", "builtin", "-o", "nowhere/x.json")
    assert done.returncode == 2
    assert "nowhere" in done.stderr
    assert command("functions", "export").returncode == 2


@pytest.mark.parametrize(
    ("option", "value", "near"), [("--kind", "lables", "labels"), ("--library", "skimge", "skimage"),
                                  ("--memory-type", "nunpy", "numpy"), ("--trait", "randm", "random")]
)  # fmt: skip
def test_a_filter_that_names_nothing_is_wrong_usage(command: Command, option: str, value: str, near: str) -> None:
    """A misspelled kind, library or memory type is told from one that nothing matches, with what is known."""
    done = command("functions", option, value, "--format", "json")
    assert done.returncode == 2
    message = json.loads(done.stdout)["error"]["message"]
    assert repr(value) in message
    assert f"did you mean {near}" in message
