"""Frames: how bytes are cut into messages on the channel between a parent and its worker.

A frame is a header, one message and any number of raw buffers (the bytes of arrays)::

    4 bytes   b"PSF2"
    u32       length of the message, big endian
    u32       number of buffers
    u16 each  numbers of segments released, and dropped
    u64 each  length of each buffer
    u32 each  the segment that it is in, or 0: it follows; then the segments released, and those dropped
    ...       the message, then the buffers that follow, neither copied when they are written nor when they are read

Large buffers travel in shared memory (see `segments`) where both ends have a link. Every length is checked against a
limit before room is made for it. Nothing here knows what a message says.
"""

from __future__ import annotations

import socket
import struct
import threading
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import NamedTuple, Protocol

from pipeline_schema.errors import ProtocolError
from pipeline_schema.run.channel.segments import Incoming, Outgoing

__all__ = ["MAX_BUFFERS", "MAX_BUFFER_BYTES", "MAX_MESSAGE_BYTES", "READ_BYTES", "Channel", "Frame"]

MAX_MESSAGE_BYTES = 64 * 2**20
MAX_BUFFERS = 65_536
MAX_BUFFER_BYTES = 64 * 2**30  # all buffers of a frame together
# What the system is asked for at once where streams are buffered: several small frames. Large buffers pass it by.
READ_BYTES = 64 * 1024

_MAGIC = b"PSF2"
_HEADER = struct.Struct(">4sIIHH")
# Below this, header and message go out in one write: a system call costs more than copying them together.
_JOIN_BYTES = 64 * 1024


class Source(Protocol):
    """A binary file to read from, buffered or not."""

    def readinto(self, buffer: memoryview, /) -> int | None: ...
    def close(self) -> None: ...


class Sink(Protocol):
    """A binary file to write to, unbuffered, as ``open(fd, "wb", buffering=0)`` makes it."""

    def write(self, data: bytes | memoryview, /) -> int | None: ...
    def close(self) -> None: ...


class Frame(NamedTuple):
    """What came in one frame."""

    message: bytes
    buffers: list[memoryview]


def _allocate(size: int) -> memoryview:
    return memoryview(bytearray(size))


