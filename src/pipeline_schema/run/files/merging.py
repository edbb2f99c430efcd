"""One table over all items: rows of each, led by columns that name the item. Written in one go, whole or absent.

Tables of items need not have the same columns: the merged one has all of them, in the order in which they first come.
So parts are gone through twice, first their titles, then their rows, and none is held in memory.
"""

from __future__ import annotations

import csv
import itertools
import os
import stat
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from pipeline_schema.errors import OutputError, UsageError
from pipeline_schema.run.files.landing import discard, new_scratch, say
from pipeline_schema.run.files.parquet import needs_pyarrow
from pipeline_schema.run.files.tables import line, quoted

if TYPE_CHECKING:
    import pyarrow

__all__ = ["ITEM_COLUMN", "Part", "merge_tables"]

# The column that names the item; its other columns follow.
ITEM_COLUMN = "item"
# Rows and parts that make a row group of Parquet.
_GROUP_ROWS = 65_536
_GROUP_PARTS = 1_000


class Part(NamedTuple):
    """The table of an item: the item's name, what else is known of it, and the file."""

    item: str
    columns: Mapping[str, str]
    path: Path


def merge_tables(parts: Callable[[], Iterable[Part]], target: Path) -> int:
    """Write one table over the tables of many items.

    Parameters
    ----------
    parts : callable
        Gives the parts, in the order of the rows; called twice, and must give the same again.
    target : Path
        ``.csv`` or ``.parquet``, as all parts are. Replaced whole, and only where a file is. Not touched if there are
        no parts.

    Returns
    -------
    int
        The number of rows.

    Raises
    ------
    OutputError
        If a part can't be read or is not of the target's format, its columns have types that don't go together, the
        disk can't hold the table, or something that is no file has its name.

    Notes
    -----
    Columns: ``item``, the items' own columns, the tables' columns. An item's column that is called as one of a table's
    is prefixed by ``item_``. A cell that an item or its table lacks is empty.
    """
    _check_way(target)
    merge = _FORMATS.get(target.suffix)
    if merge is None:
        raise OutputError(f"{target.name}: a merged table is .csv or .parquet", path=str(target))
    scratch = new_scratch(target.parent)
    try:
        try:
            rows = merge(lambda: _of_format(parts(), target), scratch)
            if rows is None:
                return 0
            scratch.replace(target)
        finally:
            discard(scratch)
    except OSError as error:
        raise OutputError(f"{target} could not be written: {say(error)}", path=str(target)) from error
    return rows


def _of_format(parts: Iterable[Part], target: Path) -> Iterator[Part]:
    for part in parts:
        if part.path.suffix != target.suffix:
            raise OutputError(f"{part.path} can't be merged into {target.name}: it has another format")
        yield part


def _check_way(target: Path) -> None:
    if os.path.lexists(target) and not stat.S_ISREG(target.lstat().st_mode):
        raise OutputError(f"{target} is in the way: it is no file; move it", path=str(target))


class _Titles:
    """The columns of the merged table: those of items, and those of tables."""

    def __init__(self) -> None:
        self.items: dict[str, None] = {}
        self.tables: dict[str, None] = {}

    def add(self, part: Part, titles: Iterable[str]) -> None:
        self.items.update(dict.fromkeys(part.columns))
        self.tables.update(dict.fromkeys(titles))

    def heads(self) -> list[str]:
        """The titles of the columns that lead."""
        heads: list[str] = []
        for title in (ITEM_COLUMN, *self.items):
            while title in self.tables or title in heads:
                title = f"item_{title}"
            heads.append(title)
        return heads

    def lead(self, part: Part) -> list[str | None]:
        """An item's cells in these columns."""
        return [part.item, *(part.columns.get(title) for title in self.items)]


def _merge_csv(parts: Callable[[], Iterable[Part]], scratch: Path) -> int | None:
    titles, none = _Titles(), True
    for part in parts():
        none = False
        titles.add(part, _cells(next(_records(part.path), "")))
    if none:
        return None
    rows = 0
    with scratch.open("x", encoding="utf-8", newline="") as file:
        file.write(line(map(quoted, (*titles.heads(), *titles.tables))))
        for part in parts():
            lead = ",".join(map(_again, titles.lead(part)))
            for tail in _tails(part.path, list(titles.tables)):
                file.write(f"{lead},{tail}\n")
                rows += 1
    return rows


