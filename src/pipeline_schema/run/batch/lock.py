"""One run at a time in an output folder.

The operating system holds the lock, so a run that died, however it died, holds none; the file says who the holder is.
A lock that another machine wrote is honoured even where the file system does not carry locks between machines: for as
long as its holder touches the file, which it does every few seconds. Its age is told by the clock of the file system,
since clocks of machines differ.

The shards of a job array hold a lock each. A run that is not one of the same array is refused beside them.
"""

from __future__ import annotations

import os
import platform
import re
import secrets
import stat
import sys
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType

import msgspec

from pipeline_schema.errors import UsageError
from pipeline_schema.run.workers.guard import SCRATCH_PREFIX

__all__ = ["LOCK_FILE", "Holder", "OutputLock", "holder_of", "lock_path"]

LOCK_FILE = ".pipeline-lock"
_HEARTBEAT_SECONDS = 10.0
_STALE_SECONDS = 60.0
# Two runs may find the same stale lock of a file system without locks: what is read back after this is the winner.
_SETTLE_SECONDS = 1.0
_SHARD = re.compile(rf"{re.escape(LOCK_FILE)}\.\d+-of-(\d+)")
# Windows forbids others to read what is locked, so the byte that is locked lies behind the text.
_LOCKED_BYTE = 2**20


class Holder(msgspec.Struct, kw_only=True):
    """Who holds an output folder: a process, since when (ISO 8601, UTC)."""

    host: str
    pid: int
    started: str
    token: str = ""

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host}, since {self.started}"

    @property
    def is_here(self) -> bool:
        """Whether it is on this machine."""
        return self.host == platform.node()


class OutputLock:
    """Holds an output folder for one run; a context manager.

    Parameters
    ----------
    folder : Path
        Exists.
    shard : str, optional
        Which part of a job array the run is, as ``2/3``.

    Raises
    ------
    UsageError
        On entering, if another run holds the folder, or it can't be written to.
    """

    def __init__(self, folder: Path, shard: str | None = None) -> None:
        self._folder = folder
        self._shards = None if shard is None else shard.partition("/")[2]
        self._path = lock_path(folder, shard)
        self._descriptor = -1
        self._over = threading.Event()

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
        try:
            self._refuse_others()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        threading.Thread(target=self._beat, name="pipeline-lock-heartbeat", daemon=True).start()
        return self

    def _beat(self) -> None:
        while not self._over.wait(_HEARTBEAT_SECONDS):
            try:
                os.utime(self._path)
            except OSError:
                continue

    def _refuse_others(self) -> None:
        """Refuse runs whose items could be ours as well: all but the other shards of the same array."""
        for path in self._folder.glob(f"{LOCK_FILE}*"):
            shard = _SHARD.fullmatch(path.name)
            if path == self._path or (shard is not None and shard[1] == self._shards):
                continue
            holder = holder_of(path)
            if holder is not None:
                raise self._refusal(holder, path)

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
        if before is not None and _holds(before, self._path, locked=locked):
            raise self._refusal(before)
        me = Holder(
            host=platform.node(),
            pid=os.getpid(),
            started=datetime.now(UTC).isoformat(timespec="seconds"),
            token=secrets.token_hex(8),
        )
        os.ftruncate(descriptor, 0)
        os.lseek(descriptor, 0, os.SEEK_SET)
        os.write(descriptor, msgspec.json.encode(me))
        if before is not None and not before.is_here:
            time.sleep(_SETTLE_SECONDS)
            now = _read(descriptor)
            if now != me:
                raise self._refusal(now)
        self._descriptor = descriptor

    def _refusal(self, holder: Holder | None, path: Path | None = None) -> UsageError:
        message = f"{self._folder} is in use by another run: {holder or 'who it is can not be read'}"
        age = _age(path or self._path)
        if age is not None:
            message += f", last heard of {age:.0f} s ago"
        if holder is not None and not holder.is_here:
            message += f"; if that run is over, delete {path or self._path}, or wait until it is {_STALE_SECONDS:.0f} s"
        return UsageError(message)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
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


def lock_path(folder: Path, shard: str | None = None) -> Path:
    """Where the lock of a run is, or of one shard of it (``2/3``)."""
    return folder / (LOCK_FILE if shard is None else f"{LOCK_FILE}.{shard.replace('/', '-of-')}")


def holder_of(path: Path) -> Holder | None:
    """Who holds a lock file now; None if nobody does."""
    # Whoever may read the folder may ask.
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_BINARY", 0) | getattr(os, "O_NONBLOCK", 0)
    try:
        descriptor = os.open(path, flags)
    except FileNotFoundError:
        return None
    except OSError:
        return Holder(host="another user", pid=0, started="unknown")
    try:
        locked = _lock(descriptor)
        holder = _read(descriptor)
        if locked is False:
            return holder or Holder(host=platform.node(), pid=0, started="just now")
        return holder if holder is not None and _holds(holder, path, locked=locked) else None
    finally:
        os.close(descriptor)


def _holds(holder: Holder, path: Path, *, locked: bool | None) -> bool:
    """Whether who wrote a lock file that we could lock (or that nobody can) still holds it."""
    if holder.is_here:
        return locked is None and _is_alive(holder.pid)
    age = _age(path)
    return age is None or age < _STALE_SECONDS


def _age(path: Path) -> float | None:
    """How long ago a file was touched, in seconds of its file system's clock; None if that can't be told."""
    probe = path.with_name(f"{SCRATCH_PREFIX}{secrets.token_hex(4)}.clock")
    try:
        try:
            probe.touch(exist_ok=False)
            return max(0.0, probe.stat().st_mtime - path.stat().st_mtime)
        finally:
            probe.unlink(missing_ok=True)
    except OSError:
        return None


def _read(descriptor: int) -> Holder | None:
    os.lseek(descriptor, 0, os.SEEK_SET)
    try:
        return msgspec.json.decode(os.read(descriptor, 4096), type=Holder)
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
