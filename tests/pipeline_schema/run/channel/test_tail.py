"""The last words of a process are kept, however many came before."""

from __future__ import annotations

import io
import os

from pipeline_schema.run.channel.tail import Tail


def test_only_the_end_is_kept() -> None:
    """Ten megabytes of chatter are drained, and the last 64 KiB are there."""
    reader, writer = os.pipe()
    tail = Tail(io.FileIO(reader))
    with io.FileIO(writer, "w") as stream:
        for _ in range(200):
            stream.write(b"chatter\n" * 6400)
        stream.write(b"the last words")
    tail.join(5)
    assert tail.text().endswith("chatter\nthe last words")
    assert len(tail.text()) <= 64 * 1024


def test_text_is_forwarded_as_it_comes() -> None:
    """Each piece reaches the callback, bytes that are no UTF-8 included."""
    pieces: list[str] = []
    tail = Tail(io.BytesIO(b"warning: \xff"), forward=pieces.append)
    tail.join(5)
    tail.add(b"printed early")
    assert "".join(pieces) == "warning: \ufffdprinted early"
    assert tail.text() == "warning: \ufffdprinted early"
