"""Tables as CSV: bit for bit, quoted, and never ragged."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_schema.errors import OutputError
from pipeline_schema.run.files.tables import as_table, is_table, write_csv


def _read(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


@given(st.lists(st.floats(), min_size=1))
def test_floats_read_back_bit_for_bit(tmp_path_factory: pytest.TempPathFactory, values: list[float]) -> None:
    """Every float64, with inf and nan, survives the text."""
    path = tmp_path_factory.mktemp("csv") / "a.csv"
    write_csv(path, {"x": np.array(values)}, name="t")
    np.testing.assert_array_equal([float(row[0]) for row in _read(path)[1:]], values)


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"])), min_size=1, max_size=4))
def test_text_is_quoted(tmp_path_factory: pytest.TempPathFactory, texts: list[str]) -> None:
    """Commas, quotes and line ends in texts do not cut the table up."""
    path = tmp_path_factory.mktemp("csv") / "a.csv"
    write_csv(path, {"name": texts, "row": list(range(len(texts)))}, name="t")
    assert [row[0] for row in _read(path)[1:]] == texts


def test_numbers_are_plain(tmp_path: Path) -> None:
    """Whole numbers have no point, and NumPy's types do not show."""
    table = {"label": np.array([1, 2], np.uint16), "ok": np.array([True, False]), "mean": np.array([0.5, np.nan])}
    write_csv(tmp_path / "a.csv", table, name="t")
    assert (tmp_path / "a.csv").read_bytes() == b"label,ok,mean\n1,True,0.5\n2,False,nan\n"


def test_scalars_are_one_row_and_no_rows_leave_the_header(tmp_path: Path) -> None:
    """A dict of scalars is a table of one row; empty columns keep their titles."""
    write_csv(tmp_path / "a.csv", {"n": 3, "mean": np.float32(0.5), "none": None}, name="t")
    write_csv(tmp_path / "b.csv", {"n": np.zeros(0)}, name="t")
    assert _read(tmp_path / "a.csv") == [["n", "mean", "none"], ["3", "0.5", ""]]
    assert _read(tmp_path / "b.csv") == [["n"]]


def test_several_values_a_row_are_several_columns(tmp_path: Path) -> None:
    """Columns of more axes, and ragged ones, are spread as scikit-image names them; what a row lacks stays empty."""
    ragged = np.empty(2, object)
    ragged[:] = [np.array([1, 2]), np.array([3])]
    table = {"label": np.arange(2), "centroid": np.array([[0.5, 1], [2, 3]]), "m": np.zeros((2, 1, 2)), "x": ragged}
    write_csv(tmp_path / "a.csv", table, name="t")
    assert _read(tmp_path / "a.csv") == [
        ["label", "centroid-0", "centroid-1", "m-0-0", "m-0-1", "x-0", "x-1"],
        ["0", "0.5", "1.0", "0.0", "0.0", "1", "2"],
        ["1", "2.0", "3.0", "0.0", "0.0", "3", ""],
    ]


def test_records_are_rows_and_their_fields_columns(tmp_path: Path) -> None:
    """Ellipses that a Hough transform found: a column for each field, several for a field of several numbers."""
    kind = [("votes", "i8"), ("centre", "f8", (2,))]
    table = as_table(np.array([(7, (1.5, 2.0)), (3, (0.0, 4.25))], kind))
    write_csv(tmp_path / "a.csv", table, name="t")
    assert _read(tmp_path / "a.csv") == [["votes", "centre-0", "centre-1"], ["7", "1.5", "2.0"], ["3", "0.0", "4.25"]]


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"a": np.zeros(3), "b": np.zeros(2)}, "a 3, b 2"),
        ({"a": np.zeros(3), "b": 1}, "a 3, b 1"),
        ({"a": np.zeros((3, 2)), "b": np.zeros(2)}, "a-0 3, a-1 3, b 2"),
        ({"a": np.zeros((3, 2)), "a-0": np.zeros(3)}, "two columns 'a-0'"),
        ({"a": [np.zeros(2), 1.0]}, "in some rows"),
        ({"a": [np.zeros(101)]}, "up to 101 values"),
        ({"a": [np.zeros((2, 2))]}, "holds ndarray"),
        ({"a": {1, 2}}, "is set"),
    ],
)
def test_what_is_no_table_is_refused(tmp_path: Path, table: dict[str, Any], said: str) -> None:
    """Ragged columns and columns of something else are errors, and no file is begun."""
    with pytest.raises(OutputError, match=said):
        write_csv(tmp_path / "a.csv", table, name="t")
    assert not (tmp_path / "a.csv").exists()


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"a": np.zeros(3)}, True),
        ({"a": np.zeros(3), "b": 1}, True),
        ({"a": 1.0}, False),
        ({}, False),
        ({"a": np.zeros((3, 3)), "b": np.zeros(3)}, False),
        (np.zeros(3), False),
    ],
)
def test_tables_are_told_by_their_columns(value: Any, expected: bool) -> None:
    """A dict with a 1-D array is a table; one of scalars alone could be anything."""
    assert is_table(value) is expected
