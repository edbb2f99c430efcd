"""Results as files: which format each gets, and the record of what was written."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Literal, NamedTuple, get_args

import msgspec

from pipeline_schema.errors import DocumentError, OutputError, UsageError
from pipeline_schema.run.channel.messages import OutputRecord
from pipeline_schema.run.files.digests import sha256_of
from pipeline_schema.run.files.landing import say
from pipeline_schema.run.files.parquet import needs_pyarrow, write_parquet
from pipeline_schema.run.files.pixel_size import PixelSize
from pipeline_schema.run.files.rasters import on_disk, shown, write_npy, write_tiff
from pipeline_schema.run.files.tables import as_table, is_table, write_csv
from pipeline_schema.run.files.zarrs import needs_zarr, write_zarr
from pipeline_schema.values import encode

__all__ = [
    "ArrayFormat",
    "TableFormat",
    "parse_array_format",
    "parse_table_format",
    "sha256_of",
    "write_output",
]

ArrayFormat = Literal["tif", "npy", "zarr"]
TableFormat = Literal["csv", "parquet"]


def parse_array_format(text: str) -> ArrayFormat:
    """The value of ``--array-format``; raises UsageError if it is none, or needs a library that is not here."""
    if text == "zarr" and (install := needs_zarr()) is not None:
        raise UsageError(f"--array-format zarr needs the library zarr: {install}")
    for known in get_args(ArrayFormat):
        if text == known:
            return known  # type: ignore[no-any-return]
    raise UsageError(f"--array-format {text!a} is not known: it is tif, npy or zarr")


def parse_table_format(text: str) -> TableFormat:
    """The value of ``--table-format``; raises UsageError if it is none, or needs a library that is not here."""
    if text == "parquet" and (install := needs_pyarrow()) is not None:
        raise UsageError(f"--table-format parquet needs the library pyarrow: {install}")
    for known in get_args(TableFormat):
        if text == known:
            return known  # type: ignore[no-any-return]
    raise UsageError(f"--table-format {text!a} is not known: it is csv or parquet")


def write_output(
    folder: Path,
    stem: str,
    name: str,
    value: Any,
    kind: str,
    *,
    axes: str | None = None,
    pixel_size: PixelSize | None = None,
    channels: tuple[str, ...] = (),
    array_format: ArrayFormat = "tif",
    table_format: TableFormat = "csv",
) -> OutputRecord:
    """Write one result as a new file.

    Arrays of two axes and more are images, labels or masks and become ``.tif`` (or ``.npy``, or a folder ``.zarr``);
    tables, among them rows of records, ``.csv`` (or ``.parquet``); points, scalars, arrays without elements and
    everything else ``.json``, in the document's notation for values.

    Parameters
    ----------
    folder : Path
        Exists.
    stem : str
        The file's name without its suffix.
    name : str
        The output's name, for messages and the record.
    value : any value
        A result of a plan, on the host.
    kind : str
        What the output is, as far as the catalog knows.
    axes : str or None
        Of the array, where they are known.
    pixel_size : dict, optional
        Length and unit by axis.
    channels : tuple of str
        Names along axis C, where they are known.
    array_format : {'tif', 'npy', 'zarr'}
    table_format : {'csv', 'parquet'}

    Returns
    -------
    OutputRecord
        With the sha256 of the file's bytes, or of the folder: see `sha256_of`.

    Raises
    ------
    OutputError
        If the format can't hold the value, or the disk can't hold the file.
    """
    try:
        result = _Result(name, value, kind, axes, pixel_size or {}, channels)
        path, stored = _write(folder / stem, result, array_format, table_format)
        digest, size = sha256_of(path)
    except OSError as error:
        raise OutputError(f"output {name!r} could not be written: {say(error)}", path=str(folder)) from error
    is_array = hasattr(value, "dtype") and hasattr(value, "shape")
    return OutputRecord(
        name=name,
        file=path.name,
        kind=kind,
        dtype=str(value.dtype) if is_array else type(value).__name__,
        dtype_on_disk=stored,
        shape=tuple(value.shape) if is_array else None,
        axes=axes if is_array else None,
        size=size,
        sha256=digest,
    )


class _Result(NamedTuple):
    name: str
    value: Any
    kind: str
    axes: str | None
    pixel_size: PixelSize
    channels: tuple[str, ...]


def _write(base: Path, result: _Result, array_format: ArrayFormat, table_format: TableFormat) -> tuple[Path, str]:
    """Write the file, `base` with a suffix; its path and the type of its values."""
    name, value, kind, axes, pixel_size, channels = result
    if getattr(value, "ndim", 0) >= 2 and kind != "points":
        if array_format == "npy":
            write_npy(path := _suffixed(base, ".npy"), value)
            return path, str(value.dtype)
        # An image can't be empty: such a result goes the way of everything else.
        if value.size and array_format == "zarr":
            array = shown(value, kind)
            if array.dtype.kind not in "biufc":
                raise OutputError(f"output {name!r} is of type {value.dtype}, not numbers")
            write_zarr(path := _suffixed(base, ".zarr"), array, axes, pixel_size, channels, labels=kind == "labels")
            return path, str(array.dtype)
        if value.size:
            array = on_disk(value, kind, name=name)
            write_tiff(path := _suffixed(base, ".tif"), array, axes, pixel_size, channels)
            return path, str(array.dtype)
    value = as_table(value)
    if is_table(value) or (kind == "table" and type(value) is dict and value):
        if table_format == "parquet":
            write_parquet(path := _suffixed(base, ".parquet"), value, name=name)
            return path, "parquet"
        write_csv(path := _suffixed(base, ".csv"), value, name=name)
        return path, "text"
    try:
        plain = encode(_spelled_out(value), advise=False)
    except DocumentError as error:
        raise OutputError(
            f"output {name!r} can't be written as JSON: {error}; "
            "give out what is made of it: arrays, numbers, text, or tuples, lists and dicts of these"
        ) from error
    path = _suffixed(base, ".json")
    with path.open("xb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(plain), indent=2) + b"\n")
    return path, "json"


def _spelled_out(value: Any) -> Any:
    """A value whose arrays of objects are lists of these: one histogram for each label, of any length."""
    match value:
        case tuple() | list():
            return [_spelled_out(item) for item in value]
        case dict():
            return {key: _spelled_out(item) for key, item in value.items()}
    is_array = getattr(getattr(value, "dtype", None), "hasobject", False)
    return _spelled_out(value.tolist()) if is_array else value


def _suffixed(base: Path, suffix: str) -> Path:
    # Not with_suffix: an output's name may have a point.
    return base.with_name(base.name + suffix)
