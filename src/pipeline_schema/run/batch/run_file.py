"""``run.json`` from journals: of one run, or of all shards of a job array together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path

import msgspec

from pipeline_schema.run.batch.journal_reading import JournalReader, find_journals, journal_path, reading
from pipeline_schema.run.batch.record import ItemRecord, RunHeader, RunRecord, write_record
from pipeline_schema.run.batch.shards import parse_shard

__all__ = ["combine", "peers_of", "read_whole", "write_run_file"]


def write_run_file(journal: JournalReader) -> None:
    """Write what this journal holds, and those of the other shards of its run.

    Raises
    ------
    OutputError
        If that fails.
    """
    header = journal.header()
    assert header is not None
    if header.shard is None:
        write_record(header, journal.claims(), journal.records())
        return
    while True:
        # Another shard may end at the same time, and whoever writes last must have seen the end of all.
        seen = peers_of(header)
        with ExitStack() as stack:
            readers = {path: stack.enter_context(reading(path)) for path, _ in seen}
            # Every shard names all items, and knows of the names of those that began before it.
            last = max(seen, key=lambda each: each[1].started)[0]
            write_record(combine([each for _, each in seen]), readers[last].claims(), _records(readers.values()))
        if seen == peers_of(header):
            return


def read_whole(header: RunHeader) -> RunRecord:
    """What ``run.json`` holds, in memory: of a shard, its own part."""
    with reading(journal_path(Path(header.folder), header.shard)) as journal:
        return RunRecord(
            **{name: getattr(header, name) for name in RunHeader.__struct_fields__},
            folders=dict(journal.claims()),
            items=list(journal.records()),
        )


def peers_of(header: RunHeader) -> list[tuple[Path, RunHeader]]:
    """The journals of all shards of a run, as far as they were begun, with their headers; itself, if it is no shard."""
    peers = []
    for path in find_journals(Path(header.folder)):
        with reading(path) as journal:
            other = journal.header()
        if other is not None and _kind(other) == _kind(header):
            peers.append((path, other))
    return peers


def combine(headers: list[RunHeader]) -> RunHeader:
    """One header for all shards of a run: finished when each is."""
    first = min(headers, key=lambda header: header.started)
    if first.shard is None:
        return first
    shard = parse_shard(first.shard)
    finished = [header for header in headers if header.state == "finished"]
    return msgspec.structs.replace(
        first,
        shard=None,
        state="finished" if shard is not None and len(finished) == shard.count else "interrupted",
        total=sum(header.total for header in headers),
        workers=sum(header.workers for header in headers),
        finished=max(header.finished for header in headers),
    )


def _kind(header: RunHeader) -> tuple[object, ...]:
    dealt = None if header.shard is None else header.shard.partition("/")[2]
    return header.digest, header.settings, header.axes, header.array_format, header.table_format, dealt


def _records(readers: Iterable[JournalReader]) -> Iterator[ItemRecord]:
    for reader in readers:
        yield from reader.records()
