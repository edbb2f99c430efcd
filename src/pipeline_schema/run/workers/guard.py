"""The guard: ends a worker whose parent is gone, and removes what it left half written.

Started as ``python -I -S guard.py WORKER_PID PARENT_PID``, with the standard library only, beside each worker. A thread
of the worker could not do this, since a library's C code may hold the interpreter for minutes; and Linux's
PR_SET_PDEATHSIG fires when the *thread* that started the worker ends. The parent holds the pipe to the guard's stdin,
and writes lines to it:

    clean HEX   the folders whose paths begin so (bytes in hexadecimal digits) go if the parent dies
    ended       the worker has ended and been waited for: its process id is no one's
    done        the normal end

When the pipe ends without ``done``, the parent is gone. A process that the parent forked may hold the pipe open, so
on POSIX the guard also looks whether its own parent has changed.
"""

import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import suppress

SCRATCH_PREFIX = ".pipeline-partial-"
_POLL_SECONDS = 1.0
_DEATH_SECONDS = 5.0


class _Prey:
    """The worker, named so that a recycled process id is never hit where the system lets us."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self.fd: int | None = None
        if hasattr(os, "pidfd_open"):
            try:
                self.fd = os.pidfd_open(pid)
            except ProcessLookupError:
                self.pid = 0
            except OSError:
                pass  # a kernel or container without it: the process id has to do

    def is_alive(self) -> bool:
        if not self.pid:
            return False
        if self.fd is not None:
            import select

            return not select.select([self.fd], [], [], 0)[0]
        if os.name == "nt":
            return False  # os.kill(pid, 0) would terminate it; what TerminateProcess was asked to end, ends
        try:
            os.kill(self.pid, 0)
        except OSError:
            return False
        return True

    def kill(self) -> None:
        """End the worker and the processes that it started, and wait until it is gone."""
        if not self.pid:
            return
        try:
            if os.name == "nt":
                os.kill(self.pid, signal.SIGTERM)  # TerminateProcess
            elif self.fd is None or self.is_alive():
                os.killpg(self.pid, signal.SIGKILL)  # it leads its own group
        except OSError:
            pass  # gone already
        deadline = time.monotonic() + _DEATH_SECONDS
        while self.is_alive() and time.monotonic() < deadline:
            time.sleep(0.02)


def _lines(parent: int) -> Iterator[bytes]:
    """The parent's lines, until it is gone."""
    rest = b""
    while True:
        if os.name != "nt":
            import select

            if not select.select([0], [], [], _POLL_SECONDS)[0]:
                if os.getppid() != parent:
                    return
                continue
        data = os.read(0, 65536)
        if not data:
            return
        *lines, rest = (rest + data).split(b"\n")
        yield from lines


def _remove(prefix: bytes) -> None:
    """Remove the scratch folders whose paths begin so, and nothing that is not one."""
    import shutil
    from pathlib import Path

    first = Path(os.fsdecode(prefix))
    if not first.is_absolute() or not first.name.startswith(SCRATCH_PREFIX):
        return
    with suppress(OSError), os.scandir(first.parent) as entries:
        for entry in entries:
            if entry.name.startswith(first.name) and entry.is_dir(follow_symlinks=False):
                shutil.rmtree(entry.path, ignore_errors=True)


def main(worker: int, parent: int) -> None:
    """Watch until the parent says that all is done, or is gone."""
    prey = _Prey(worker)
    prefixes: set[bytes] = set()
    with suppress(OSError):  # the parent is gone already: the first read says so
        os.write(1, b"ready\n")
    for line in _lines(parent):
        word, _, argument = line.partition(b" ")
        if word == b"done":
            return
        if word == b"ended":
            prey.pid = 0
        elif word == b"clean":
            prefixes.add(bytes.fromhex(argument.decode()))
    # Guards of other workers do the same: the last of them finds what was written until then.
    prey.kill()
    for prefix in prefixes:
        _remove(prefix)


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
