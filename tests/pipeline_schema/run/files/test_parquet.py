"""Tables as Parquet: every column in its type."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from pyarrow import parquet

from pipeline_schema.errors import OutputError
from pipeline_schema.run.files.parquet import write_parquet


@pytest.mark.parametrize(
    "dtype", ["uint8", "uint16", "uint32", "uint64", "int8", "int64", "float32", "float64", "bool"]
)
def test_types_are_kept(tmp_path: Path, dtype: str) -> None:
    """A column of any number comes back with its values and in its type."""
    column = np.array([0, 1, 7, 127]).astype(dtype)
    write_parquet(
        tmp_path / "a.parquet", {"x": column, "swapped": column.astype(column.dtype.newbyteorder())}, name="t"
    )
    table = parquet.read_table(tmp_path / "a.parquet")
    for name in ("x", "swapped"):
        read = table[name].to_numpy()
        assert read.dtype == column.dtype
        np.testing.assert_array_equal(read, column)


def test_columns_are_those_of_csv(tmp_path: Path) -> None:
    """Texts, missing values, scalars and several values a row are what they are in CSV."""
    write_parquet(tmp_path / "a.parquet", {"c": np.array([[1.5, 2.5]]), "name": ["x"], "none": [None]}, name="t")
    assert parquet.read_table(tmp_path / "a.parquet").to_pylist() == [
        {"c-0": 1.5, "c-1": 2.5, "name": "x", "none": None}
    ]


@pytest.mark.parametrize("column", [np.array([1j]), [1, "a"], [2**80]])
def test_what_has_no_type_is_refused(tmp_path: Path, column: object) -> None:
    """A column that Parquet can't hold is an error that says which, and no file is begun."""
    with pytest.raises(OutputError, match=r"column 'x' holds .*--table-format csv"):
        write_parquet(tmp_path / "a.parquet", {"x": column}, name="t")
    assert not list(tmp_path.iterdir())
