"""One table over all items."""

from __future__ import annotations

import csv
import errno
import tracemalloc
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from pipeline_schema.errors import OutputError
from pipeline_schema.run.files.merging import Part, merge_tables
from pipeline_schema.run.files.parquet import write_parquet
from pipeline_schema.run.files.tables import write_csv

_WRITERS = {".csv": write_csv, ".parquet": write_parquet}


def _part(folder: Path, item: str, table: dict[str, Any], suffix: str, **columns: str) -> Part:
    path = folder / item / f"table{suffix}"
    path.parent.mkdir(parents=True)
    _WRITERS[suffix](path, table, name="table")
    return Part(item, columns, path)


def _read(path: Path) -> tuple[list[str], list[list[Any]]]:
    """Titles and rows; what is empty is None."""
    if path.suffix == ".parquet":
        table = parquet.read_table(path)
        return table.column_names, [list(row.values()) for row in table.to_pylist()]
    with path.open(encoding="utf-8", newline="") as file:
        titles, *rows = csv.reader(file)
    return titles, [[cell or None for cell in row] for row in rows]


@pytest.fixture(params=sorted(_WRITERS))
def suffix(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def test_rows_are_led_by_what_names_their_item(tmp_path: Path, suffix: str) -> None:
    """All rows of all items in order; columns of items, then of tables, as they first come; what lacks is empty."""
    parts = [
        _part(tmp_path, "a", {"label": np.array([1, 2]), "area": np.array([5.5, 6.5])}, suffix, well="A01"),
        _part(tmp_path, "b", {"label": np.zeros(0, int), "area": np.zeros(0)}, suffix, well="A02", site="1"),
        _part(tmp_path, "c", {"area": np.array([7.5]), "mean": np.array([0.5])}, suffix, site="2"),
    ]
    assert merge_tables(lambda: parts, tmp_path / f"table{suffix}") == 3
    titles, rows = _read(tmp_path / f"table{suffix}")
    assert titles == ["item", "well", "site", "label", "area", "mean"]
    text = suffix == ".csv"
    assert rows == [
        ["a", "A01", None, "1" if text else 1, "5.5" if text else 5.5, None],
        ["a", "A01", None, "2" if text else 2, "6.5" if text else 6.5, None],
        ["c", None, "2", None, "7.5" if text else 7.5, "0.5" if text else 0.5],
    ]
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b", "c", f"table{suffix}"]


def test_columns_of_one_name_are_told_apart(tmp_path: Path, suffix: str) -> None:
    """An item's column that a table has as well gets a prefix: no cell is lost."""
    table = {"item": np.array([7]), "well": np.array([8]), "item_well": np.array([9])}
    part = _part(tmp_path, "a", table, suffix, well="A01")
    merge_tables(lambda: [part], tmp_path / f"t{suffix}")
    titles, (row,) = _read(tmp_path / f"t{suffix}")
    assert titles == ["item_item", "item_item_well", "item", "well", "item_well"]
    assert list(map(str, row)) == ["a", "A01", "7", "8", "9"]


_TEXTS = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), min_size=1, max_size=6)


@given(
    tables=st.lists(
        st.dictionaries(
            st.sampled_from(["a", "b", 'c"', "d,\n"]), st.lists(_TEXTS, min_size=2, max_size=2), min_size=1
        ),
        min_size=1,
        max_size=4,
    ),
    name=_TEXTS,
)
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_text_survives(
    tmp_path_factory: pytest.TempPathFactory, suffix: str, tables: list[dict[str, list[str]]], name: str
) -> None:
    """Whatever cells, titles and columns of items hold, they are what they were."""
    folder = tmp_path_factory.mktemp("merge")
    parts = [_part(folder, f"i{at}", table, suffix, note=f"{name}{at}") for at, table in enumerate(tables)]
    merge_tables(lambda: parts, folder / f"t{suffix}")
    titles, rows = _read(folder / f"t{suffix}")
    expected = [
        {"item": f"i{at}", "note": f"{name}{at}", **{title: cells[row] for title, cells in table.items()}}
        for at, table in enumerate(tables)
        for row in range(2)
    ]
    assert [{k: v for k, v in zip(titles, row, strict=True) if v is not None} for row in rows] == expected


