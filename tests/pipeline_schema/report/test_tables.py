"""Tables are summed up as the numbers in the files say."""

from __future__ import annotations

import statistics
from pathlib import Path

import numpy as np
import pytest

from pipeline_schema.report.tables import Column, read_scalars, summarize_tables
from pipeline_schema.run.batch.record import ItemRecord
from pipeline_schema.run.files.writers import write_output


def _items(folder: Path, tables: list[dict[str, object]]) -> list[ItemRecord]:
    items = []
    for number, table in enumerate(tables):
        (folder / f"i{number}").mkdir()
        output = write_output(folder / f"i{number}", "t", "t", table, "table")
        items.append(ItemRecord(name=f"i{number}", state="done", inputs={}, seconds=1, outputs=(output,)))
    return items


def test_figures_are_those_of_all_rows(tmp_path: Path) -> None:
    """Mean, spread, median and ends are the statistics module's, over the rows of all items; nan is left out."""
    one, two = np.array([1.0, 2.5, np.nan]), np.array([10.0, -3.0])
    (table,) = summarize_tables(
        _items(tmp_path, [{"a": one, "n": ["x", "y", "z"]}, {"a": two, "n": ["u", "v"]}]), tmp_path
    )
    values = [1.0, 2.5, 10.0, -3.0]
    assert table.columns[0].figures() == pytest.approx(
        {"mean": statistics.mean(values), "sd": statistics.stdev(values), "min": -3, "median": 1.75, "max": 10}
    )
    assert (table.rows, table.items, table.columns[0].others, table.columns[1].values) == (5, 2, 1, [])
    assert table.first == [["1.0", "x"], ["2.5", "y"], ["nan", "z"]]
    assert sum(table.columns[0].counts()) == 4


def test_a_table_of_other_columns_or_gone_is_left_out(tmp_path: Path) -> None:
    """A table that has other columns than the first, or is not there, changes no figure."""
    items = _items(tmp_path, [{"a": np.arange(3)}, {"b": np.arange(3)}, {"a": np.arange(3)}])
    (tmp_path / "i2" / "t.csv").unlink()
    (table,) = summarize_tables(items, tmp_path)
    assert (table.items, table.rows) == (1, 3)


@pytest.mark.parametrize("values", [[], [1.0], [1.0, 1.0], [-1e308, 1e308]])
def test_columns_without_spread_have_no_histogram(values: list[float]) -> None:
    """Nothing, one value, or values further apart than numbers go draw nothing and raise nothing."""
    assert Column("c", values).counts() == []


def test_single_values_are_read(tmp_path: Path) -> None:
    """A number or word that was written as JSON is shown; a list is not."""
    outputs = [write_output(tmp_path, name, name, value, "scalar") for name, value in
               {"count": 12, "level": 0.1234567891, "list": [1, 2]}.items()]  # fmt: skip
    item = ItemRecord(name="i", state="done", inputs={}, seconds=1, outputs=tuple(outputs))
    assert read_scalars(item, tmp_path) == {"count": "12", "level": "0.123457"}
