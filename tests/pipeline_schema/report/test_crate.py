"""An output folder is a Workflow Run RO-Crate that its own library reads, with all that the profiles demand."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlparse

import imagecodecs
import msgspec
import pytest
import skimage
from typer.testing import CliRunner

from pipeline_schema.cli.main import app

from .conftest import DOCUMENT

ROCrate = pytest.importorskip("rocrate.rocrate", reason="needs the extra: pip install 'pipeline-schema[crate]'").ROCrate


def _make(folder: Path, *options: str) -> Any:
    result = CliRunner().invoke(app, ["report", str(folder), "--crate", *options])
    assert result.exit_code == 0, result.output
    return ROCrate(folder)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def test_the_profiles_demands_are_met(out: Path) -> None:
    """Root, profiles, main workflow with its language, and actions that have it as instrument, as the profiles say."""
    crate = _make(out)
    root, workflow = crate.root_dataset, crate.mainEntity
    stated = {getattr(entity, "id", entity) for entity in _listed(crate.metadata["conformsTo"])}
    assert stated == {"https://w3id.org/ro/crate/1.1", "https://w3id.org/workflowhub/workflow-ro-crate/1.0"}
    assert root.type == "Dataset"
    assert all(root.get(name) for name in ("name", "description", "datePublished"))
    for profile in ("ro/wfrun/process/0.5", "ro/wfrun/workflow/0.5", "workflowhub/workflow-ro-crate/1.0"):
        entity = crate.get(f"https://w3id.org/{profile}")
        assert entity in root["conformsTo"]
        assert entity.type == "CreativeWork"
    assert set(workflow.type) == {"File", "SoftwareSourceCode", "ComputationalWorkflow"}
    assert workflow["programmingLanguage"].type == "ComputerLanguage"
    assert all(entity["softwareVersion"] for entity in workflow["softwareRequirements"])
    for side in ("input", "output"):
        assert all(parameter.type == "FormalParameter" for parameter in _listed(workflow[side]))
    actions = [entity for entity in crate.contextual_entities if entity.type == "CreateAction"]
    assert len(actions) == 4
    assert {action.id for action in actions} == {action.id for action in root["mentions"]}
    assert all(action["instrument"] == workflow for action in actions)


def test_every_file_is_there_with_its_sum(out: Path) -> None:
    """Each input and output of each item, whatever its name, is a File that exists and has the sha256 that it says."""
    crate = _make(out)
    record = msgspec.json.decode((out / "run.json").read_bytes())
    for item in record["items"]:
        (action,) = [entity for entity in crate.contextual_entities if entity.get("name") == item["name"]]
        assert action["actionStatus"].endswith(
            "CompletedActionStatus" if item["state"] == "done" else "FailedActionStatus"
        )
        assert bool(action.get("error")) == (item["state"] == "failed")
        files = _listed(action.get("object")) + _listed(action.get("result"))
        expected = [given["sha256"] for given in item["inputs"].values()]
        expected += [output["sha256"] for output in item.get("outputs", ())]
        assert [file["sha256"] for file in files] == expected
        for file in files:
            path = Path(unquote(urlparse(file.id).path)) if file.id.startswith("file:") else out / unquote(file.id)
            assert hashlib.sha256(path.read_bytes()).hexdigest() == file["sha256"]
            assert file["exampleOfWork"].type == "FormalParameter"
            assert file in crate.root_dataset["hasPart"]
    document = out / "document.pipeline.json"
    assert crate.mainEntity["sha256"] == hashlib.sha256(document.read_bytes()).hexdigest()


def test_a_run_makes_its_own_crate(tmp_path: Path) -> None:
    """``pipeline run --crate``: a folder of Zarr is a Dataset, what came in and what came out; a file is a File."""
    pytest.importorskip("zarr", reason="needs the extra: pip install 'pipeline-schema[zarr]'")
    (tmp_path / "d.json").write_bytes(DOCUMENT)
    (tmp_path / "a.png").write_bytes(imagecodecs.png_encode(skimage.data.coins()))
    run = ["run", str(tmp_path / "d.json"), "--array-format", "zarr", "--crate", "--workers", "1"]
    for image, out in (("a.png", "first"), ("first/a/labels.zarr", "second")):
        result = CliRunner().invoke(app, [*run, str(tmp_path / image), "-o", str(tmp_path / out)])
        assert result.exit_code == 0, result.output
    crate = ROCrate(tmp_path / "second")
    types = {entity.id: entity.type for entity in crate.data_entities}
    assert types["labels/labels.zarr/"] == "Dataset"
    assert types[f"{(tmp_path / 'first/a/labels.zarr').as_uri()}/"] == "Dataset"
    assert types["labels/table.csv"] == "File"


def test_a_crate_that_could_not_be_made_is_refused_before_the_run(tmp_path: Path) -> None:
    """A shard knows of its own items only."""
    (tmp_path / "d.json").write_bytes(DOCUMENT)
    run = ["run", str(tmp_path / "d.json"), "a.png", "-o", str(tmp_path / "out"), "--crate", "--shard", "1/2"]
    result = CliRunner().invoke(app, run)
    assert result.exit_code == 2
    assert "pipeline report OUT --crate" in result.stderr
    assert not (tmp_path / "out").exists()


def test_who_ran_it_is_said_if_it_is_told(out: Path) -> None:
    """An agent is a Person on each action, by an ORCID's address or a name."""
    for who, identifier in (("https://orcid.org/0000-0002-1825-0097", None), ("Ada L.", "#agent-Ada%20L.")):
        crate = _make(out, "--agent", who)
        agents = {entity["agent"].id for entity in crate.contextual_entities if entity.type == "CreateAction"}
        assert agents == {identifier or who}
        assert crate.get(identifier or who).type == "Person"
    text = json.dumps(_make(out).metadata.generate())
    assert "agent" not in text


def test_a_crate_needs_its_document(recorded: Path) -> None:
    """Without a journal and without --document nothing is written, and it is said what to do."""
    result = CliRunner().invoke(app, ["report", str(recorded), "--crate"])
    assert result.exit_code == 2
    assert "--document" in result.output
    assert not (recorded / "ro-crate-metadata.json").exists()
