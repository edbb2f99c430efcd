"""Schema files: the committed one is what the code generates, and an edited one is found."""

from __future__ import annotations

import pickle
from pathlib import Path

import pytest

import registry.errors
from pipeline_schema.errors import SchemaDriftError
from pipeline_schema.schema import drift, verify, write

COMMITTED = Path(registry.errors.__file__).parents[2] / "schemas"


def test_the_committed_schema_is_what_is_generated() -> None:
    """Who changes a catalog or the document's form writes the schema anew: pipeline schema write."""
    verify(COMMITTED)


def test_what_is_written_has_not_drifted(tmp_path: Path) -> None:
    """A folder that was just written, once or twice, is up to date."""
    (path,) = write(tmp_path / "new" / "schemas")
    first = path.read_bytes()
    write(path.parent)
    assert path.read_bytes() == first
    assert drift(path.parent) == []


@pytest.mark.parametrize("edit", [b"", b"{}\n", None])
def test_an_edited_or_missing_file_is_drift(tmp_path: Path, edit: bytes | None) -> None:
    """A file that was changed by hand, or is gone, is named, with what to type."""
    (path,) = write(tmp_path)
    if edit is None:
        path.unlink()
    else:
        path.write_bytes(edit)
    assert drift(tmp_path) == [path]
    with pytest.raises(SchemaDriftError, match="pipeline schema write") as caught:
        verify(tmp_path)
    assert pickle.loads(pickle.dumps(caught.value)).paths == (str(path),)


def test_one_changed_letter_is_drift(tmp_path: Path) -> None:
    """The comparison is of the whole file."""
    (path,) = write(tmp_path)
    path.write_bytes(path.read_bytes().replace(b"Otsu", b"Otto", 1).replace(b'"sigma"', b'"sigmb"', 1))
    assert drift(tmp_path) == [path]


def test_line_ends_of_a_checkout_are_no_drift(tmp_path: Path) -> None:
    """A checkout on Windows may turn line ends."""
    (path,) = write(tmp_path)
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert drift(tmp_path) == []
