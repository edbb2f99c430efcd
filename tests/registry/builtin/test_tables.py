"""Builtin functions on tables: columns, joins and ranges."""

import numpy as np
import pytest

from registry.builtin import filter_table, merge_tables, table_column

TABLE = {"label": np.array([1, 2, 4]), "area": np.array([10.0, np.nan, 30.0])}


def test_a_column_is_found_by_name():
    """The column is the table's own array; a list, as pyclesperanto gives it, becomes one."""
    assert table_column(TABLE, "area") is TABLE["area"]
    np.testing.assert_array_equal(table_column({"label": [1, 2]}, "label"), [1, 2])


def test_a_missing_column_names_those_that_are_there():
    """The error helps to find the right name."""
    with pytest.raises(KeyError, match="label, area"):
        table_column(TABLE, "Area")


def test_tables_are_joined_by_label():
    """Rows that are in all tables, in the order of the first, whatever the order of the others."""
    other = {"label": np.array([4, 9, 1]), "mean": np.array([0.4, 0.9, 0.1])}
    merged = merge_tables([TABLE, other])
    assert list(merged) == ["label", "area", "mean"]
    np.testing.assert_array_equal(merged["label"], [1, 4])
    np.testing.assert_array_equal(merged["area"], [10, 30])
    np.testing.assert_array_equal(merged["mean"], [0.1, 0.4])


def test_prefixes_tell_columns_of_one_name_apart():
    """Cells and nuclei have an area each; what they are joined by keeps its name."""
    nuclei = {"label": np.array([4, 1]), "area": np.array([4.0, 1.0])}
    merged = merge_tables([TABLE, nuclei], prefixes=("cell_", "nucleus_"))
    assert list(merged) == ["label", "cell_area", "nucleus_area"]
    np.testing.assert_array_equal(merged["nucleus_area"], [1, 4])
    assert list(merge_tables([TABLE, nuclei], prefixes=["", "nucleus_"])) == ["label", "area", "nucleus_area"]


@pytest.mark.parametrize("prefixes", [("a_",), ("a_", "b_", "c_"), "ab"])
def test_each_table_has_its_prefix(prefixes):
    """One too few would leave a table without; a text is none for each."""
    with pytest.raises(ValueError, match="each of the 2 tables needs one"):
        merge_tables([TABLE, {"label": np.array([1])}], prefixes=prefixes)


def test_one_table_is_itself():
    """Merging one table changes nothing."""
    merged = merge_tables([TABLE])
    assert list(merged) == list(TABLE)
    np.testing.assert_array_equal(merged["area"], TABLE["area"])


@pytest.mark.parametrize(
    ("tables", "message"),
    [
        ([], "no table"),
        ([TABLE, {"label": np.array([1, 1])}], "more than once"),
        (
            [TABLE, {"label": np.array([1]), "area": np.array([1.0])}],
            "two columns are called 'area'; tell them apart by prefixes",
        ),
    ],
)
def test_a_join_that_is_not_clear_is_refused(tables, message):
    """No table, double keys and equal columns are errors: nothing is overwritten or repeated."""
    with pytest.raises(ValueError, match=message):
        merge_tables(tables)


@pytest.mark.parametrize(
    ("low", "high", "labels"),
    [(10, None, [1, 4]), (None, 10, [1]), (10.5, 29, []), (10, 30, [1, 4]), (None, None, [1, 4])],
)
def test_rows_in_range_are_kept(low, high, labels):
    """Both ends belong to the range, an open end takes all, NaN is never in."""
    kept = filter_table(TABLE, "area", low, high)
    assert list(kept) == list(TABLE)
    np.testing.assert_array_equal(kept["label"], labels)


def test_a_range_upside_down_is_refused():
    """low above high keeps nothing by mistake."""
    with pytest.raises(ValueError, match="above"):
        filter_table(TABLE, "area", 3, 2)
