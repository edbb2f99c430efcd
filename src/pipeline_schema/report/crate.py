"""The output folder as a Workflow Run RO-Crate: ``ro-crate-metadata.json`` beside outputs that stay where they are.

The document is the workflow, each item one `CreateAction` of it, with the files that went in and came out and their
sha256. Follows Workflow Run Crate 0.5 (and with it Process Run Crate 0.5 and Workflow RO-Crate 1.0) over RO-Crate 1.1.
"""

from __future__ import annotations

import hashlib
import json
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from pipeline_schema.codec import loads
from pipeline_schema.errors import UsageError
from pipeline_schema.identity import VERSION
from pipeline_schema.report.gathering import Gathered, gather
from pipeline_schema.report.page import write_whole
from pipeline_schema.run.batch.record import ItemRecord
from pipeline_schema.run.inputs.layout import CRATE_FILE, DOCUMENT_FILE

if TYPE_CHECKING:
    from rocrate.model.entity import Entity
    from rocrate.rocrate import ROCrate

    from pipeline_schema.document import Pipeline

__all__ = ["needs_rocrate", "write_crate"]

_ALL = 2**62
_PROFILES = {
    "https://w3id.org/ro/wfrun/process/0.5": ("Process Run Crate", "0.5"),
    "https://w3id.org/ro/wfrun/workflow/0.5": ("Workflow Run Crate", "0.5"),
    "https://w3id.org/workflowhub/workflow-ro-crate/1.0": ("Workflow RO-Crate", "1.0"),
}
_PARAMETER = "https://bioschemas.org/profiles/FormalParameter/1.0-RELEASE"
_STATES = {"done": "CompletedActionStatus", "failed": "FailedActionStatus"}
_MEDIA_TYPES = {".tif": "image/tiff", ".csv": "text/csv", ".json": "application/json", ".png": "image/png"}


def needs_rocrate() -> str | None:
    """What to install, where the package is not there."""
    return None if find_spec("rocrate") else "pip install 'pipeline-schema[crate]'"


def write_crate(folder: Path, document: bytes, *, agent: str | None = None) -> Path:
    """Make an output folder a crate.

    Parameters
    ----------
    folder : Path
        The output folder of a run that is over. Gets ``ro-crate-metadata.json`` and the document.
    document : bytes
        What was run; empty to take what the journal holds.
    agent : str, optional
        Who ran it: a name, or an ORCID as ``https://orcid.org/...``.

    Returns
    -------
    Path
        Of the metadata. It names every item, so memory grows with their number.

    Raises
    ------
    UsageError
        If the run goes on, its document is not known, or the package rocrate is not installed.
    OutputError
        If a file can't be written.
    """
    if (install := needs_rocrate()) is not None:
        raise UsageError(f"a crate needs the package rocrate: {install}")
    from rocrate.rocrate import ROCrate

    gathered = gather(folder, rows=_ALL, pictures=0)
    document = document or gathered.document
    if gathered.is_running:
        raise UsageError(f"the run in {folder} goes on; make a crate of it when it is over")
    if not document:
        raise UsageError(f"{folder} has no journal that holds the document; name it with --document")
    crate = ROCrate(version="1.1")
    workflow = _describe_workflow(crate, gathered, document)
    parameters = _describe_parameters(crate, workflow, loads(document))
    settings = _describe_settings(crate, gathered, parameters)
    who = _describe_agent(crate, agent)
    actions = [_describe_item(crate, gathered, workflow, item, parameters, settings, who) for item in gathered.items]
    crate.root_dataset["mentions"] = actions
    write_whole(document.decode(), folder / DOCUMENT_FILE)
    text = json.dumps(crate.metadata.generate(), indent=2, ensure_ascii=False)
    write_whole(text + "\n", folder / CRATE_FILE)
    return folder / CRATE_FILE


def _describe_workflow(crate: ROCrate, gathered: Gathered, document: bytes) -> Entity:
    from rocrate.model.computerlanguage import ComputerLanguage
    from rocrate.model.contextentity import ContextEntity

    head = gathered.heads[0]
    name = head.name or "pipeline"
    crate.name = f"Run of {name}"
    crate.description = (
        f"{gathered.states['done']} of {gathered.total} items of the pipeline {name}, run by pipeline-schema {VERSION} "
        f"on {head.platform}."
    )
    crate.datePublished = max(each.finished or each.started for each in gathered.heads)
    language = crate.add(
        ComputerLanguage(crate, "#pipeline-schema", properties={"name": "pipeline-schema", "version": "1"})
    )
    workflow = crate.add_workflow(
        gathered.folder / DOCUMENT_FILE,
        DOCUMENT_FILE,
        main=True,
        lang=language,
        properties={"name": name, "sha256": hashlib.sha256(document).hexdigest(), "contentSize": str(len(document))},
    )
    versions = {name: version for each in gathered.heads for name, version in each.versions.items()}
    workflow["softwareRequirements"] = [
        crate.add(
            ContextEntity(
                crate,
                f"#software-{quote(name)}",
                properties={"@type": "SoftwareApplication", "name": name, "softwareVersion": version},
            )
        )
        for name, version in sorted(versions.items())
    ]
    crate.root_dataset["conformsTo"] = [
        crate.add(
            ContextEntity(crate, address, properties={"@type": "CreativeWork", "name": profile, "version": version})
        )
        for address, (profile, version) in _PROFILES.items()
    ]
    return workflow


