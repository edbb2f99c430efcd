"""Results as files: each in its format, with a record that is true."""

from __future__ import annotations

import errno
import hashlib
import json
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipeline_schema.errors import OutputError, UsageError
from pipeline_schema.run.files import parquet, zarrs
from pipeline_schema.run.files.readers import read_image
from pipeline_schema.run.files.writers import parse_array_format, parse_table_format, write_output
from pipeline_schema.values import encode


@pytest.mark.parametrize(
    ("value", "kind", "file", "stored"),
    [
        (np.eye(3), "image", "out.tif", "float64"),
        (np.eye(3, dtype=np.int32), "labels", "out.tif", "uint8"),
        (np.eye(3, dtype=bool), "mask", "out.tif", "uint8"),
        (np.eye(3), "unknown", "out.tif", "float64"),
        ({"label": np.arange(3)}, "table", "out.csv", "text"),
        ({"area": 3.0}, "table", "out.csv", "text"),
        (np.zeros(2, [("votes", "i8"), ("yc", "f8")]), "unknown", "out.csv", "text"),
        (np.zeros(0, [("votes", "i8"), ("yc", "f8")]), "unknown", "out.csv", "text"),
        (np.zeros((4, 2)), "points", "out.json", "json"),
        (np.arange(4), "unknown", "out.json", "json"),
        (np.zeros((0, 2)), "unknown", "out.json", "json"),
        (0.5, "scalar", "out.json", "json"),
        ((1, 2.0), "unknown", "out.json", "json"),
        ([{"label": np.arange(2)}], "table", "out.json", "json"),
    ],
)
def test_each_result_has_its_format(tmp_path: Path, value: Any, kind: str, file: str, stored: str) -> None:
    """Arrays are TIFF, tables CSV, everything else JSON; the record says the file's own hash and size."""
    record = write_output(tmp_path, "out", "result", value, kind)
    content = (tmp_path / file).read_bytes()
    assert (record.file, record.dtype_on_disk, record.name) == (file, stored, "result")
    assert (record.sha256, record.size) == (hashlib.sha256(content).hexdigest(), len(content))
    assert [path.name for path in tmp_path.iterdir()] == [file]


def test_json_tells_nan_from_nothing(tmp_path: Path) -> None:
    """A scalar that is nan is written in the document's notation, since JSON's null would lose it."""
    write_output(tmp_path, "out", "out", (float("nan"), None, 2, 2.0), "unknown")
    assert json.loads((tmp_path / "out.json").read_text()) == [{"$float": "nan"}, None, 2, 2.0]


def test_an_array_of_objects_is_a_list_of_them(tmp_path: Path) -> None:
    """``scipy.ndimage.histogram`` gives an array of arrays: one of counts for each label."""
    counts = np.empty(2, object)
    counts[:] = [np.array([1, 2], np.uint8), np.array([3], np.uint8)]
    write_output(tmp_path, "out", "out", (counts, {"a": counts[1:]}), "unknown")
    first, second = (encode(item) for item in counts)
    assert json.loads((tmp_path / "out.json").read_text()) == [[first, second], {"a": [second]}]


def test_npy_is_for_arrays_of_any_type(tmp_path: Path) -> None:
    """With npy an image is exact, also where TIFF has no word for its type."""
    image = np.array([[2**60, 1]])
    record = write_output(tmp_path, "out", "out", image, "image", array_format="npy")
    assert (record.file, record.dtype, record.dtype_on_disk) == ("out.npy", "int64", "int64")
    np.testing.assert_array_equal(np.load(tmp_path / "out.npy"), image)


def test_what_json_has_no_word_for_is_refused(tmp_path: Path) -> None:
    """An object that is no value is an error with the output's name and what can be given out, never its repr."""
    with pytest.raises(OutputError, match=r"'shape' .* type builtins.object can't be written at /0; give out"):
        write_output(tmp_path, "shape", "shape", [object()], "unknown")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("value", [np.eye(3), {"a": np.zeros(3)}, 1.0])
def test_a_full_disk_is_said_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: Any) -> None:
    """When the system has no room, the error says that and which output it was."""

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "open", full)
    with pytest.raises(OutputError, match="output 'out' could not be written: there is no room left on the disk"):
        write_output(tmp_path, "out", "out", value, "unknown")


def test_unknown_formats_are_wrong_usage() -> None:
    """Only formats that can be written are taken."""
    with pytest.raises(UsageError, match="tif, npy or zarr"):
        parse_array_format("png")
    with pytest.raises(UsageError, match="csv or parquet"):
        parse_table_format("xlsx")


