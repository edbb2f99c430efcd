"""Lending: arrays that lie on memory which another process writes to again, once they are gone.

Python tells when the last view of such an array dies. What it does not tell is that a forked process has them too: both
would then write to the same pages, and the lender would write under the child's eyes. So before each fork, memory that
is lent is mapped anew at the same address, private to the process, and is never written again by its lender.
"""

from __future__ import annotations

import ctypes
import mmap
import os
import threading
import weakref
from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

__all__ = ["Lease", "Mapping", "lend"]

_MAP_FIXED = 0x10  # the same on Linux and macOS; `mmap` does not name it

_live: set[Lease] = set()
# Held while an array is lent, and all through a fork.
_lending = threading.Lock()


class Mapping:
    """A file in this process's memory, shared with whoever else has it.

    Parameters
    ----------
    descriptor : int
        Of a file that is not empty; owned from now on.

    Raises
    ------
    OSError
        If there is no room for it in the address space.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self.memory = mmap.mmap(descriptor, 0)
        self.size = len(self.memory)

    # Bound here: at the end of the interpreter, modules go before objects do.
    def __del__(self, close: Callable[[int], None] = os.close) -> None:
        close(self._descriptor)

    def make_private(self, address: int) -> None:
        """Keep what is there from now on to this process, at the same address."""
        protection = mmap.PROT_READ | mmap.PROT_WRITE
        if _mmap()(address, self.size, protection, mmap.MAP_PRIVATE | _MAP_FIXED, self._descriptor, 0) != address:
            raise OSError(ctypes.get_errno(), "memory that is lent can't be made private before a fork")


class Lease:
    """One array's hold on a mapping; known here until the array ends or is made private."""

    def __init__(self, array: np.ndarray[Any, Any], mapping: Mapping, on_end: Callable[[bool], None]) -> None:
        self._mapping = mapping
        self._address = array.ctypes.data
        self._on_end = on_end
        self._array = weakref.ref(array, self._end)
        _live.add(self)

    def make_private(self) -> None:
        if self._array() is not None:
            self._mapping.make_private(self._address)
            _live.discard(self)
            self._on_end(True)

    def _end(self, _: object) -> None:
        if self in _live:
            _live.discard(self)
            self._on_end(False)


def lend(mapping: Mapping, size: int, on_end: Callable[[bool], None]) -> memoryview:
    """Bytes of a mapping, as long as someone has them.

    Parameters
    ----------
    mapping : Mapping
    size : int
        In bytes, from the start.
    on_end : callable
        Called once, in any thread: with False when the last array or view that lies on them is gone, with True when
        the process is about to fork and they were made private.

    Returns
    -------
    memoryview
        Writable.
    """
    import numpy as np

    _watch_forks()
    with _lending:
        # Views of an array keep the one alive that lies on the memory itself, so its end is the end of all.
        array = np.frombuffer(mapping.memory, np.uint8, size)
        Lease(array, mapping, on_end)
    return array.data


@cache
def _watch_forks() -> None:
    if hasattr(os, "register_at_fork"):
        os.register_at_fork(before=_before_fork, after_in_parent=_lending.release, after_in_child=_lending.release)


def _before_fork() -> None:
    _lending.acquire()
    for lease in tuple(_live):
        lease.make_private()


@cache
def _mmap() -> Callable[..., int]:
    function = ctypes.CDLL(None, use_errno=True).mmap
    function.restype = ctypes.c_void_p
    function.argtypes = [
        ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int, ctypes.c_long
    ]  # fmt: skip
    return function
