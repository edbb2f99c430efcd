"""Tables of items: the first rows of one, and figures over all that are looked at."""

from __future__ import annotations

import csv
import json
import math
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from pipeline_schema.run.batch.record import ItemRecord

__all__ = ["Column", "Table", "read_scalars", "summarize_tables"]

_ROWS_SHOWN = 6
_MAX_ROWS = 200_000
_MAX_COLUMNS = 40
_BINS = 24
_MAX_SCALAR_BYTES = 400


@dataclass
class Column:
    """The numbers of one column.

    Attributes
    ----------
    name : str
    values : list of float
        Those that are finite.
    others : int
        How many cells are no finite number.
    """

    name: str
    values: list[float] = field(default_factory=list)
    others: int = 0

    def figures(self) -> dict[str, float]:
        """Mean, standard deviation, smallest, median and largest; empty without a number."""
        if not self.values:
            return {}
        ordered = sorted(self.values)
        mean = math.fsum(ordered) / len(ordered)
        spread = math.sqrt(math.fsum((value - mean) ** 2 for value in ordered) / max(1, len(ordered) - 1))
        middle = (ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2
        return {"mean": mean, "sd": spread, "min": ordered[0], "median": middle, "max": ordered[-1]}

    def counts(self) -> list[int]:
        """How many values fall into each of equal steps from the smallest to the largest."""
        low, high = min(self.values, default=0.0), max(self.values, default=0.0)
        bins = [0] * _BINS
        width = high - low
        if not 0 < width < math.inf:
            return []
        for value in self.values:
            bins[min(_BINS - 1, int((value - low) / width * _BINS))] += 1
        return bins


@dataclass
class Table:
    """One table output, over several items.

    Attributes
    ----------
    name : str
        Of the output.
    titles : list of str
    first : list of list of str
        The first rows of the first item's, as written.
    item : str
        Whose they are.
    items, rows : int
        How many were read.
    columns : list of Column
    """

    name: str
    item: str
    titles: list[str]
    first: list[list[str]] = field(default_factory=list)
    items: int = 0
    rows: int = 0
    columns: list[Column] = field(default_factory=list)


def summarize_tables(items: Iterable[ItemRecord], folder: Path) -> list[Table]:
    """The tables among the outputs of these items, each over all of them.

    Parameters
    ----------
    items : iterable of ItemRecord
    folder : Path
        That the items' folders are in.
    """
    tables: dict[str, Table] = {}
    for item in items:
        for output in item.outputs:
            if output.file.endswith(".csv"):
                path = folder / item.name / Path(output.file).name
                try:
                    with path.open(encoding="utf-8", newline="") as file:
                        _read(tables, output.name, item.name, csv.reader(file))
                except (OSError, UnicodeDecodeError, csv.Error):
                    continue  # the item's row says what is no longer there
    return list(tables.values())


def _read(tables: dict[str, Table], name: str, item: str, rows: Iterable[list[str]]) -> None:
    rows = iter(rows)
    titles = next(rows, [])[:_MAX_COLUMNS]
    table = tables.get(name)
    if table is None:
        table = tables[name] = Table(name, item, titles, columns=[Column(title) for title in titles])
    if titles != table.titles or table.rows >= _MAX_ROWS:
        return
    table.items += 1
    for row in rows:
        if table.rows >= _MAX_ROWS:
            return
        table.rows += 1
        if table.item == item and len(table.first) < _ROWS_SHOWN:
            table.first.append(row[:_MAX_COLUMNS])
        for column, cell in zip(table.columns, row, strict=False):
            try:
                value = float(cell)
            except ValueError:
                value = math.nan
            if math.isfinite(value):
                column.values.append(value)
            else:
                column.others += 1


def read_scalars(item: ItemRecord, folder: Path) -> dict[str, str]:
    """The outputs of an item that are single values, as short text.

    Parameters
    ----------
    item : ItemRecord
    folder : Path
        Of its outputs.
    """
    found = {}
    for output in item.outputs:
        if output.file.endswith(".json") and output.size <= _MAX_SCALAR_BYTES:
            try:
                value = json.loads((folder / Path(output.file).name).read_bytes())
            except (OSError, ValueError):
                continue
            if isinstance(value, bool | int | float | str):
                found[output.name] = f"{value:,.6g}" if isinstance(value, float) else str(value)
    return found