def _describe_parameters(crate: ROCrate, workflow: Entity, pipeline: Pipeline) -> dict[tuple[str, str], Entity]:
    """The workflow's inputs and outputs, by side and name."""
    from rocrate.model.contextentity import ContextEntity

    from pipeline_schema import graph

    found = {}
    sides: dict[str, dict[str, Any]] = {
        "input": dict(pipeline.inputs),
        "output": dict(graph.expand(pipeline).outputs or {}),
    }
    for side, names in sides.items():
        for name in names:
            declared = pipeline.inputs.get(name) if side == "input" else None
            constant = declared is not None and declared.has_default
            facts = {
                "@type": "FormalParameter",
                "name": name,
                "additionalType": "PropertyValue" if constant else "File",
                "conformsTo": {"@id": _PARAMETER},
            }
            found[side, name] = crate.add(ContextEntity(crate, f"#{side}-{name}", properties=facts))
        workflow[side] = [found[side, name] for name in names]
    return found


def _describe_settings(crate: ROCrate, gathered: Gathered, parameters: dict[tuple[str, str], Entity]) -> list[Entity]:
    from rocrate.model.contextentity import ContextEntity

    made = []
    for name, value in gathered.heads[0].settings.items():
        facts = {"@type": "PropertyValue", "name": name, "value": json.dumps(value, ensure_ascii=False)}
        entity = crate.add(ContextEntity(crate, f"#setting-{name}", properties=facts))
        if ("input", name) in parameters:
            entity["exampleOfWork"] = parameters["input", name]
        made.append(entity)
    return made


def _describe_agent(crate: ROCrate, agent: str | None) -> Entity | None:
    from rocrate.model.person import Person

    if not agent:
        return None
    is_address = agent.startswith(("https://", "http://"))
    identifier = agent if is_address else f"#agent-{quote(agent, safe='')}"
    return crate.add(Person(crate, identifier, properties={"name": agent}))


def _describe_item(
    crate: ROCrate,
    gathered: Gathered,
    workflow: Entity,
    item: ItemRecord,
    parameters: dict[tuple[str, str], Entity],
    settings: list[Entity],
    agent: Entity | None,
) -> Entity:
    given = [
        _describe_data(crate, Path(file.path), None, file.sha256, file.size, parameters.get(("input", name)))
        for name, file in item.inputs.items()
        if Path(file.path).is_absolute()
    ]
    made = [
        _describe_data(
            crate,
            gathered.folder / item.name / output.file,
            f"{item.name}/{output.file}",
            output.sha256,
            output.size,
            parameters.get(("output", output.name)),
        )
        for output in item.outputs
    ]
    facts: dict[str, Any] = {
        "name": item.name,
        "actionStatus": f"http://schema.org/{_STATES.get(item.state, 'FailedActionStatus')}",
    }
    if item.error is not None:
        facts["error"] = item.error.message
    action = crate.add_action(
        workflow, f"#item-{quote(item.name, safe='')}", object=[*given, *settings], result=made, properties=facts
    )
    if agent is not None:
        action["agent"] = agent
    return action


def _describe_data(
    crate: ROCrate, path: Path, place: str | None, digest: str | None, size: int | None, parameter: Entity | None
) -> Entity:
    """A file, or a folder of Zarr; below the crate at its place, or elsewhere by its address."""
    name = path.name if place is None else place
    facts: dict[str, Any] = {"name": name}
    if (kind := _MEDIA_TYPES.get(path.suffix.lower())) is not None:
        facts["encodingFormat"] = kind
    address = path.as_uri() if place is None else None
    known = None if address is None else crate.get(address) or crate.get(f"{address}/")
    if known is not None:
        entity = known
    elif path.is_dir():
        # RO-Crate has no word for the hash of a folder.
        entity = crate.add_dataset(address or path, place, properties=facts)
    else:
        if digest is not None:
            facts |= {"sha256": digest, "contentSize": str(size)}
        entity = crate.add_file(address or path, place, properties=facts)
    if parameter is not None:
        entity["exampleOfWork"] = parameter
    return entity
