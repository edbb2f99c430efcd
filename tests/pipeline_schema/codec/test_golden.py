"""Documents that must open for ever, with the digest that they had, and run to the results that they had (P9)."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline_schema.codec import digest, dumps, loads
from pipeline_schema.errors import PlanError
from pipeline_schema.plan import plan
from registry import libraries
from tools import golden
from tools.fuzz.promises import FORMATS
from tools.golden import SUFFIXES, name_of

GOLDEN = golden.FOLDER
DOCUMENTS = sorted(path for path in GOLDEN.glob("*.pipeline.*") if SUFFIXES[path.suffix] in FORMATS)
DIGESTS: dict[str, str] = json.loads((GOLDEN / "digests.json").read_text(encoding="utf-8"))
NEEDS_DEVICE = ("count-coins",)

each = pytest.mark.parametrize("path", DOCUMENTS, ids=name_of)


def answer(path: Path) -> dict[str, Any]:
    """What was recorded of a document."""
    facts: dict[str, Any] = json.loads((GOLDEN / "answers" / f"{name_of(path)}.json").read_text(encoding="utf-8"))
    return facts


def read(path: Path) -> Any:
    """The document."""
    return loads(path.read_bytes(), format=SUFFIXES[path.suffix])  # type: ignore[arg-type]


def test_every_document_has_a_digest_and_an_answer() -> None:
    """No golden document is left unchecked, and none is lost."""
    names = sorted(map(name_of, GOLDEN.glob("*.pipeline.*")))
    assert names == sorted(DIGESTS)
    assert names == sorted(path.stem for path in (GOLDEN / "answers").glob("*.json"))


@each
def test_it_opens_with_its_digest_and_loses_nothing(path: Path) -> None:
    """A golden document is read, has the recorded digest, and is saved and read again as the same, in every format."""
    pipe = read(path)
    assert digest(pipe) == DIGESTS[name_of(path)]
    for name in FORMATS:
        saved = dumps(pipe, format=name)
        again = loads(saved, format=name)
        assert dumps(again, format=name) == saved
        assert digest(again) == digest(pipe)


@each
def test_it_gives_what_it_gave(path: Path, request: pytest.FixtureRequest) -> None:
    """A golden document is run to the recorded results, or refused for the recorded reasons."""
    facts = answer(path)
    if name_of(path) in NEEDS_DEVICE:
        request.getfixturevalue("opencl")
    if "refused" in facts:
        if libraries.missing("cucim") is None and name_of(path) == "shorthand":
            pytest.skip("cuCIM is installed on this machine, so this document runs")
        with pytest.raises(PlanError) as caught:
            plan(read(path), base=GOLDEN)
        assert [[problem.code, problem.pointer] for problem in caught.value.problems] == facts["refused"]
        return
    results = golden.run(path, facts["inputs"])
    if name_of(path) in NEEDS_DEVICE:
        # Devices round a blur differently, and a pixel on an outline falls to the other side.
        expected = golden.read_inputs({"labels": facts["results"]["labels"]})["labels"]
        assert np.mean(results["labels"] != expected) < 0.01
        assert list(results["table"]) == list(facts["results"]["table"])
    else:
        assert golden.written(results) == facts["results"]


def test_documents_are_added_and_never_changed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tool that adds one refuses a name that is there, and a second digest for a document."""
    folder = tmp_path / "golden"
    shutil.copytree(GOLDEN, folder)
    monkeypatch.setattr(golden, "FOLDER", folder)
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    document, inputs = tmp_path / "graph.pipeline.json", tmp_path / "inputs.json"
    document.write_bytes((GOLDEN / "multiply-int.pipeline.json").read_bytes())
    inputs.write_text('{"image": {"$array": {"dtype": "uint8", "shape": [1, 1], "data": [[200]]}}}', encoding="utf-8")
    assert golden.main([str(document), "--inputs", str(inputs)]) == 1
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
    document = document.rename(tmp_path / "another.pipeline.json")
    assert golden.main([str(document), "--inputs", str(inputs)]) == 0
    results = json.loads((folder / "answers" / "another.json").read_text(encoding="utf-8"))["results"]
    assert results["doubled"]["$array"]["data"] == [[144]]
    assert golden.main([str(document), "--inputs", str(inputs)]) == 1


def test_two_and_two_point_zero_are_two_documents_and_other_pixels() -> None:
    """uint8 200 times 2 wraps to 144, times 2.0 is 400.0: the digests differ, because the pixels do."""
    image = np.array([[200]], dtype=np.uint8)
    results = {}
    for name in ("multiply-int", "multiply-float"):
        pipe = loads((GOLDEN / f"{name}.pipeline.json").read_bytes())
        (results[name],) = plan(pipe)(image=image).values()
    assert (results["multiply-int"].item(), results["multiply-int"].dtype) == (144, np.uint8)
    assert (results["multiply-float"].item(), results["multiply-float"].dtype) == (400.0, np.float64)
    assert DIGESTS["multiply-int"] != DIGESTS["multiply-float"]
