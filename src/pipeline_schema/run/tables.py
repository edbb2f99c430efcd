"""Tables as CSV: RFC 4180 quoting, the same bytes on every system, floats that read back bit for bit."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from pipeline_schema.errors import OutputError

__all__ = ["is_table", "write_csv"]

_SPECIAL = re.compile(r'[,"\r\n]|^\s|\s$')


def is_table(value: Any) -> bool:
    """Whether a value is a table: a non-empty dict of which some column is a 1-D array, and none has more axes."""
    if type(value) is not dict or not value:
        return False
    axes = [getattr(column, "ndim", 0 if _is_scalar(column) else None) for column in value.values()]
    return 1 in axes and all(ndim in (0, 1) for ndim in axes)


def write_csv(path: Path, table: dict[Any, Any], *, name: str) -> None:
    """Write a new CSV file with a header.

    Parameters
    ----------
    path : Path
        Must not exist.
    table : dict
        1-D arrays of one length, or scalars (one row), by column.
    name : str
        Of the output, for the message.

    Raises
    ------
    OutputError
        If a column has another length than the first, more than one axis, or holds what is no number or text.
    """
    columns = {str(title): list(_cells(column, str(title), name)) for title, column in table.items()}
    lengths = {title: len(cells) for title, cells in columns.items()}
    if len(set(lengths.values())) > 1:
        listed = ", ".join(f"{title} {length}" for title, length in lengths.items())
        raise OutputError(f"output {name!r} is no table: its columns have different lengths ({listed})")
    with path.open("x", encoding="utf-8", newline="") as file:
        file.write(_line(map(_quoted, columns)))
        file.writelines(map(_line, zip(*columns.values(), strict=True)))


def _line(cells: Iterable[str]) -> str:
    # A line of nothing is no row to most readers.
    return (",".join(cells) or '""') + "\n"


def _quoted(text: str) -> str:
    # The csv module of Python 3.11 leaves a lone carriage return unquoted, and then reads it as the end of a row.
    return '"' + text.replace('"', '""') + '"' if not text or _SPECIAL.search(text) else text


def _cells(column: Any, title: str, name: str) -> Iterator[str]:
    if _is_scalar(column):
        column = [column]
    elif getattr(column, "ndim", None) == 0:
        column = [column.item()]
    elif hasattr(column, "ndim"):
        if column.ndim != 1:
            raise OutputError(f"output {name!r}: column {title!r} has {column.ndim} axes; a table's column has one")
        # Python's own numbers: repr of a float is the shortest text that reads back as the same 64 bits.
        column = column.tolist()
    elif not isinstance(column, list | tuple):
        raise OutputError(f"output {name!r}: column {title!r} is {type(column).__name__}, not an array")
    for cell in column:
        if hasattr(cell, "item") and getattr(cell, "ndim", None) == 0:
            cell = cell.item()
        if not _is_scalar(cell):
            raise OutputError(f"output {name!r}: column {title!r} holds {type(cell).__name__}, not numbers or text")
        yield "" if cell is None else _quoted(cell) if isinstance(cell, str) else repr(cell)


def _is_scalar(value: Any) -> bool:
    return value is None or isinstance(value, bool | int | float | complex | str)