class Channel:
    """Two streams, one to read frames from and one to write them to.

    Parameters
    ----------
    reader : binary stream
        Buffered, so that small frames cost fewer calls of the system than they have parts.
    writer : raw binary stream
    allocate : callable, optional
        Makes a writable byte view of the size it is given, for each buffer that comes in.
    link : socket, optional
        An end of a `Link`, whose other end the other process has; closed with the channel.
    """

    def __init__(
        self,
        reader: Source,
        writer: Sink,
        *,
        allocate: Callable[[int], memoryview] = _allocate,
        link: socket.socket | None = None,
    ) -> None:
        self._reader = reader
        self._writer = writer
        self._allocate = allocate
        self._link = link
        self._outgoing = None if link is None else Outgoing(link)
        self._incoming = None if link is None else Incoming(link)
        # Events may come from any thread of a library; a frame must not be cut by another.
        self._writing = threading.Lock()

    def send(self, message: bytes, buffers: Sequence[memoryview] = ()) -> None:
        """Write one frame.

        Parameters
        ----------
        message : bytes
        buffers : sequence of memoryview
            C-contiguous, of format ``B``; written as they lie, or copied into shared memory.

        Raises
        ------
        ProtocolError
            If the frame is beyond the limits; nothing was written.
        OSError
            If the other end is gone.
        """
        lengths = [view.nbytes for view in buffers]
        _check_lengths(len(message), lengths)
        with self._writing:
            segments = [0] * len(lengths) if self._outgoing is None else [self._outgoing.put(view) for view in buffers]
            released = [] if self._incoming is None else self._incoming.take_released()
            dropped = [] if self._outgoing is None else self._outgoing.take_dropped()
            numbers = (*segments, *released, *dropped)
            head = _HEADER.pack(_MAGIC, len(message), len(lengths), len(released), len(dropped))
            head += struct.pack(f">{len(lengths)}Q{len(numbers)}I", *lengths, *numbers)
            if len(message) <= _JOIN_BYTES:
                self._write(memoryview(head + message))
            else:
                self._write(memoryview(head))
                self._write(memoryview(message))
            for view, segment in zip(buffers, segments, strict=True):
                if not segment:
                    self._write(view)

    def receive(self) -> Frame | None:
        """Read one frame; None if the other end closed the channel between two frames.

        Raises
        ------
        ProtocolError
            If what comes is no frame, is beyond the limits, or stops in the middle.
        """
        head = bytearray(_HEADER.size)
        if not self._read(memoryview(head), may_end=True):
            return None
        magic, length, count, released, dropped = _HEADER.unpack(head)
        if magic != _MAGIC:
            raise ProtocolError(f"the channel holds {bytes(head)!r} where a frame should begin: it was written to")
        _check_lengths(length, (), count)
        table = struct.Struct(f">{count}Q{count + released + dropped}I")
        self._read(memoryview(listed := bytearray(table.size)))
        numbers = table.unpack(listed)
        lengths, segments = numbers[:count], numbers[count : 2 * count]
        _check_lengths(length, lengths)
        self._settle(numbers[2 * count : 2 * count + released], numbers[2 * count + released :])
        message = bytearray(length)
        self._read(memoryview(message))
        buffers = []
        for size, segment in zip(lengths, segments, strict=True):
            if segment:
                buffers.append(self._shared(segment, size))
            else:
                view = self._allocate(size)
                self._read(view)
                buffers.append(view)
        return Frame(bytes(message), buffers)

    def skip_to(self, mark: bytes, *, limit: int = 2**20) -> bytes:
        """Read up to and with `mark`, and return what stood before it.

        Whatever a site's startup files print, they print before any code of ours runs.

        Raises
        ------
        ProtocolError
            If the channel ends first, or `mark` is not within `limit` bytes.
        """
        seen = bytearray()
        byte = bytearray(1)
        while not seen.endswith(mark):
            if len(seen) >= limit or not self._read(memoryview(byte), may_end=True):
                raise ProtocolError("the worker's channel never began")
            seen += byte
        return bytes(seen[: -len(mark)])

    def close(self) -> None:
        """Close both streams and the link; closing again does nothing."""
        self._reader.close()
        self.close_writer()
        if self._link is not None and self._outgoing is not None and self._incoming is not None:
            self._link.close()
            self._outgoing.close()
            self._incoming.close()

    def close_writer(self) -> None:
        """Tell the other end that nothing more will come."""
        with suppress(OSError):  # the other end is gone already, which is what closing would tell it
            self._writer.close()

    def _shared(self, segment: int, size: int) -> memoryview:
        if self._incoming is None:
            raise ProtocolError(f"a buffer came in segment {segment}, and this end has no link for it")
        return self._incoming.take(segment, size)

    def _settle(self, released: Sequence[int], dropped: Sequence[int]) -> None:
        if self._outgoing is not None:
            self._outgoing.settle(released)
        if self._incoming is not None:
            self._incoming.forget(dropped)

    def _read(self, view: memoryview, *, may_end: bool = False) -> bool:
        """Fill `view`; False if the channel ended before its first byte and `may_end`."""
        done = 0
        while done < view.nbytes:
            count = self._reader.readinto(view[done:])
            if not count:
                if may_end and done == 0:
                    return False
                raise ProtocolError(f"the channel ended in the middle of a frame, {view.nbytes - done} bytes short")
            done += count
        return True

    def _write(self, view: memoryview) -> None:
        done = 0
        while done < view.nbytes:
            done += self._writer.write(view[done:]) or 0


def _check_lengths(message: int, buffers: Sequence[int], count: int | None = None) -> None:
    count = len(buffers) if count is None else count
    if message > MAX_MESSAGE_BYTES:
        raise ProtocolError(
            f"a message of {message:,} bytes is more than one frame holds ({MAX_MESSAGE_BYTES:,}); "
            "pass large values as numpy arrays, or through files"
        )
    if count > MAX_BUFFERS:
        raise ProtocolError(f"{count:,} arrays are more than one frame holds ({MAX_BUFFERS:,}); stack them")
    if sum(buffers) > MAX_BUFFER_BYTES:
        raise ProtocolError(
            f"arrays of {sum(buffers):,} bytes together are more than one frame holds ({MAX_BUFFER_BYTES:,}); "
            "pass them through files"
        )
