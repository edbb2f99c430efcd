"""The document that is kept is the one that was run, to the byte."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline_schema.codec import digest, loads
from pipeline_schema.errors import OutputError, UsageError
from pipeline_schema.run.kept import find_document, keep_document

_DOCUMENT = b"""{"format": "pipeline-schema/1", "x-note": "\xc3\xa9",
 "inputs": {"image": {}}, "steps": [{"function": "numpy:negative"}]}"""


def test_what_is_kept_is_found(tmp_path: Path) -> None:
    """Bytes are kept as they are, in place of what was there, and found by their digest."""
    (tmp_path / "document.pipeline.json").write_text("{}")
    keep_document(tmp_path, _DOCUMENT)
    assert [path.read_bytes() for path in tmp_path.iterdir()] == [_DOCUMENT]
    assert find_document(tmp_path, None, {digest(loads(_DOCUMENT))}) == _DOCUMENT.decode()
    assert find_document(tmp_path, None, {"0" * 64}) is None


@pytest.mark.parametrize("data", [b"", b"{", b'{"format": "pipeline-schema/1", "steps": []}'])
def test_another_document_is_refused_by_name(tmp_path: Path, data: bytes) -> None:
    """A document that someone names must be the one; in the folder it is only left alone."""
    (tmp_path / "document.pipeline.json").write_bytes(data)
    assert find_document(tmp_path, None, {digest(loads(_DOCUMENT))}) is None
    (tmp_path / "named").write_bytes(data)
    with pytest.raises(UsageError, match="named"):
        find_document(tmp_path, tmp_path / "named", {digest(loads(_DOCUMENT))})
    with pytest.raises(UsageError, match="can't be read"):
        find_document(tmp_path, tmp_path / "none", ())


def test_a_folder_that_is_in_the_way_stays(tmp_path: Path) -> None:
    """What can't be written is an error, and leaves nothing half done."""
    (tmp_path / "document.pipeline.json").mkdir()
    with pytest.raises(OutputError, match="document"):
        keep_document(tmp_path, _DOCUMENT)
    assert len(list(tmp_path.iterdir())) == 1