def test_cells_are_as_they_were_written(tmp_path: Path) -> None:
    """Numbers of a merged CSV have the very characters of the parts: nothing is read and rounded."""
    values = np.array([0.1 + 0.2, 1e-300, np.nan, -0.0])
    part = _part(tmp_path, "a", {"x": values}, ".csv")
    merge_tables(lambda: [part], tmp_path / "t.csv")
    assert [row[1] for row in _read(tmp_path / "t.csv")[1]] == [repr(value) for value in values.tolist()]


def test_what_an_item_lacks_is_empty(tmp_path: Path) -> None:
    """An empty cell of a manifest is an empty cell here."""
    part = _part(tmp_path, "a", {"x": np.array([1])}, ".csv", drug="", well="A01")
    merge_tables(lambda: [part], tmp_path / "t.csv")
    assert (tmp_path / "t.csv").read_text() == "item,drug,well,x\na,,A01,1\n"


def test_types_are_kept_and_widened_where_they_differ(tmp_path: Path) -> None:
    """Parquet's columns keep their types; parts whose types differ get one that holds both exactly."""
    parts = [
        _part(tmp_path, "a", {"n": np.array([1], np.uint8), "x": np.array([1], np.int16)}, ".parquet"),
        _part(tmp_path, "b", {"n": np.array([2], np.uint8), "x": np.array([0.5])}, ".parquet"),
    ]
    merge_tables(lambda: parts, tmp_path / "t.parquet")
    table = parquet.read_table(tmp_path / "t.parquet")
    assert [str(table[name].type) for name in ("n", "x")] == ["uint8", "double"]
    assert table["x"].to_pylist() == [1.0, 0.5]


def test_types_that_do_not_go_together_are_an_error(tmp_path: Path) -> None:
    """A number here and a text there is no column; nothing is written."""
    parts = [_part(tmp_path, "a", {"x": [1]}, ".parquet"), _part(tmp_path, "b", {"x": ["y"]}, ".parquet")]
    with pytest.raises(OutputError, match=r"b.table\.parquet can't be merged"):
        merge_tables(lambda: parts, tmp_path / "t.parquet")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", "b"]


def test_what_is_there_stays_until_the_new_one_is_whole(
    tmp_path: Path, suffix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A table that can't be finished leaves the earlier one, and no partial file."""
    part = _part(tmp_path, "a", {"x": np.arange(3)}, suffix)
    target = tmp_path / f"t{suffix}"
    target.write_text("earlier")

    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", full)
        with pytest.raises(OutputError, match="no room left"):
            merge_tables(lambda: [part], target)
    part.path.unlink()
    with pytest.raises(OutputError, match=f"table{suffix} can't be merged: No such file"):
        merge_tables(lambda: [part], target)
    assert target.read_text() == "earlier"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a", f"t{suffix}"]


def test_what_is_no_file_is_not_replaced(tmp_path: Path, suffix: str) -> None:
    """A folder or a link of that name is refused, and its target untouched."""
    part = _part(tmp_path, "a", {"x": np.arange(3)}, suffix)
    (tmp_path / "other").write_text("mine")
    (tmp_path / f"link{suffix}").symlink_to("other")
    (tmp_path / f"folder{suffix}").mkdir()
    for name in ("link", "folder"):
        with pytest.raises(OutputError, match="in the way"):
            merge_tables(lambda: [part], tmp_path / f"{name}{suffix}")
    assert (tmp_path / "other").read_text() == "mine"


def test_parts_of_another_format_are_refused(tmp_path: Path) -> None:
    """CSV does not become Parquet on the way: its types are not known."""
    part = _part(tmp_path, "a", {"x": np.arange(3)}, ".csv")
    with pytest.raises(OutputError, match="another format"):
        merge_tables(lambda: [part], tmp_path / "t.parquet")
    with pytest.raises(OutputError, match=r"is \.csv or \.parquet"):
        merge_tables(lambda: [part], tmp_path / "t.xlsx")


def test_no_parts_are_no_table(tmp_path: Path, suffix: str) -> None:
    """Where no item has the table, there is none."""
    assert merge_tables(list, tmp_path / f"t{suffix}") == 0
    assert not list(tmp_path.iterdir())


def test_memory_does_not_grow_with_the_parts(tmp_path: Path) -> None:
    """Many tables take no more memory than few: rows pass through."""
    part = _part(tmp_path, "a", {"x": np.arange(100), "y": np.arange(100.0)}, ".csv", well="A01")

    def peak(count: int) -> int:
        tracemalloc.start()
        merge_tables(lambda: (part._replace(item=f"item{at}") for at in range(count)), tmp_path / "t.csv")
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    peak(2)
    assert peak(200) < peak(10) + 50_000
