"""``pipeline convert``, and documents of every format on the command line."""

from __future__ import annotations

import io
import itertools
import json
import sys
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from pipeline_schema.cli.main import app
from pipeline_schema.codec import loads

TEXT = """{
  "x-first": "no",
  "format": "pipeline-schema/1.7",
  "cache": {"$size": 5},
  "steps": [
    {"x-color": "#ff0000", "function": "numpy:negative", "id": "on", "options": {}}
  ]
}
"""


def run(*args: Any) -> Any:
    return CliRunner().invoke(app, [str(arg) for arg in args])


def test_through_all_formats_and_back_nothing_is_lost(tmp_path: Path) -> None:
    """Keys, their order, notes and words of a newer format come back as they were."""
    first = tmp_path / "a.pipeline.json"
    first.write_text(TEXT, encoding="utf-8")
    names = ["a.pipeline.json", "b.pipeline.yaml", "c.pipeline.yml", "d.pipeline.msgpack", "e.pipeline.json"]
    for source, target in itertools.pairwise(names):
        result = run("convert", tmp_path / source, tmp_path / target)
        assert result.exit_code == 0, result.output
    assert json.dumps(json.loads((tmp_path / names[-1]).read_bytes())) == json.dumps(json.loads(TEXT))


def test_what_is_there_is_written_over_only_by_force(tmp_path: Path) -> None:
    """An existing file stays as it is, and nothing else is left beside it."""
    (tmp_path / "a.json").write_text(TEXT, encoding="utf-8")
    (tmp_path / "b.yaml").write_text("mine", encoding="utf-8")
    result = run("convert", tmp_path / "a.json", tmp_path / "b.yaml")
    assert (result.exit_code, (tmp_path / "b.yaml").read_text(encoding="utf-8")) == (2, "mine")
    assert "--force" in result.output
    assert run("convert", tmp_path / "a.json", tmp_path / "b.yaml", "--force").exit_code == 0
    assert loads((tmp_path / "b.yaml").read_bytes(), format="yaml").notes == {"x-first": "no"}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.json", "b.yaml"]


@pytest.mark.parametrize(
    ("source", "target", "code"),
    [("a.json", "b.txt", 2), ("a.txt", "b.json", 2), ("none.json", "b.yaml", 2), ("bad.json", "b.yaml", 3)],
)
def test_what_can_not_be_converted_leaves_nothing(tmp_path: Path, source: str, target: str, code: int) -> None:
    """A suffix that says no format, a file that is not there, a document that can't be read: said, nothing written."""
    for name in ("a.json", "a.txt"):
        (tmp_path / name).write_text(TEXT, encoding="utf-8")
    (tmp_path / "bad.json").write_text('{"format": "pipeline-schema/1", "stepz": []}', encoding="utf-8")
    result = run("convert", tmp_path / source, tmp_path / target)
    assert result.exit_code == code, result.output
    assert not (tmp_path / target).exists()


@pytest.mark.parametrize("name", ["a.pipeline.yaml", "a.yml", "a.pipeline.msgpack", "a.JSON"])
def test_a_suffix_says_the_format(tmp_path: Path, name: str) -> None:
    """`check` reads each file as what its name says, and the digest is that of the document."""
    (tmp_path / "a.json").write_text(TEXT.replace("/1.7", "/1").replace('  "cache": {"$size": 5},\n', ""))
    first = json.loads(run("check", tmp_path / "a.json", "--format", "json").output)["files"][0]
    if name != "a.JSON":
        run("convert", tmp_path / "a.json", tmp_path / name)
    else:
        (tmp_path / name).write_bytes((tmp_path / "a.json").read_bytes())
    second = json.loads(run("check", tmp_path / name, "--format", "json").output)["files"][0]
    assert first["digest"] is not None
    assert (second["ok"], second["digest"]) == (first["ok"], first["digest"])


def test_nothing_is_guessed(tmp_path: Path) -> None:
    """YAML in a file that says JSON is no JSON, and a name that says nothing is refused, beside files that are read."""
    (tmp_path / "a.json").write_text("format: pipeline-schema/1\nsteps: []\n", encoding="utf-8")
    (tmp_path / "b.txt").write_text(TEXT, encoding="utf-8")
    result = run("check", tmp_path / "a.json", tmp_path / "b.txt", "--format", "json")
    codes = [file["problems"][0]["code"] for file in json.loads(result.output)["files"]]
    assert (result.exit_code, codes) == (1, ["parse-error", "path-error"])


def test_stdin_has_the_format_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    """``--input-format`` is for what has no suffix."""
    text = "format: pipeline-schema/1\ninputs: {image: {}}\nsteps:\n- function: numpy:negatve\n"
    for form, line in (("yaml", 4), ("json", 1)):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(text.encode())))
        result = CliRunner().invoke(app, ["check", "-", "--format", "json", "--input-format", form], input=text)
        (problem,) = json.loads(result.output)["files"][0]["problems"]
        assert problem["line"] == line
        assert problem["code"] == ("unknown-function" if form == "yaml" else "parse-error")
