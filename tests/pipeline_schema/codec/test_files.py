"""Reading documents from files of any length."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import pytest

from pipeline_schema.codec import loads
from pipeline_schema.codec.files import read_file, read_stream
from pipeline_schema.errors import DocumentError
from pipeline_schema.limits import MAX_BYTES


def test_a_file_is_read_whole(tmp_path: Path) -> None:
    """What a document may hold is read to its end."""
    path = tmp_path / "a.json"
    path.write_bytes(b" " * MAX_BYTES)
    assert len(read_file(path)) == MAX_BYTES


@pytest.mark.skipif(not Path("/dev/zero").exists(), reason="there is no file here that never ends")
def test_an_endless_file_ends() -> None:
    """One byte above the limit is enough to refuse it."""
    data = read_file(Path("/dev/zero"))
    assert len(data) == MAX_BYTES + 1
    with pytest.raises(DocumentError, match="limit-exceeded"):
        loads(data)


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
