"""``--functions``: a user's file is known to the command and to its workers, and its faults are told by line."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

Command = Callable[..., subprocess.CompletedProcess[str]]

_MINE = '''
"""My functions."""
import numpy as np

print("as it is run")


def brighten(image: np.ndarray, by: float = 10.0) -> np.ndarray:
    """Add a constant."""
    print("called")
    return image + by
'''
_DOCUMENT = {
    "format": "pipeline-schema/1",
    "inputs": {"image": {"axes": "YX"}},
    "steps": [{"function": "local:mine.brighten", "params": {"by": 5.0}}],
}


@pytest.fixture(autouse=True)
def files(tmp_path: Path) -> None:
    """A file of functions, a document that names one of them, and an image."""
    (tmp_path / "mine.py").write_text(_MINE)
    (tmp_path / "mine.pipeline.json").write_text(json.dumps(_DOCUMENT))
    np.save(tmp_path / "a.npy", np.arange(12.0).reshape(3, 4))


def test_a_worker_runs_functions_of_the_file(command: Command, tmp_path: Path) -> None:
    """The outputs are those of the function, and the record holds the file's path and sha256."""
    done = command(
        "run", "mine.pipeline.json", "a.npy", "-o", "out", "--array-format", "npy", "--functions", "mine.py",
        "--format", "json",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    np.testing.assert_array_equal(np.load(tmp_path / "out/a/brighten.npy"), np.load(tmp_path / "a.npy") + 5.0)
    record = json.loads(done.stdout)
    sha256 = hashlib.sha256(_MINE.encode()).hexdigest()
    assert record["functions_files"] == [{"path": str(tmp_path.resolve() / "mine.py"), "sha256": sha256}]
    assert list(record["functions"]) == ["local:mine.brighten"]
    assert "local" not in record["versions"]


def test_what_the_file_prints_is_not_the_answer(command: Command) -> None:
    """With --format json stdout is one JSON value, whatever the file prints."""
    done = command("check", "mine.pipeline.json", "--functions", "mine.py", "--format", "json")
    assert done.returncode == 0
    assert json.loads(done.stdout)["files"][0]["problems"] == []
    assert "as it is run" in done.stderr


def test_its_functions_are_listed_and_judged(command: Command, tmp_path: Path) -> None:
    """They are found like any, and a wrong value is refused at its place."""
    listed = command("functions", "BRIGHT", "--library", "local", "--functions", "mine.py", "--format", "json")
    (entry,) = json.loads(listed.stdout)
    assert entry["key"] == "local:mine.brighten"
    text = json.dumps(_DOCUMENT).replace("5.0", '"much"')
    (tmp_path / "wrong.json").write_text(text)
    wrong = command("check", "wrong.json", "--functions", "mine.py", "--format", "json")
    (problem,) = json.loads(wrong.stdout)["files"][0]["problems"]
    assert (problem["code"], problem["pointer"]) == ("invalid-value", "/steps/0/params/by")


def test_the_terminal_interface_offers_them(tmp_path: Path) -> None:
    """They are among the functions that can be chosen (the interface itself needs a terminal, and is not shown)."""
    code = """if True:
        from pipeline_schema.cli.main import main
        from pipeline_schema.tui.app import PipelineApp
        from registry.catalog import keys
        PipelineApp.run = lambda self: print("local:mine.brighten" in keys())
        main()"""
    done = subprocess.run(
        [sys.executable, "-P", "-c", code, "tui", "--functions", "mine.py"],
        cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (0, "True\n"), done.stderr


def test_a_document_alone_makes_no_file_run(command: Command) -> None:
    """Without --functions the function can't run here, and it is said how to name the file."""
    done = command("run", "mine.pipeline.json", "a.npy", "-o", "out")
    assert done.returncode == 3
    assert "--functions" in done.stderr
    assert "as it is run" not in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("name", "text", "code", "said"),
    [
        ("gone.py", None, 2, "there is no such file"),
        ("my-own.py", _MINE, 2, "call it my_own.py"),
        ("broken.py", "\n\ndef f(:\n", 3, "broken.py, line 3: SyntaxError"),
        ("raising.py", "x = 1\n1 / 0\n", 3, "raising.py, line 2: ZeroDivisionError"),
        ("leaving.py", "import sys\nsys.exit(0)\n", 3, "leaving.py, line 2: SystemExit"),
        ("empty.py", "x = 1\n", 3, "no public function"),
    ],
)
def test_a_file_that_can_not_be_used(
    command: Command, tmp_path: Path, name: str, text: str | None, code: int, said: str
) -> None:
    """What is wrong with it is told with file and line, and never as a traceback."""
    if text is not None:
        (tmp_path / name).write_text(text)
    done = command("check", "mine.pipeline.json", "--functions", name)
    assert done.returncode == code
    assert said in done.stderr
    assert "Traceback" not in done.stderr
