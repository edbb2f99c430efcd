"""Registering: the items of a run get their names and their rows in the journal, and what is there already is judged.

All of it is one transaction, which the engine's refusal of the document undoes as well.
"""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from pipeline_schema.errors import UsageError
from pipeline_schema.run.batch.journal import Journal
from pipeline_schema.run.batch.journal_reading import find_journals, reading
from pipeline_schema.run.batch.record import RunHeader, check_record, read_folders
from pipeline_schema.run.batch.resume import changed_items, describe_changes, refuse
from pipeline_schema.run.batch.shards import parse_shard
from pipeline_schema.run.inputs.layout import folded
from pipeline_schema.run.inputs.naming import Namer
from pipeline_schema.run.item import Found

__all__ = ["register"]


def register(
    journal: Journal,
    header: RunHeader,
    document: bytes,
    found: Iterable[Found],
    *,
    resume: bool = False,
    force: bool = False,
    paths: Mapping[str, str] | None = None,
) -> list[str]:
    """Write into a journal what a run is and which items it has.

    Parameters
    ----------
    journal : Journal
        Within a transaction.
    header : RunHeader
        Gets its `total`.
    document : bytes
    found : iterable of Found
    resume : bool
        Whether what is done stays.
    force : bool
        Whether what was changed since is made again; else it is refused.
    paths : mapping of str, optional
        Images that every item gets.

    Returns
    -------
    list of str
        What a person should know.

    Raises
    ------
    UsageError
        If the folder holds something else, or the run in it can't be resumed.
    """
    out = Path(header.folder)
    before = journal.header()
    notes: list[str] = []
    _take_over_names(journal, out)
    keep = resume and before is not None
    if resume and before is None:
        _refuse_other_dealing(journal.path, out)
    if before is not None and keep:
        changes = describe_changes(before, header)
        if changes and not force:
            raise refuse(out, changes)
        if changes:
            keep = False
            notes.append(f"begins again, since there was changed: {'; '.join(changes)}")
    elif before is not None and before.state != "finished":
        notes.append(
            f"the run that is in {out} was not finished ({journal.count('done')} of {before.total} done); it is begun "
            "again, and --resume would have gone on with it"
        )
    gone = _add_all(journal, out, found, header.shard, keep=keep, paths=paths or {})
    if keep:
        if gone:
            notes.append(f"{gone} items are not among the inputs any more; their outputs stay where they are")
        notes += _reset_changed(journal, out, force=force)
        journal.reset_failed()
    header.total = sum(journal.count(state) for state in ("waiting", "landing", "done", "failed"))
    if keep:
        notes.append(f"resumes: {journal.count('done') + journal.count('landing')} of {header.total} were done")
    journal.write_header(header, document)
    return notes


def _take_over_names(journal: Journal, out: Path) -> None:
    """Claims of runs that kept them elsewhere: in ``run.json`` alone, or as another part of a job array."""
    check_record(out)
    others = [path for path in find_journals(out) if path != journal.path]
    if others:
        for path in others:
            with reading(path) as other:
                _take(journal, other.claims())
    elif journal.header() is None:
        _take(journal, read_folders(out).items())


def _take(journal: Journal, claims: Iterable[tuple[str, str]]) -> None:
    for name, owner in claims:
        if journal.name_of(owner) is None and not journal.is_taken(folded(name)):
            journal.take(owner, name, folded(name))


def _refuse_other_dealing(own: Path, out: Path) -> None:
    others = [path for path in find_journals(out) if path != own]
    if others and all(_dealt(path) != _dealt(own) for path in others):
        raise UsageError(
            f"{out} holds a run that was dealt out otherwise ({others[0].name}); resume it with the --shard that it "
            "was begun with"
        )


def _dealt(path: Path) -> str:
    return path.stem.partition("-of-")[2]


def _add_all(
    journal: Journal, out: Path, found: Iterable[Found], part: str | None, *, keep: bool, paths: Mapping[str, str]
) -> int:
    """Add all items; returns how many there are no longer."""
    shard = None if part is None else parse_shard(part)
    namer = Namer(journal)
    inside = _Inside(out)
    journal.begin()
    _add_own_inputs(journal, inside, paths.values())
    number = 0
    for item in found:
        name = namer.name(item)
        # An input of another shard is not to be replaced either.
        _add_own_inputs(journal, inside, _files(item))
        # Every shard names all items, so that all agree on who has which name.
        if shard is None or shard.has(name):
            journal.add(number, name, item, keep=keep)
            number += 1
    return journal.end()


def _add_own_inputs(journal: Journal, inside: _Inside, paths: Iterable[str]) -> None:
    for path in paths:
        real = inside.real(path)
        if real is not None:
            journal.add_own_input(real)


def _reset_changed(journal: Journal, out: Path, *, force: bool) -> list[str]:
    changed = changed_items(journal)
    first = list(itertools.islice(changed, 1))
    if not first:
        return []
    if not force:
        raise refuse(out, [f"the input of {name}" for name in (*first, *changed)])
    count = 0
    for name in itertools.chain(first, changed):
        journal.reset(name)
        count += 1
    return [f"{count} items are made again, since their inputs were changed"]


def _files(found: Found) -> Iterator[str]:
    for given in found.inputs.values():
        yield from given.paths()


class _Inside:
    """Which paths lead below a folder; the folders that they are in are followed once."""

    def __init__(self, folder: Path) -> None:
        self._folder = Path(os.path.realpath(folder))
        self._parent = ""
        self._real: Path | None = None

    def real(self, path: str) -> Path | None:
        """The real path, if it is below the folder."""
        if os.path.islink(path):  # noqa: PTH114 - on text, as it comes: there may be a million
            return self._below(Path(os.path.realpath(path)))
        parent, name = os.path.split(path)
        if parent != self._parent:
            self._parent, self._real = parent, self._below(Path(os.path.realpath(parent)))
        return None if self._real is None else self._real / name

    def _below(self, real: Path) -> Path | None:
        return real if real.is_relative_to(self._folder) else None
