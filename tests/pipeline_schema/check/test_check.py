"""Checking a whole document: as text with lines, as a pipeline without, and on a machine that has no library."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

import registry.errors
from pipeline_schema.check import check, find_binding_problems
from pipeline_schema.codec import loads
from pipeline_schema.document import Input, Pipeline, Step

ROOT = Path(registry.errors.__file__).parents[2]
EXAMPLES = sorted((ROOT / "examples").glob("*.pipeline.json"))

WRONG = """{
  "format": "pipeline-schema/1",
  "inputs": {"image": {"axes": "YX"}},
  "steps": [
    {"function": "skimage:filters.gausian"},
    {"function": "skimage:filters.gaussian",
     "params": {"sigm": 2}}
  ],
  "outputs": {"result": "gausian_2"}
}
"""


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_examples_are_free_of_errors(path: Path) -> None:
    """What we show as an example has no errors, also in strict checking."""
    problems = check(path.read_bytes(), base=path.parent, strict=True)
    assert [problem for problem in problems if problem.severity == "error"] == []


def test_all_problems_at_once_with_their_lines() -> None:
    """Problems of a text have the line and column of what is wrong, in the order of the text."""
    problems = [problem for problem in check(WRONG) if problem.severity == "error"]
    assert [(problem.code, problem.line) for problem in problems] == [
        ("unknown-function", 5),
        ("unknown-parameter", 7),
        ("bad-reference", 9),
    ]
    line = WRONG.splitlines()[6]
    assert problems[1].column is not None
    assert line[problems[1].column - 1 :].startswith(('"sigm"', "2"))


def test_a_pipeline_has_the_same_problems_without_lines() -> None:
    """A pipeline and its text are judged alike."""
    from_text = [(problem.code, problem.pointer) for problem in check(WRONG)]
    problems = check(loads(WRONG))
    assert [(problem.code, problem.pointer) for problem in problems] == from_text
    assert {problem.line for problem in problems} == {None}


@pytest.mark.parametrize("text", ["", "{", "[]", '{"format": "pipeline-schema/9"}', b"\xff\xfe", '{"steps": 3}'])
def test_a_text_that_can_not_be_read_gives_problems(text: str | bytes) -> None:
    """No text raises: what is wrong with it is in the list."""
    assert any(problem.severity == "error" for problem in check(text))


def test_nothing_wrong_gives_nothing() -> None:
    """A document in order has an empty list."""
    assert check(Pipeline(inputs={"image": Input()}, steps=[Step(function="skimage:filters.gaussian")])) == []


def test_binding_leaves_values_alone() -> None:
    """What a worker asks is about names, without pydantic: values were judged by its parent."""
    pipeline = Pipeline(
        inputs={"image": Input()},
        steps=[Step(function="skimage:filters.gaussian", params={"truncate": "four", "sigm": 1})],
    )
    assert [problem.code for problem in find_binding_problems(pipeline)] == ["unknown-parameter"]
    code = (
        "import sys; from pipeline_schema.check import find_binding_problems as find; "
        "from pipeline_schema.document import Pipeline, Step; "
        "find(Pipeline(steps=[Step(function='skimage:filters.gaussian', inputs={})])); "
        "sys.exit('pydantic' in sys.modules or 'numpy' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_no_library_is_needed(tmp_path: Path) -> None:
    """In a fresh process that has none of the image libraries, typos are still answered with the closest names."""
    for distribution in ("msgspec", "packaging", "platformdirs", "pydantic", "pydantic-core"):
        _borrow(distribution, tmp_path)
    for distribution in ("annotated-types", "typing-extensions", "typing-inspection"):
        _borrow(distribution, tmp_path)
    code = (
        "import sys, msgspec; from pipeline_schema.check import check; "
        "sys.stdout.buffer.write(msgspec.json.encode(check(sys.stdin.buffer.read())))"
    )
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT / "src"), str(tmp_path)])}
    done = subprocess.run(
        [sys.executable, "-S", "-c", code], input=WRONG.encode(), capture_output=True, env=environment, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    problems = json.loads(done.stdout)
    assert [(p["code"], p["severity"]) for p in problems] == [
        ("unknown-function", "error"),
        ("unused-step", "warning"),
        ("unavailable-function", "warning"),
        ("unknown-parameter", "error"),
        ("bad-reference", "error"),
    ]
    assert problems[0]["suggestions"][0] == "skimage:filters.gaussian"
    assert "scikit-image" in problems[2]["install"]


def _borrow(distribution: str, folder: Path) -> None:
    """Make one installed distribution importable from a folder that has no others."""
    for file in metadata.files(distribution) or []:
        top = folder / file.parts[0]
        if ".." not in file.parts and "__pycache__" not in file.parts and not top.exists():
            top.symlink_to(
                Path(str(file.locate())).parents[len(file.parts) - 2] if len(file.parts) > 1 else file.locate()
            )
