"""Tables: what their columns are, and how they are CSV: RFC 4180, the same bytes everywhere, floats bit for bit."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline_schema.errors import OutputError

if TYPE_CHECKING:
    import numpy as np

__all__ = ["as_table", "columns_of", "is_table", "line", "quoted", "text_of", "write_csv"]

# More columns than that for one property are no table any more: coordinates of every pixel, say.
_MOST_VALUES = 100

_SPECIAL = re.compile(r'[,"\r\n]|^\s|\s$')


def as_table(value: Any) -> Any:
    """A row of records, such as `skimage.transform.hough_ellipse` gives, as a table by field; others as they are."""
    fields = getattr(getattr(value, "dtype", None), "names", None)
    return {field: value[field] for field in fields} if fields and value.ndim == 1 else value


def is_table(value: Any) -> bool:
    """Whether a value is a table: a non-empty dict of which some column is a 1-D array, and none has more axes."""
    if type(value) is not dict or not value:
        return False
    axes = [getattr(column, "ndim", 0 if _is_scalar(column) else None) for column in value.values()]
    return 1 in axes and all(ndim in (0, 1) for ndim in axes)


def columns_of(table: dict[Any, Any], *, name: str) -> dict[str, list[Any] | np.ndarray[Any, Any]]:
    """The columns of a table, each with one value a row.

    Parameters
    ----------
    table : dict
        By column: arrays with as many rows as the others, or scalars (one row). What a row has several values of gets
        a column for each, named as scikit-image names them: ``centroid-0``, ``bbox-3``, ``moments-0-1``. Rows of
        different length leave the missing cells empty.
    name : str
        Of the output, for the message.

    Returns
    -------
    dict of array or list
        1-D arrays where there were arrays of numbers; lists of scalars and None elsewhere.

    Raises
    ------
    OutputError
        If a column has another length than the first, or holds what is no number or text.
    """
    columns: dict[str, list[Any] | np.ndarray[Any, Any]] = {}
    for title, column in table.items():
        for extended, values in _expanded(str(title), column, name):
            if extended in columns:
                raise OutputError(f"output {name!r} is no table: it has two columns {extended!r}")
            columns[extended] = values
    lengths = {title: len(cells) for title, cells in columns.items()}
    if len(set(lengths.values())) > 1:
        listed = ", ".join(f"{title} {length}" for title, length in lengths.items())
        raise OutputError(f"output {name!r} is no table: its columns have different lengths ({listed})")
    return columns


def write_csv(path: Path, table: dict[Any, Any], *, name: str) -> None:
    """Write a new CSV file with a header.

    Parameters
    ----------
    path : Path
        Must not exist.
    table : dict
        See `columns_of`.
    name : str
        Of the output, for the message.

    Raises
    ------
    OutputError
        If it is no table.
    """
    columns = {title: list(map(text_of, _plain(cells))) for title, cells in columns_of(table, name=name).items()}
    with path.open("x", encoding="utf-8", newline="") as file:
        file.write(line(map(quoted, columns)))
        file.writelines(map(line, zip(*columns.values(), strict=True)))


def line(cells: Iterable[str]) -> str:
    """A row of cells that are text already, quoted where they must be."""
    # A line of nothing is no row to most readers.
    return (",".join(cells) or '""') + "\n"


def quoted(text: str) -> str:
    """A text as a cell."""
    # The csv module of Python 3.11 leaves a lone carriage return unquoted, and then reads it as the end of a row.
    return '"' + text.replace('"', '""') + '"' if not text or _SPECIAL.search(text) else text


def text_of(value: Any) -> str:
    """A scalar as a cell; None is an empty one."""
    # repr of a float is the shortest text that reads back as the same 64 bits.
    return "" if value is None else quoted(value) if isinstance(value, str) else repr(value)


def _plain(column: list[Any] | np.ndarray[Any, Any]) -> list[Any]:
    return column if isinstance(column, list) else column.tolist()


def _expanded(title: str, column: Any, name: str) -> Iterator[tuple[str, list[Any] | np.ndarray[Any, Any]]]:
    """The columns that one is, with their titles."""
    if _is_scalar(column):
        column = [column]
    elif getattr(column, "ndim", None) == 0:
        column = column.reshape(1)
    if not hasattr(column, "ndim") and not isinstance(column, list | tuple):
        raise OutputError(f"output {name!r}: column {title!r} is {type(column).__name__}, not an array")
    if getattr(column, "ndim", 1) > 1:
        import numpy as np

        for place in np.ndindex(column.shape[1:]):
            yield f"{title}-{'-'.join(map(str, place))}", column[(slice(None), *place)]
    elif hasattr(column, "dtype") and not column.dtype.hasobject:
        yield title, column
    else:
        yield from _of_objects(title, list(map(_scalar_or_row, column)), name)


def _of_objects(title: str, cells: list[Any], name: str) -> Iterator[tuple[str, list[Any]]]:
    rows = [cell for cell in cells if isinstance(cell, list)]
    for cell in cells if not rows else [value for row in rows for value in row]:
        if not _is_scalar(cell):
            raise OutputError(f"output {name!r}: column {title!r} holds {type(cell).__name__}, not numbers or text")
    if not rows:
        yield title, cells
        return
    if len(rows) < len(cells):
        raise OutputError(f"output {name!r}: column {title!r} holds numbers in some rows, and several in others")
    longest = max(map(len, rows))
    if longest > _MOST_VALUES:
        raise OutputError(
            f"output {name!r}: column {title!r} has up to {longest} values in a row, too many for a table; "
            "leave it out of the table, or give it out by itself"
        )
    for at in range(longest):
        yield f"{title}-{at}", [row[at] if at < len(row) else None for row in rows]


def _scalar_or_row(cell: Any) -> Any:
    """A cell as Python's own value: a list where it holds several in a row."""
    if hasattr(cell, "tolist") and getattr(cell, "ndim", None) in (0, 1):
        return cell.tolist()
    return list(cell) if isinstance(cell, tuple) else cell


def _is_scalar(value: Any) -> bool:
    return value is None or isinstance(value, bool | int | float | complex | str)
