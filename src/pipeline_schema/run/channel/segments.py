"""Segments: memory that a parent and its worker share, for the bytes of large arrays.

A segment is a file without a name (``memfd_create``, or a temporary file that was unlinked), whose descriptor the
sender gives to the receiver over a socket that both inherited. So there is nothing to unlink and nothing to leak: the
system takes a segment back when the last process that has it ends, however it ends.

The sender copies into a segment, the receiver's arrays lie on it, uncopied. A segment is lent as long as one of them
lives, and only then is it used again, since the first touch of its pages is what costs. Where the system has no such
files or sockets, or no room, `Outgoing.put` says so and the bytes go another way.
"""

from __future__ import annotations

import mmap
import os
import socket
from collections import deque
from collections.abc import Iterable
from functools import partial
from typing import IO

from pipeline_schema.errors import ProtocolError
from pipeline_schema.run.channel.lending import Mapping, lend

__all__ = ["ABANDONED", "MAX_SEGMENTS", "MIN_SHARED_BYTES", "Incoming", "Outgoing"]

# Below this a pipe is as fast: a descriptor and a lease have a fixed cost.
MIN_SHARED_BYTES = 256 * 1024
MAX_SEGMENTS = 32
# Set in a released number: the receiver forked while it was lent, and the segment is never to be written again.
ABANDONED = 2**31
# A segment is used for what fills at least this share of it, and let go when so many puts passed it over.
_LEAST_SHARE = 4
_IDLE_PUTS = 16
_ANSWER_SECONDS = 30.0


class _Segment:
    """One that this process writes to."""

    def __init__(self, view: memoryview) -> None:
        self.size = view.nbytes
        self.lent = True
        self.passed_over = 0
        self._map: mmap.mmap | None = None
        self._file = _nameless()
        try:
            self._write(view)
        except OSError:
            self._file.close()
            raise

    def fileno(self) -> int:
        return self._file.fileno()

    def fill(self, view: memoryview) -> None:
        """Write once more. Where blocks may be copied on write, a store to a full disk would be a signal, no error."""
        if not hasattr(os, "memfd_create"):
            self._write(view)
            return
        if self._map is None:
            self._map = mmap.mmap(self._file.fileno(), self.size)
        self._map[: view.nbytes] = view

    def close(self) -> None:
        if self._map is not None:
            self._map.close()
        self._file.close()

    def _write(self, view: memoryview) -> None:
        # Makes the room and fills it in one pass, and a lack of room is an error here.
        done = 0
        while done < view.nbytes:
            done += os.pwrite(self._file.fileno(), view[done:], done)


def _nameless() -> IO[bytes]:
    if hasattr(os, "memfd_create"):
        return os.fdopen(os.memfd_create("pipeline-segment"), "r+b", buffering=0)
    import tempfile

    return tempfile.TemporaryFile(buffering=0)


