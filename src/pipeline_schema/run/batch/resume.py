"""Going on with a run: what of it still holds."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pipeline_schema.errors import UsageError
from pipeline_schema.run.batch.journal_reading import JournalReader
from pipeline_schema.run.batch.record import ItemRecord, RunHeader
from pipeline_schema.run.files.digests import sha256_of
from pipeline_schema.run.files.made_from import is_changed
from pipeline_schema.run.item import ItemInput

__all__ = ["changed_items", "describe_changes", "is_whole", "refuse"]

_SHOWN = 5


def is_whole(record: ItemRecord, out: Path) -> bool:
    """Whether all outputs of an item are in their place, with the hashes that they were written with."""
    folder = out / record.name
    try:
        return not folder.is_symlink() and all(
            not (path := folder / output.file).is_symlink() and sha256_of(path)[0] == output.sha256
            for output in record.outputs
        )
    except OSError:
        return False


def describe_changes(before: RunHeader, now: RunHeader) -> list[str]:
    """What is otherwise than when the run was begun, and changes every item; one sentence each."""
    changes = []
    if before.digest != now.digest:
        changes.append(f"the document (digest {before.digest[:12]}..., now {now.digest[:12]}...)")
    changes += [
        f"{what} ({_said(was)}, now {_said(is_)})"
        for what, was, is_ in (
            ("--set", before.settings, now.settings),
            ("--axes", before.axes, now.axes),
            ("--seed", before.seed, now.seed),
            ("--array-format", before.array_format, now.array_format),
            ("--table-format", before.table_format, now.table_format),
        )
        if was != is_
    ]
    if before.functions != now.functions:
        changes.append("what is known of the functions of the document")
    files = {file.path: file.sha256 for file in before.functions_files}
    changes += [f"{file.path}" for file in now.functions_files if files.get(file.path) != file.sha256]
    changes += [
        f"{name} (version {was}, now {now.versions.get(name, 'none')})"
        for name, was in before.versions.items()
        if now.versions.get(name) != was
    ]
    return changes


def _said(value: Any) -> str:
    return "none" if value is None or value == {} else str(value)


def changed_items(journal: JournalReader) -> Iterator[str]:
    """Names of items that are done, and of which an input is another than it was."""
    for entry in journal.entries():
        if entry.record is not None and entry.state != "failed":
            for name, seen in entry.record.inputs.items():
                given = entry.found.inputs.get(name) or ItemInput(path=seen.path)
                if is_changed(seen, given):
                    yield entry.name
                    break


def refuse(out: Path, changes: list[str]) -> UsageError:
    """The error for a run that can't go on as it was."""
    shown = "\n".join(f"  {change}" for change in changes[:_SHOWN])
    more = f"\n  and {len(changes) - _SHOWN} more" if len(changes) > _SHOWN else ""
    return UsageError(
        f"{out} can't be resumed as it was begun; changed since:\n{shown}{more}\n"
        "--resume --force makes again what that changes; another output folder keeps both"
    )
