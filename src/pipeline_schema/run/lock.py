"""One run at a time in an output folder.

The operating system holds the lock, so a run that died, however it died, holds none; the file says who the holder is.
A lock that another machine wrote is honoured even where the file system does not carry locks between machines.
"""

from __future__ import annotations

import os
import platform
import stat
import sys
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

import msgspec

from pipeline_schema.errors import UsageError

__all__ = ["LOCK_FILE", "OutputLock"]

LOCK_FILE = ".pipeline-lock"
# Windows forbids others to read what is locked, so the byte that is locked lies behind the text.
_LOCKED_BYTE = 2**20


class _Holder(msgspec.Struct, kw_only=True):
    host: str
    pid: int
    started: str

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host}, since {self.started}"


class OutputLock:
    """Holds an output folder for one run; a context manager.

    Parameters
    ----------
    folder : Path
        Exists.

    Raises
    ------
    UsageError
        On entering, if another run holds the folder, or it can't be written to.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._path = folder / LOCK_FILE
        self._descriptor = -1

    def __enter__(self) -> OutputLock:
        while self._descriptor < 0:
            # The file may be a link somebody laid: it is never followed, and only ever holds our few bytes.
            flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0)
            try:
                descriptor = os.open(self._path, flags | getattr(os, "O_NONBLOCK", 0), 0o644)
            except OSError as error:
                raise UsageError(f"{self._folder} can't be locked for the run: {error.strerror}") from error
            try:
                if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                    raise UsageError(f"{self._path} is in the way: it is not a lock file; remove it")
                self._take(descriptor)
            except BaseException:
                os.close(descriptor)
                raise
        return self

    def _take(self, descriptor: int) -> None:
        locked = _lock(descriptor)
        if locked is False:
            raise self._refusal(_read(descriptor))
        try:
            same = os.path.samestat(os.fstat(descriptor), self._path.stat())
        except FileNotFoundError:
            same = False
        if not same:
            # Its last holder removed the file between our opening and our locking it: begin again.
            os.close(descriptor)
            return
        before = _read(descriptor)
        if before is not None and (before.host != platform.node() or (locked is None and _is_alive(before.pid))):
            raise self._refusal(before)
        me = _Holder(host=platform.node(), pid=os.getpid(), started=datetime.now(UTC).isoformat(timespec="seconds"))
        os.ftruncate(descriptor, 0)
        os.lseek(descriptor, 0, os.SEEK_SET)
        os.write(descriptor, msgspec.json.encode(me))
        self._descriptor = descriptor

    def _refusal(self, holder: _Holder | None) -> UsageError:
        message = f"{self._folder} is in use by another run: {holder or 'who it is can not be read'}"
        if holder is not None and holder.host != platform.node():
            message += f"; if that run is over, delete {self._path}"
        return UsageError(message)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        descriptor, self._descriptor = self._descriptor, -1
        if sys.platform == "win32":
            # An open file can't be removed there; what is left when another run took it meanwhile is that run's.
            os.ftruncate(descriptor, 0)
            os.close(descriptor)
            try:
                self._path.unlink()
            except OSError:
                return
        else:
            self._path.unlink(missing_ok=True)
            os.close(descriptor)


def _read(descriptor: int) -> _Holder | None:
    os.lseek(descriptor, 0, os.SEEK_SET)
    try:
        return msgspec.json.decode(os.read(descriptor, 4096), type=_Holder)
    except msgspec.DecodeError:
        return None


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return pid != os.getpid()


def _lock(descriptor: int) -> bool | None:
    """Lock an open file without waiting; False if somebody else has, None if the file system knows no locks."""
    if sys.platform == "win32":
        import msvcrt

        os.lseek(descriptor, _LOCKED_BYTE, os.SEEK_SET)
        try:
            msvcrt.locking(descriptor, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        return True
    import fcntl

    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:
        # Some network file systems are mounted without locks: then the file's text has to do.
        return None
    return True