class Outgoing:
    """The segments that this process fills for another; one thread at a time may use it, `settle` from any.

    Parameters
    ----------
    link : socket
        One end of a `Link`.
    """

    def __init__(self, link: socket.socket) -> None:
        self._link = link
        self._segments: dict[int, _Segment] = {}
        self._last = 0
        self._returned: deque[int] = deque()
        self._dropped: list[int] = []

    def put(self, view: memoryview) -> int:
        """Copy bytes into a segment.

        Parameters
        ----------
        view : memoryview
            C-contiguous, of format ``B``.

        Returns
        -------
        int
            The segment's number; 0 if there is no room, or the bytes are too few to be worth it.
        """
        if view.nbytes < MIN_SHARED_BYTES:
            return 0
        self._take_back()
        try:
            return self._refill(view) or self._add(view)
        except OSError:
            return 0

    def settle(self, numbers: Iterable[int]) -> None:
        """Take back segments that the receiver no longer needs."""
        self._returned.extend(numbers)

    def take_dropped(self) -> list[int]:
        """The segments that are gone since this was asked; the receiver lets go of them too."""
        dropped, self._dropped = self._dropped, []
        return dropped

    def close(self) -> None:
        """Let go of all segments; what the receiver's arrays lie on stays there until they die."""
        for number in tuple(self._segments):
            self._drop(number)

    def _take_back(self) -> None:
        while self._returned:
            number = self._returned.popleft()
            segment = self._segments.get(number & ~ABANDONED)
            if segment is None:
                continue
            if number & ABANDONED:
                self._segments.pop(number & ~ABANDONED).close()
            else:
                segment.lent = False

    def _refill(self, view: memoryview) -> int:
        size = view.nbytes
        free = sorted((segment.size, number) for number, segment in self._segments.items() if not segment.lent)
        chosen = next((number for has, number in free if size <= has <= size * _LEAST_SHARE), 0)
        for _, number in free:
            segment = self._segments[number]
            segment.passed_over = 0 if number == chosen else segment.passed_over + 1
            if segment.passed_over > _IDLE_PUTS:
                self._drop(number)
        if chosen:
            self._segments[chosen].fill(view)
            self._segments[chosen].lent = True
        return chosen

    def _add(self, view: memoryview) -> int:
        if len(self._segments) >= MAX_SEGMENTS:
            free = [number for number, segment in self._segments.items() if not segment.lent]
            if not free:
                return 0
            self._drop(min(free, key=lambda number: -self._segments[number].passed_over))
        segment = _Segment(view)
        try:
            socket.send_fds(self._link, [b"\0"], [segment.fileno()])
        except OSError:
            segment.close()
            raise
        self._last += 1
        self._segments[self._last] = segment
        return self._last

    def _drop(self, number: int) -> None:
        self._segments.pop(number).close()
        self._dropped.append(number)


class Incoming:
    """The segments that another process fills for this one; one thread at a time may use it.

    Parameters
    ----------
    link : socket
        The other end of the sender's.
    """

    def __init__(self, link: socket.socket) -> None:
        self._link = link
        self._known: dict[int, Mapping] = {}
        self._lent: set[int] = set()
        self._released: deque[int] = deque()

    def take(self, number: int, size: int) -> memoryview:
        """The bytes that the sender put into a segment.

        Parameters
        ----------
        number : int
            As `Outgoing.put` gave it. One that was not seen before comes with a descriptor over the link.
        size : int
            In bytes.

        Returns
        -------
        memoryview
            Writable, and nobody else's as long as an array or a view lies on it.

        Raises
        ------
        ProtocolError
            If there is no such segment, or it is still lent.
        MemoryError
            If it has no room in this process.
        """
        mapping = self._known.get(number)
        if mapping is None:
            mapping = self._known[number] = self._accept(number)
        if number in self._lent or size > mapping.size:
            raise ProtocolError(f"segment {number} came with {size:,} bytes, and it is lent or has no such room")
        self._lent.add(number)
        return lend(mapping, size, partial(self._end, number))

    def take_released(self) -> list[int]:
        """The segments that are the sender's again, since this was asked."""
        # It grows in any thread that drops an array.
        return [self._released.popleft() for _ in range(len(self._released))]

    def forget(self, numbers: Iterable[int]) -> None:
        """Let go of segments that the sender has let go of."""
        for number in numbers:
            self._known.pop(number, None)

    def close(self) -> None:
        """Let go of all segments; arrays that lie on them keep their memory."""
        self._known.clear()

    def _accept(self, number: int) -> Mapping:
        flags = getattr(socket, "MSG_CMSG_CLOEXEC", 0)
        try:
            self._link.settimeout(_ANSWER_SECONDS)
            _, descriptors, _, _ = socket.recv_fds(self._link, 1, 1, flags)
        except OSError as error:
            raise ProtocolError(f"segment {number} was announced, and did not come: {error}") from error
        if not descriptors:
            raise ProtocolError(f"segment {number} did not come: has this process too many files open?")
        try:
            return Mapping(descriptors[0])
        except OSError as error:
            raise MemoryError(f"segment {number} has no room in this process: {error}") from error

    def _end(self, number: int, private: bool) -> None:
        self._lent.discard(number)
        if private:
            self._known.pop(number, None)
        self._released.append(number | ABANDONED if private else number)
