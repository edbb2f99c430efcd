"""Tables as Parquet, by the library pyarrow, which is an extra: every column in the type that it has."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Any

from pipeline_schema.errors import OutputError
from pipeline_schema.run.files.image import native
from pipeline_schema.run.files.tables import columns_of

__all__ = ["needs_pyarrow", "write_parquet"]


def needs_pyarrow() -> str | None:
    """What to install, where the library is not there."""
    return None if find_spec("pyarrow") else "pip install 'pipeline-schema[parquet]'"


def write_parquet(path: Path, table: dict[Any, Any], *, name: str) -> None:
    """Write a new Parquet file.

    Parameters
    ----------
    path : Path
        Must not exist.
    table : dict
        See `pipeline_schema.run.files.tables.columns_of`.
    name : str
        Of the output, for the message.

    Raises
    ------
    OutputError
        If it is no table, a column has no type in Parquet (complex numbers), or the library is not installed.
    """
    if (install := needs_pyarrow()) is not None:
        raise OutputError(f"output {name!r} needs the library pyarrow: {install}")
    import pyarrow
    from pyarrow import parquet

    columns = {}
    for title, cells in columns_of(table, name=name).items():
        try:
            columns[title] = pyarrow.array(cells if isinstance(cells, list) else native(cells))
        except (pyarrow.ArrowException, OverflowError) as error:
            held = getattr(cells, "dtype", "a mixture of types")
            raise OutputError(
                f"output {name!r}: column {title!r} holds {held}, which Parquet has no type for; "
                "write it with --table-format csv"
            ) from error
    with path.open("xb") as file:
        parquet.write_table(pyarrow.table(columns), file)
