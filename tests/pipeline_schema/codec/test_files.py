"""Reading documents from files of any length."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from pipeline_schema.codec import loads
from pipeline_schema.codec.files import DocumentExistsError, format_of, read_file, read_stream, write_file
from pipeline_schema.errors import DocumentError, OutputError, UsageError
from pipeline_schema.limits import MAX_BYTES


def test_a_file_is_read_whole(tmp_path: Path) -> None:
    """What a document may hold is read to its end."""
    path = tmp_path / "a.json"
    path.write_bytes(b" " * MAX_BYTES)
    assert len(read_file(path)) == MAX_BYTES


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="there is no file here that never ends")
def test_an_endless_file_ends() -> None:
    """One byte above the limit is enough to refuse it."""
    with Path("/dev/zero").open("rb") as stream:
        data = read_stream(stream)
    assert len(data) == MAX_BYTES + 1
    with pytest.raises(DocumentError, match="limit-exceeded"):
        loads(data)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs named pipes")
def test_what_is_no_file_is_not_opened(tmp_path: Path) -> None:
    """A named pipe that nobody writes into, or a device, is refused at once and not waited for."""
    os.mkfifo(tmp_path / "pipe.pipeline.json")
    (tmp_path / "null.pipeline.json").symlink_to(os.devnull)
    for name in ("pipe", "null"):
        with pytest.raises(OSError, match="a pipe or a device"):
            read_file(tmp_path / f"{name}.pipeline.json")


def test_a_pipe_is_read_to_its_end() -> None:
    """A stream that gives little at a time is read on until it gives nothing."""
    reading, writing = os.pipe()

    def write() -> None:
        with os.fdopen(writing, "wb", buffering=0) as stream:
            for _ in range(3):
                stream.write(b"ab")

    writer = threading.Thread(target=write)
    writer.start()
    with os.fdopen(reading, "rb", buffering=0) as stream:
        assert read_stream(stream) == b"ababab"
    writer.join()


@pytest.mark.parametrize(
    ("name", "form"),
    [
        ("a.pipeline.json", "json"),
        ("a.json", "json"),
        ("A.PIPELINE.YAML", "yaml"),
        ("b/a.pipeline.yml", "yaml"),
        ("a.yaml.json", "json"),
        ("a.pipeline.msgpack", "msgpack"),
    ],
)
def test_a_suffix_says_the_format(name: str, form: str) -> None:
    """The last suffix counts, in any case of letters."""
    assert format_of(name) == form == format_of(Path(name))


@pytest.mark.parametrize("name", ["a", "a.txt", "a.pipeline", ".json", "a.json.bak", "yaml", ""])
def test_a_name_that_says_no_format_is_refused(name: str) -> None:
    """No format is guessed, and the message names those that there are."""
    with pytest.raises(UsageError, match="msgpack"):
        format_of(name)


def test_bytes_are_written_whole_and_over_nothing(tmp_path: Path) -> None:
    """A file that is there stays, unless it is to be replaced; what fails leaves nothing behind."""
    path = tmp_path / "a.msgpack"
    write_file(path, b"\x80")
    with pytest.raises(DocumentExistsError):
        write_file(path, b"other")
    assert path.read_bytes() == b"\x80"
    write_file(path, b"other", replace=True)
    assert path.read_bytes() == b"other"
    with pytest.raises(OutputError):
        write_file(tmp_path / "none" / "a.json", b"")
    assert [file.name for file in tmp_path.iterdir()] == ["a.msgpack"]


def test_a_file_that_comes_meanwhile_is_not_written_over(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Between looking and naming the file another program may be faster: what it wrote stays."""
    path = tmp_path / "a.json"
    real_fsync = os.fsync

    def slowly(descriptor: int) -> None:
        real_fsync(descriptor)
        path.write_bytes(b"theirs")

    monkeypatch.setattr(os, "fsync", slowly)
    with pytest.raises(DocumentExistsError):
        write_file(path, b"ours")
    assert [(file.name, file.read_bytes()) for file in tmp_path.iterdir()] == [("a.json", b"theirs")]
