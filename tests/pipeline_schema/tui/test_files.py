"""Documents on disk."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline_schema.codec import digest, loads
from pipeline_schema.errors import DocumentError, OutputError
from pipeline_schema.tui.files import DocumentExistsError, open_document, save_text


def test_save_writes_exactly_the_text(tmp_path: Path) -> None:
    """What is saved is the text, byte for byte, and nothing is left beside it."""
    save_text(tmp_path / "a.pipeline.json", "é\n")
    assert (tmp_path / "a.pipeline.json").read_bytes() == b"\xc3\xa9\n"
    assert [file.name for file in tmp_path.iterdir()] == ["a.pipeline.json"]


def test_a_file_is_replaced_only_when_asked(tmp_path: Path) -> None:
    """A file that is there stays as it is until its replacement is asked for."""
    path = tmp_path / "a.json"
    path.write_text("old")
    with pytest.raises(DocumentExistsError):
        save_text(path, "new")
    assert path.read_text() == "old"
    save_text(path, "new", replace=True)
    assert path.read_text() == "new"


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    """Saving over a link changes what it points to."""
    (tmp_path / "real.json").write_text("old")
    (tmp_path / "link.json").symlink_to("real.json")
    save_text(tmp_path / "link.json", "new", replace=True)
    assert (tmp_path / "link.json").is_symlink()
    assert (tmp_path / "real.json").read_text() == "new"


@pytest.mark.parametrize("name", ["nowhere/a.json", "", "a\0b"])
def test_what_cannot_be_written_is_an_error_in_words(tmp_path: Path, name: str) -> None:
    """A folder that is not there, a folder's own name and a name that no system takes raise our error."""
    with pytest.raises(OutputError):
        save_text(tmp_path / name, "text", replace=True)
    assert list(tmp_path.iterdir()) == []


def test_open_tells_missing_from_broken(tmp_path: Path) -> None:
    """No file is a document that is still to be written; a broken one raises, with the line."""
    assert open_document(tmp_path / "new.pipeline.json") is None
    broken = tmp_path / "broken.json"
    broken.write_text('{"format": "pipeline-schema/1",\n "steps": [}')
    with pytest.raises(DocumentError) as raised:
        open_document(broken)
    assert raised.value.problems[0].line == 2


@pytest.mark.parametrize("name", ["a.pipeline.yaml", "a.pipeline.msgpack", "a.pipeline.json"])
def test_a_document_is_saved_and_opened_as_its_name_says(tmp_path: Path, name: str) -> None:
    """The text that is shown is JSON; the file has the format of its suffix, and is the same document."""
    text = '{"format": "pipeline-schema/1", "steps": [{"function": "numpy:add", "params": {"x2": 2.0}}]}'
    save_text(tmp_path / name, text)
    opened = open_document(tmp_path / name)
    assert opened is not None
    assert digest(opened) == digest(loads(text))


def test_a_name_that_says_no_format_is_refused(tmp_path: Path) -> None:
    """Nothing is written under it."""
    with pytest.raises(OutputError, match="says no format"):
        save_text(tmp_path / "a.txt", "{}")
    assert not list(tmp_path.iterdir())
