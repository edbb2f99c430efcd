"""Results as files: each in its format, with a record that is true."""

from __future__ import annotations

import errno
import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline_schema.errors import OutputError, UsageError
from pipeline_schema.run.writers import parse_array_format, write_output


@pytest.mark.parametrize(
    ("value", "kind", "file", "stored"),
    [
        (np.eye(3), "image", "out.tif", "float64"),
        (np.eye(3, dtype=np.int32), "labels", "out.tif", "uint8"),
        (np.eye(3, dtype=bool), "mask", "out.tif", "uint8"),
        (np.eye(3), "unknown", "out.tif", "float64"),
        ({"label": np.arange(3)}, "table", "out.csv", "text"),
        ({"area": 3.0}, "table", "out.csv", "text"),
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


def test_npy_is_for_arrays_of_any_type(tmp_path: Path) -> None:
    """With npy an image is exact, also where TIFF has no word for its type."""
    image = np.array([[2**60, 1]])
    record = write_output(tmp_path, "out", "out", image, "image", array_format="npy")
    assert (record.file, record.dtype, record.dtype_on_disk) == ("out.npy", "int64", "int64")
    np.testing.assert_array_equal(np.load(tmp_path / "out.npy"), image)


def test_what_json_has_no_word_for_is_refused(tmp_path: Path) -> None:
    """An object that is no value is an error with the output's name, never its repr."""
    with pytest.raises(OutputError, match="'shape'"):
        write_output(tmp_path, "shape", "shape", object(), "unknown")
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("value", [np.eye(3), {"a": np.zeros(3)}, 1.0])
def test_a_full_disk_is_said_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, value: Any) -> None:
    """When the system has no room, the error says that and which output it was."""

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(Path, "open", full)
    with pytest.raises(OutputError, match="output 'out' could not be written: there is no room left on the disk"):
        write_output(tmp_path, "out", "out", value, "unknown")


@pytest.mark.parametrize(("text", "said"), [("zarr", "comes later"), ("png", "tif or npy")])
def test_unknown_formats_are_wrong_usage(text: str, said: str) -> None:
    """Only formats that can be written are taken."""
    with pytest.raises(UsageError, match=said):
        parse_array_format(text)
