"""Builtin functions on label images: choose objects by what was measured, and paint measurements back."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from array_api_compat import array_namespace

from registry.builtin.tables import in_range, table_column

__all__ = ["count_labels", "keep_labels", "map_labels"]


def keep_labels(
    labels: Any, table: Mapping[str, Any], column: str, low: float | None = None, high: float | None = None
) -> Any:
    """Keep the objects of which a measurement is in a range.

    Parameters
    ----------
    labels : array of int
        0 is background.
    table : table
        With a column ``label`` that says to which object a row belongs. Objects without a row are removed.
    column : str
        The measurement.
    low, high : float or None
        Both ends belong to the range; None leaves an end open.

    Returns
    -------
    kept : array, shape and dtype of `labels`
        The other objects are 0. Labels keep their numbers.

    Raises
    ------
    KeyError
        If the table lacks a column.
    ValueError
        If `low` is above `high`.
    """
    xp = array_namespace(labels)
    wanted = xp.asarray(table_column(table, "label"))[xp.asarray(in_range(table_column(table, column), low, high))]
    return xp.where(xp.isin(labels, wanted), labels, xp.zeros_like(labels))


def map_labels(labels: Any, values: Any) -> Any:
    """Paint one value for each object.

    Parameters
    ----------
    labels : array of int
        0 is background and stays 0.
    values : array, shape (N,)
        One for each label that occurs, in increasing order of the labels: a column of a table.

    Returns
    -------
    painted : array of the values' dtype, shape of `labels`

    Raises
    ------
    ValueError
        If there are not as many values as labels.
    """
    xp = array_namespace(labels, values)
    numbers = xp.unique(labels)
    numbers = numbers[numbers != 0]
    if values.shape != numbers.shape:
        raise ValueError(f"there are {numbers.shape[0]} labels and values of shape {tuple(values.shape)}")
    padded = xp.concatenate([xp.zeros(1, dtype=values.dtype), values])
    # Position 0 is the background's: labels come behind it in increasing order.
    return xp.where(labels == 0, padded[0], padded[(xp.searchsorted(numbers, labels) + 1) * (labels != 0)])


def count_labels(labels: Any) -> int:
    """Count the objects of a label image.

    Parameters
    ----------
    labels : array of int
        0 is background.

    Returns
    -------
    count : int
        How many different labels there are besides 0.
    """
    numbers = array_namespace(labels).unique(labels)
    return int((numbers != 0).sum())
