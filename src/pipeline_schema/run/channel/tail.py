"""The last words of a process: its stderr, drained so that it never blocks, and kept to a bounded length."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable
from typing import BinaryIO

__all__ = ["Tail"]

_KEPT_BYTES = 64 * 1024


class Tail:
    """Reads a stream to its end in a thread of its own.

    Parameters
    ----------
    stream : binary file
        Unbuffered; closed at its end.
    forward : callable, optional
        Called in that thread with each piece of text as it comes; must not raise.
    """

    def __init__(self, stream: BinaryIO, *, forward: Callable[[str], None] | None = None) -> None:
        self._stream = stream
        self._forward = forward
        self._pieces: deque[bytes] = deque()
        self._size = 0
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._drain, name="pipeline-worker-stderr", daemon=True)
        self._thread.start()

    def add(self, piece: bytes) -> None:
        """Append to what was read."""
        with self._lock:
            self._pieces.append(piece)
            self._size += len(piece)
            while self._size > _KEPT_BYTES and len(self._pieces) > 1:
                self._size -= len(self._pieces.popleft())
        if self._forward is not None:
            self._forward(piece.decode("utf-8", "replace"))

    def text(self) -> str:
        """The end of what was read, at most 64 KiB."""
        with self._lock:
            return b"".join(self._pieces)[-_KEPT_BYTES:].decode("utf-8", "replace")

    def join(self, seconds: float) -> None:
        """Wait until the stream has ended; a grandchild may hold it open, so not for ever."""
        self._thread.join(seconds)

    def _drain(self) -> None:
        with self._stream:
            while piece := self._stream.read(8192):
                self.add(piece)