@pytest.mark.parametrize(("parse", "name"), [(parse_array_format, "zarr"), (parse_table_format, "parquet")])
def test_a_library_that_is_not_there_is_named(monkeypatch: pytest.MonkeyPatch, parse: Any, name: str) -> None:
    """Before anything runs, a format says what to install for it."""
    for module in (zarrs, parquet):
        monkeypatch.setattr(module, "find_spec", lambda _: None)
    with pytest.raises(UsageError, match=rf"pip install 'pipeline-schema\[{name}\]'"):
        parse(name)


def test_a_table_may_be_parquet(tmp_path: Path) -> None:
    """Tables of a run with --table-format parquet are that; everything else stays what it is."""
    table = {"label": np.arange(3, dtype=np.uint8), "mean": np.zeros(3, np.float32)}
    record = write_output(tmp_path, "t", "t", table, "table", table_format="parquet")
    assert (record.file, record.dtype_on_disk) == ("t.parquet", "parquet")
    assert write_output(tmp_path, "n", "n", 1.0, "scalar", table_format="parquet").file == "n.json"


_DTYPES = {
    "tif": ["uint8", "uint16", "uint32", "int8", "int16", "int32", "float32", "float64", "complex64", "complex128"],
    "npy": ["bool", "int64", "uint64", "float16", "float64", "complex128", "uint16"],
    "zarr": ["int64", "uint64", "float16", "float32", "float64", "complex64", "complex128", "uint8", "int16"],
}
_CASES = [(name, dtype) for name, dtypes in _DTYPES.items() for dtype in dtypes]
# Colour samples are channels to OME-Zarr; npy holds no axes at all.
_READ_AXES = {"tif": {}, "npy": None, "zarr": {"YXS": "CYX", "CYXS": "CYXS"}}


@pytest.mark.parametrize("case", _CASES, ids="-".join)
@given(data=st.data())
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_written_is_read(tmp_path: Path, case: tuple[Any, str], data: st.DataObject) -> None:
    """Whatever the format, type, axes and order of memory: pixels, type, axes, pixel size and channels come back."""
    array_format, dtype = case
    axes = data.draw(st.sampled_from(["YX", "ZYX", "CYX", "TCZYX", "YXS", "TYX", "XY", "CZYX"]))
    shape = [3 if axis == "S" else data.draw(st.integers(2, 4)) for axis in axes]
    raw = np.random.default_rng(data.draw(st.integers(0, 9))).integers(0, 255, (*shape, 16), dtype=np.uint8)
    with np.errstate(all="ignore"):
        array = np.nan_to_num(raw.view(np.bool_) if dtype == "bool" else raw.view(dtype))[..., 0]
    array = (array % 2).astype(bool) if dtype == "bool" else np.asarray(array, order=data.draw(st.sampled_from("CF")))
    sizes = {axis: (0.25, "µm") for axis in axes if axis in "ZYX"}
    channels = tuple(f"c{at}" for at in range(shape[axes.index("C")])) if "C" in axes else ()
    folder = Path(tempfile.mkdtemp(dir=tmp_path))
    record = write_output(
        folder, "a", "a", array, "image", axes=axes, pixel_size=sizes, channels=channels, array_format=array_format
    )
    image = read_image(folder / record.file)
    names = _READ_AXES[array_format]
    if names is None:
        assert image.axes == "?" * array.ndim
        expected = array
    else:
        order = sorted(axes, key="TCZYXS".index) if names.get(axes, axes) == axes else ["S", "Y", "X"]
        expected = array.transpose([axes.index(letter) for letter in order])
        assert image.axes == "".join(order).replace("S", "C" if order[0] == "S" else "S")
        assert image.pixel_size == sizes
        assert image.channels == (("red", "green", "blue") if order[0] == "S" else channels)
    assert image.array.dtype == array.dtype
    np.testing.assert_array_equal(image.array, expected)


@pytest.mark.parametrize("array_format", ["tif", "zarr"])
def test_labels_and_masks_are_small(tmp_path: Path, array_format: Any) -> None:
    """Labels are stored as small as they go, masks as 0 and 255, whatever the format."""
    labels = np.array([[0, 300], [1, 2]], np.int64)
    stored = {"labels": (labels, "uint16"), "mask": (labels > 0, "uint8")}
    for kind, (value, dtype) in stored.items():
        record = write_output(tmp_path, kind, kind, value, kind, axes="YX", array_format=array_format)
        image = read_image(tmp_path / record.file)
        assert record.dtype_on_disk == dtype == image.array.dtype.name
        np.testing.assert_array_equal(image.array, labels if kind == "labels" else (labels > 0) * 255)
