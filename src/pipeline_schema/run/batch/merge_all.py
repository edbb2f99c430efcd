"""One table over all items of a run, or of all shards of a job array once the last of them has ended."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from pipeline_schema.run.batch.journal_reading import JournalReader, reading
from pipeline_schema.run.batch.record import ItemRecord, RunHeader
from pipeline_schema.run.batch.run_file import combine, peers_of
from pipeline_schema.run.files.merging import Part, merge_tables

__all__ = ["merge_all"]


def merge_all(header: RunHeader) -> bool:
    """Merge each table of the items into ``OUT/<output name>.<suffix>``.

    Parameters
    ----------
    header : RunHeader
        Of a run that has ended, as its journal holds it.

    Returns
    -------
    bool
        False if other shards have not ended yet: the last one does it.

    Raises
    ------
    OutputError
        If a table can't be written, or those of the items don't go together.
    """
    out, peers = Path(header.folder), peers_of(header)
    if combine([each for _, each in peers]).state != "finished":
        return False
    with ExitStack() as stack:
        readers = [stack.enter_context(reading(path)) for path, _ in peers]
        for file in sorted({file for record in _done(readers) for file in _tables(record)}):
            merge_tables(partial(_parts, readers, out, file), out / file)
    return True


def _parts(readers: list[JournalReader], out: Path, file: str) -> Iterator[Part]:
    for record in _done(readers):
        if file in _tables(record):
            yield Part(record.name, record.columns, out / record.name / file)


def _done(readers: list[JournalReader]) -> Iterator[ItemRecord]:
    for reader in readers:
        yield from (record for record in reader.records() if record.state == "done")


def _tables(record: ItemRecord) -> list[str]:
    return [output.file for output in record.outputs if output.file.endswith((".csv", ".parquet"))]
