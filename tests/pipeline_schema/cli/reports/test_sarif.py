"""SARIF as the standard has it: valid by the official schema, the same on every machine, with fixes that fit."""

from __future__ import annotations

import json
import shutil
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from pipeline_schema.cli.checked import Checked
from pipeline_schema.cli.reports.sarif import report

Make = Callable[..., Checked]

# The package that ships the official schema, 2.1.0 rtm.5, as OASIS published it.
PACKAGE = "@microsoft/jest-sarif@1.0.0-beta.0"
SCHEMA = "package/lib/schemas/sarif-2.1.0-rtm.5.json"


@pytest.fixture(scope="session")
def official(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The official schema, from the npm package that ships it."""
    npm = shutil.which("npm")
    if npm is None:
        pytest.skip("npm is not here, which brings the official schema; install Node.js to run this test")
    folder = tmp_path_factory.mktemp("sarif")
    done = subprocess.run(
        [npm, "pack", "--silent", PACKAGE], cwd=folder, capture_output=True, text=True, timeout=60, check=False
    )
    if done.returncode != 0:
        pytest.skip(f"npm can't get {PACKAGE}, which brings the official schema: {done.stderr.strip()[:200]}")
    with tarfile.open(next(folder.glob("*.tgz"))) as archive:
        member = archive.extractfile(SCHEMA)
        assert member is not None
        # The pattern of a language has a bracket too many, which only the regular expressions of JavaScript forgive.
        schema = json.loads(member.read().replace(b"[a-zA-Z]{2}]?$", b"[a-zA-Z]{2}$"))
    assert "2.1.0-rtm.5" in schema["title"]
    return schema


def results(text: str) -> list[dict[str, Any]]:
    """The results of a log."""
    found: list[dict[str, Any]] = json.loads(text)["runs"][0]["results"]
    return found


def test_a_log_is_valid_by_the_official_schema(official: Any, checked: Make, hostile: Checked, tmp_path: Path) -> None:
    """Mistakes, hostile names, a file that can't be read, stdin and no problems at all."""
    from pipeline_schema.problems import Problem

    lost = Checked(path="lost.json", problems=(Problem(code="path-error", message="it can't be read"),))
    files = [checked(), hostile, lost, checked(path="-"), Checked(path=str(tmp_path / "ö b.json"), digest="0a")]
    validator = jsonschema_rs.validator_for(official, validate_formats=True)
    for log in (report(files), report([])):
        assert [str(error) for error in validator.iter_errors(json.loads(log))] == []


def test_paths_are_relative_to_the_sources(checked: Make, tmp_path: Path) -> None:
    """A log that is made on one machine fits the sources on another; columns count characters, as ours do."""
    inside, outside = tmp_path / "work" / "ö b.json", tmp_path / "c.json"
    run = json.loads(report([checked(path=str(inside)), checked(path=str(outside))], folder=tmp_path / "work"))["runs"][
        0
    ]
    assert run["columnKind"] == "unicodeCodePoints"
    assert run["artifacts"][0]["location"] == {"uri": "%C3%B6%20b.json", "uriBaseId": "%SRCROOT%"}
    assert run["artifacts"][1]["location"] == {"uri": outside.as_uri()}


def test_a_fix_is_what_fix_would_write(checked: Make) -> None:
    """Each replacement, made in the text, gives what --fix gives."""
    found = checked()
    text = found.text
    assert text is not None
    lines = text.text.split("\n")
    fixes = [fix for result in results(report([found])) for fix in result.get("fixes", ())]
    assert len(fixes) == 4
    for fix in reversed(fixes):
        (replacement,) = fix["artifactChanges"][0]["replacements"]
        region, inserted = replacement["deletedRegion"], replacement["insertedContent"]["text"]
        assert region["startLine"] == region["endLine"]
        line = lines[region["startLine"] - 1]
        lines[region["startLine"] - 1] = line[: region["startColumn"] - 1] + inserted + line[region["endColumn"] - 1 :]
    from pipeline_schema.fixes import apply_edits

    assert "\n".join(lines) == apply_edits(text, found.edits())


def test_fingerprints_survive_lines_and_steps_added_elsewhere(checked: Make) -> None:
    """A known problem stays known when the document grows above it, and two problems are never one."""
    before = checked().text
    assert before is not None
    step = (
        '{"id": "new", "function": "skimage:filters.sobel"},\n    {"id": "b", "function": "skimage:filters.gaussian", '
    )
    grown = before.text.replace(
        '{"function": "skimage:filters.gaussian", ', '{"id": "b", "function": "skimage:filters.gaussian", '
    )
    moved = grown.replace('{"id": "b", "function": "skimage:filters.gaussian", ', "\n    " + step)

    def prints(text: str) -> list[str]:
        return [result["partialFingerprints"]["pipelineProblem/v1"] for result in results(report([checked(text)]))]

    assert len(set(prints(grown))) == len(prints(grown)) == 5
    known = next(r for r in results(report([checked(grown)])) if r["ruleId"] == "unknown-parameter")
    assert known["partialFingerprints"]["pipelineProblem/v1"] in prints(moved)