def _tails(path: Path, titles: list[str]) -> Iterator[str]:
    """The rows of a CSV file as text, with a cell for each of the titles."""
    records = _records(path)
    own = _cells(next(records, ""))
    as_it_is = own == titles
    order = [own.index(title) if title in own else None for title in titles]
    for record in records:
        # A cell that needed no quotes needs none now.
        cells = record.split(",") if isinstance(record, str) else list(map(_again, record))
        if len(cells) != len(own):
            raise OutputError(f"{path} has rows of different length", path=str(path))
        if as_it_is and isinstance(record, str):
            yield record
        else:
            yield ",".join("" if at is None else cells[at] for at in order)


def _again(cell: str | None) -> str:
    return quoted(cell) if cell else ""


def _cells(record: str | list[str]) -> list[str]:
    return record.split(",") if isinstance(record, str) else record


def _records(path: Path) -> Iterator[str | list[str]]:
    """The rows of a CSV file, the titles first: text where nothing in it is quoted, else cells."""
    try:
        with path.open(encoding="utf-8", newline="") as file:
            for text in file:
                if '"' in text:
                    # The reader takes the lines that it needs for one record, and no more.
                    yield next(csv.reader(itertools.chain([text], file), strict=True))
                else:
                    yield text.rstrip("\r\n")
    except (OSError, UnicodeError, csv.Error) as error:
        said = say(error) if isinstance(error, OSError) else str(error)
        raise OutputError(f"{path} can't be merged: {said}", path=str(path)) from error


def _merge_parquet(parts: Callable[[], Iterable[Part]], scratch: Path) -> int | None:
    if (install := needs_pyarrow()) is not None:
        raise UsageError(f"merging tables of Parquet needs the library pyarrow: {install}")
    import pyarrow
    from pyarrow import parquet

    titles, merged = _Titles(), None
    for part in parts():
        schema = _read(part, parquet.read_schema)
        titles.add(part, schema.names)
        try:
            if merged is None or not merged.equals(schema):
                schemas = [schema] if merged is None else [merged, schema]
                merged = pyarrow.unify_schemas(schemas, promote_options="permissive")
        except pyarrow.ArrowException as error:
            raise OutputError(f"{part.path} can't be merged with those before it: {error}") from error
    if merged is None:
        return None
    heads = titles.heads()
    whole = pyarrow.schema([pyarrow.field(title, pyarrow.string()) for title in heads] + list(merged))
    rows = 0
    with scratch.open("xb") as file, parquet.ParquetWriter(file, whole) as writer:
        for group in _groups(parts(), titles, heads, whole):
            writer.write_table(group, row_group_size=_GROUP_ROWS)
            rows += group.num_rows
    return rows


def _groups(parts: Iterable[Part], titles: _Titles, heads: list[str], whole: pyarrow.Schema) -> Iterator[pyarrow.Table]:
    """The parts' rows, of few parts together: a group of rows for each would be slow to read."""
    import pyarrow
    from pyarrow import parquet

    group: list[pyarrow.Table] = []
    rows = 0
    for part in parts:
        table = _read(part, parquet.read_table)
        columns = {
            head: pyarrow.repeat(pyarrow.scalar(cell, pyarrow.string()), table.num_rows)
            for head, cell in zip(heads, titles.lead(part), strict=True)
        }
        for title in titles.tables:
            kind = whole.field(title).type
            columns[title] = (
                table[title].cast(kind) if title in table.column_names else pyarrow.nulls(table.num_rows, kind)
            )
        group.append(pyarrow.table(columns, schema=whole))
        rows += table.num_rows
        if rows >= _GROUP_ROWS or len(group) >= _GROUP_PARTS:
            yield pyarrow.concat_tables(group)
            group, rows = [], 0
    if group:
        yield pyarrow.concat_tables(group)


def _read(part: Part, reader: Callable[[Any], Any]) -> Any:
    import pyarrow

    try:
        # Opened here: pyarrow would take a pattern or an address for what it means.
        with part.path.open("rb") as file:
            return reader(file)
    except (OSError, pyarrow.ArrowException) as error:
        said = say(error) if isinstance(error, OSError) else str(error)
        raise OutputError(f"{part.path} can't be merged: {said}", path=str(part.path)) from error


_FORMATS: dict[str, Callable[[Callable[[], Iterable[Part]], Path], int | None]] = {
    ".csv": _merge_csv,
    ".parquet": _merge_parquet,
}
