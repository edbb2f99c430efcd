"""Problems as SARIF 2.1.0 (OASIS, 2020), which code scanning of GitHub and many editors read."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

import msgspec

from pipeline_schema.cli.checked import STDIN, Checked
from pipeline_schema.cli.reports.rules import RULES
from pipeline_schema.cli.reports.sentences import sentences
from pipeline_schema.escapes import one_line
from pipeline_schema.fixes import Edit
from pipeline_schema.identity import VERSION
from pipeline_schema.problems import Problem
from pipeline_schema.spans import Text

__all__ = ["report"]

_SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
_ROOT = "%SRCROOT%"
_INDEX = {code: index for index, code in enumerate(RULES)}


def report(files: Sequence[Checked], *, folder: Path | None = None) -> str:
    """A log of one run.

    Parameters
    ----------
    files : sequence of Checked
    folder : Path, optional
        To which paths are made relative, where they are below it; by default the current folder.

    Returns
    -------
    str
        JSON. The same documents give the same text, on any machine.
    """
    folder = folder if folder is not None else Path.cwd()
    locations = [_location(checked, folder) for checked in files]
    run = {
        "tool": {"driver": _driver()},
        "columnKind": "unicodeCodePoints",
        "artifacts": [{"location": location} for location in locations],
        "results": [
            result
            for index, (checked, location) in enumerate(zip(files, locations, strict=True))
            for result in _results(checked, {**location, "index": index})
        ],
    }
    log = {"$schema": _SCHEMA, "version": "2.1.0", "runs": [run]}
    return msgspec.json.format(msgspec.json.encode(log), indent=2).decode() + "\n"


def _driver() -> dict[str, Any]:
    rules = [
        {
            "id": code,
            "name": "".join(part.capitalize() for part in code.split("-")),
            "shortDescription": {"text": rule.summary},
            "help": {"text": f"{rule.summary} {rule.fix}", "markdown": rule.markdown},
            "defaultConfiguration": {"level": rule.severity},
        }
        for code, rule in RULES.items()
    ]
    return {"name": "pipeline-schema", "version": VERSION, "semanticVersion": VERSION, "rules": rules}


def _location(checked: Checked, folder: Path) -> dict[str, Any]:
    """Relative where the document is below the folder: the same log fits wherever the sources are."""
    if checked.path == STDIN:
        return {"uri": checked.shown_path}
    path = folder / checked.path
    try:
        relative = path.resolve().relative_to(folder.resolve())
    except (ValueError, OSError):
        return {"uri": path.absolute().as_uri()}
    return {"uri": quote(relative.as_posix()), "uriBaseId": _ROOT}


def _results(checked: Checked, location: dict[str, Any]) -> list[dict[str, Any]]:
    edits = {edit.problem: edit for edit in checked.edits()}
    same: Counter[str] = Counter()
    results = []
    for problem in checked.problems:
        fingerprint = _fingerprint(problem)
        same[fingerprint] += 1
        result = {
            "ruleId": problem.code,
            "ruleIndex": _INDEX[problem.code],
            "level": problem.severity,
            "message": {"text": "\n".join(sentences(problem))},
            "locations": [_place(checked, problem, location)],
            "partialFingerprints": {"pipelineProblem/v1": f"{fingerprint}:{same[fingerprint]}"},
        }
        if (edit := edits.get(problem)) is not None and checked.text is not None:
            result["fixes"] = [_fix(edit, checked.text, location)]
        results.append(result)
    return results


def _place(checked: Checked, problem: Problem, location: dict[str, Any]) -> dict[str, Any]:
    physical: dict[str, Any] = {"artifactLocation": location}
    spans = checked.spans(problem)
    if spans is not None and checked.text is not None:
        physical["region"] = _region(checked.text, *spans.value)
    place: dict[str, Any] = {"physicalLocation": physical}
    if problem.pointer:
        place["logicalLocations"] = [{"fullyQualifiedName": one_line(problem.pointer), "kind": "value"}]
    return place


def _region(text: Text, start: int, end: int) -> dict[str, int]:
    line, column = text.place(start)
    last, behind = text.place(end)
    return {"startLine": line, "startColumn": column, "endLine": last, "endColumn": behind}


def _fix(edit: Edit, text: Text, location: dict[str, Any]) -> dict[str, Any]:
    replacement = {"deletedRegion": _region(text, *edit.span), "insertedContent": {"text": edit.text}}
    return {
        "description": {"text": one_line(f"write {edit.text}")},
        "artifactChanges": [{"artifactLocation": location, "replacements": [replacement]}],
    }


def _fingerprint(problem: Problem) -> str:
    """What stays the same when lines and steps are added elsewhere: the step by its id, and the place within it."""
    parts = problem.pointer.split("/")
    if parts[1:2] == ["steps"] and problem.step is not None:
        parts[2] = problem.step
    facts = [problem.code, parts, problem.parameter]
    return hashlib.sha256(msgspec.json.encode(facts)).hexdigest()[:32]
