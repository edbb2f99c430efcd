"""Builtin functions on tables: dicts of one-dimensional arrays of one length."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from array_api_compat import array_namespace, is_array_api_obj

__all__ = ["filter_table", "in_range", "merge_tables", "table_column"]


def table_column(table: Mapping[str, Any], name: str) -> Any:
    """Take a column of a table.

    Parameters
    ----------
    table : table
    name : str
        Of the column.

    Returns
    -------
    column : array, shape (N,)

    Raises
    ------
    KeyError
        If the table has no such column; says which it has.
    """
    if name not in table:
        raise KeyError(f"no column {name!r}; the table has {', '.join(map(str, table))}")
    column = table[name]
    if is_array_api_obj(column):
        return column
    # pyclesperanto's statistics are dicts of lists.
    import numpy as np

    return np.asarray(column)


def merge_tables(
    tables: Sequence[Mapping[str, Any]], on: str = "label", prefixes: Sequence[str] | None = None
) -> dict[str, Any]:
    """Join tables row by row, by a column that all of them have.

    Parameters
    ----------
    tables : list of tables
        At least one.
    on : str
        The column that says which rows belong together; in each table every value occurs once.
    prefixes : list of str or None
        One for each table, put before the names of its columns but `on`: cells and nuclei both have an area.

    Returns
    -------
    table : table
        The rows whose value in `on` is in all tables, in the order of the first; all columns.

    Raises
    ------
    ValueError
        If there is no table, or not a prefix for each; if a value of `on` occurs twice in one; or if two columns get
        the same name.
    KeyError
        If a table has no such column.
    """
    if not tables:
        raise ValueError("there is no table to merge")
    if prefixes is None:
        prefixes = [""] * len(tables)
    elif isinstance(prefixes, str) or len(prefixes) != len(tables):
        raise ValueError(f"prefixes are {prefixes!r}; each of the {len(tables)} tables needs one, which may be empty")
    keys = [table_column(table, on) for table in tables]
    xp = array_namespace(*keys)
    for index, values in enumerate(keys):
        if xp.unique(values).shape != values.shape:
            raise ValueError(f"column {on!r} of table {index} has values that occur more than once")
    common = keys[0]
    for values in keys[1:]:
        common = common[xp.isin(common, values)]
    merged = {on: common}
    for table, values, prefix in zip(tables, keys, prefixes, strict=True):
        order = xp.argsort(values)
        rows = order[xp.searchsorted(values[order], common)]
        for name in table:
            if name == on:
                continue
            title = f"{prefix}{name}"
            if title in merged:
                raise ValueError(f"two columns are called {title!r}; tell them apart by prefixes, one for each table")
            merged[title] = table_column(table, name)[rows]
    return merged


def filter_table(
    table: Mapping[str, Any], column: str, low: float | None = None, high: float | None = None
) -> dict[str, Any]:
    """Keep the rows of a table whose value in a column is in a range.

    Parameters
    ----------
    table : table
    column : str
        Of numbers.
    low, high : float or None
        Both ends belong to the range; None leaves an end open. NaN is in no range.

    Returns
    -------
    table : table
        The rows in their order; all columns.

    Raises
    ------
    KeyError
        If the table has no such column.
    ValueError
        If `low` is above `high`.
    """
    kept = in_range(table_column(table, column), low, high)
    return {name: table_column(table, name)[kept] for name in table}


def in_range(values: Any, low: float | None, high: float | None) -> Any:
    """Which values are in a range that includes both ends, as an array of bool."""
    if low is not None and high is not None and low > high:
        raise ValueError(f"low={low} is above high={high}: nothing is in between")
    kept = ~array_namespace(values).isnan(values)
    if low is not None:
        kept &= values >= low
    if high is not None:
        kept &= values <= high
    return kept
