"""Frames come out as they went in, and damage is told, never guessed around."""

from __future__ import annotations

import io
import os
import struct
import threading
from collections.abc import Iterator

import pytest

from pipeline_schema.errors import ProtocolError
from pipeline_schema.run.channel import frames
from pipeline_schema.run.channel.frames import Channel


def _pipe() -> tuple[io.FileIO, io.FileIO]:
    reader, writer = os.pipe()
    return io.FileIO(reader, "r"), io.FileIO(writer, "w")


@pytest.fixture
def channel() -> Iterator[Channel]:
    """A channel that reads what it wrote."""
    made = Channel(*_pipe())
    yield made
    made.close()


def _channel_with(data: bytes) -> Channel:
    return Channel(io.BytesIO(data), io.BytesIO())  # type: ignore[arg-type]


class _Trickle(io.BytesIO):
    """A stream that gives and takes three bytes at a time, as a pipe may."""

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        return super().readinto(buffer[:3])

    def write(self, data: memoryview) -> int:  # type: ignore[override]
        return super().write(data[:3])


def test_message_and_buffers_arrive() -> None:
    """A frame larger than any pipe's buffer arrives whole, byte for byte."""
    big = os.urandom(5_000_000)
    reader, writer = _pipe()
    sender, receiver = Channel(io.FileIO(os.open(os.devnull, os.O_RDONLY)), writer), Channel(reader, io.BytesIO())  # type: ignore[arg-type]
    thread = threading.Thread(target=sender.send, args=(b"hello", [memoryview(big), memoryview(b"")]))
    thread.start()
    frame = receiver.receive()
    thread.join()
    assert frame is not None
    assert frame.message == b"hello"
    assert [bytes(view) for view in frame.buffers] == [big, b""]
    sender.close()
    assert receiver.receive() is None
    receiver.close()


def test_buffers_are_writable(channel: Channel) -> None:
    """What arrives can be written to: functions that work in place get arrays that lie on it."""
    channel.send(b"", [memoryview(b"abc")])
    frame = channel.receive()
    assert frame is not None
    frame.buffers[0][0] = 7


def test_partial_reads_and_writes() -> None:
    """A stream that moves three bytes at a time moves the same frames."""
    stream = _Trickle()
    Channel(stream, stream).send(b"a message", [memoryview(b"0123456789")])  # type: ignore[arg-type]
    stream.seek(0)
    frame = Channel(stream, stream).receive()  # type: ignore[arg-type]
    assert frame is not None
    assert (frame.message, [bytes(b) for b in frame.buffers]) == (b"a message", [b"0123456789"])


def test_end_between_frames_is_no_error() -> None:
    """The other end may close when it has nothing more to say."""
    assert _channel_with(b"").receive() is None


def test_every_torn_frame_is_told() -> None:
    """A frame cut anywhere is a ProtocolError, wherever the cut is."""
    stream = io.BytesIO()
    Channel(stream, stream).send(b"message", [memoryview(b"buffer")])  # type: ignore[arg-type]
    whole = stream.getvalue()
    for cut in range(1, len(whole)):
        with pytest.raises(ProtocolError, match="in the middle of a frame"):
            _channel_with(whole[:cut]).receive()


def test_foreign_bytes_are_told() -> None:
    """Bytes that are no frame are shown, not taken for a length."""
    with pytest.raises(ProtocolError, match="Loading plug"):
        _channel_with(b"Loading plugins...\n").receive()


@pytest.mark.parametrize(
    ("message", "count", "length"),
    [(frames.MAX_MESSAGE_BYTES + 1, 0, 0), (0, frames.MAX_BUFFERS + 1, 0), (0, 1, frames.MAX_BUFFER_BYTES + 1)],
)
def test_lengths_are_refused_before_room_is_made(message: int, count: int, length: int) -> None:
    """A header that announces more than the limits is refused though nothing follows it."""
    data = struct.pack(">4sIIHH", b"PSF2", message, count, 0, 0) + struct.pack(
        f">{count}Q{count}I", *[length] * count, *[0] * count
    )
    allocated: list[int] = []

    def allocate(size: int) -> memoryview:
        allocated.append(size)
        return memoryview(bytearray())

    channel = Channel(io.BytesIO(data), io.BytesIO(), allocate=allocate)  # type: ignore[arg-type]
    with pytest.raises(ProtocolError, match="more than one frame holds"):
        channel.receive()
    assert not allocated


def test_too_large_a_message_is_not_begun() -> None:
    """A message beyond the limit is refused before its first byte is written, so the channel stays usable."""
    stream = io.BytesIO()
    with pytest.raises(ProtocolError, match="through files"):
        Channel(stream, stream).send(bytes(frames.MAX_MESSAGE_BYTES + 1))  # type: ignore[arg-type]
    assert stream.getvalue() == b""


def test_threads_do_not_cut_each_others_frames(channel: Channel) -> None:
    """Frames sent from many threads arrive whole, each."""
    threads = [
        threading.Thread(target=channel.send, args=(bytes([i]) * 2000, [memoryview(bytes([i]) * 3000)]))
        for i in range(8)
    ]
    for thread in threads:
        thread.start()
    seen = set()
    for _ in threads:
        frame = channel.receive()
        assert frame is not None
        assert len({*frame.message, *frame.buffers[0]}) == 1
        seen.add(frame.message[0])
    for thread in threads:
        thread.join()
    assert seen == set(range(8))


def test_what_stands_before_the_mark_is_given_back() -> None:
    """Text that startup files printed is returned, and the frame after the mark is read."""
    stream = io.BytesIO()
    Channel(stream, stream).send(b"first")  # type: ignore[arg-type]
    channel = _channel_with(b"printed early\n" + b"\x00MARK" + stream.getvalue())
    assert channel.skip_to(b"\x00MARK") == b"printed early\n"
    frame = channel.receive()
    assert frame is not None
    assert frame.message == b"first"


def test_a_channel_that_never_begins_is_told() -> None:
    """Endless text without the mark is given up at the limit, and so is an end."""
    with pytest.raises(ProtocolError, match="never began"):
        _channel_with(b"x" * 100).skip_to(b"\x00MARK", limit=50)
    with pytest.raises(ProtocolError, match="never began"):
        _channel_with(b"x").skip_to(b"\x00MARK")
