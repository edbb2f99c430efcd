"""The parent's side of the guard: starts it beside a worker, and tells it what to clean up (see `guard`)."""

from __future__ import annotations

import os
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

from pipeline_schema.errors import UsageError
from pipeline_schema.run.workers.guard import SCRATCH_PREFIX

__all__ = ["Guard", "own_session"]

_SCRIPT = Path(__file__).with_name("guard.py")
_END_SECONDS = 5.0


def own_session() -> dict[str, object]:
    """Arguments of `subprocess.Popen` that keep a terminal's Ctrl-C from reaching the child."""
    if sys.platform == "win32":
        return {"creationflags": subprocess.CREATE_NEW_PROCESS_GROUP}
    return {"start_new_session": True}


class Guard:
    """A guard process for one worker.

    Parameters
    ----------
    worker_pid : int
        Of a child of this process that was not waited for yet.
    """

    def __init__(self, worker_pid: int) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-I", "-S", str(_SCRIPT), str(worker_pid), str(os.getpid())],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            bufsize=0,
            **own_session(),  # type: ignore[call-overload]  # a platform's own keywords
        )

    @property
    def pid(self) -> int:
        """The guard's process id."""
        return int(self._process.pid)

    def wait_until_ready(self) -> None:
        """Wait until the guard holds on to the worker: only then may the worker be waited for."""
        self._process.stdout.readline()

    def clean(self, prefix: str) -> None:
        """Have the scratch folders whose paths begin so removed if this process dies.

        Raises
        ------
        UsageError
            If it is no absolute path of a folder named ``.pipeline-partial-...``: nothing else is ever removed.
        """
        if not Path(prefix).is_absolute() or not Path(prefix).name.startswith(SCRATCH_PREFIX):
            raise UsageError(
                f"{prefix} is no scratch folder: an absolute path, its name starting with {SCRATCH_PREFIX}"
            )
        self._say(b"clean " + os.fsencode(prefix).hex().encode())

    def ended(self) -> None:
        """The worker was waited for, and its process id is no one's."""
        self._say(b"ended")

    def done(self) -> None:
        """Dismiss the guard; it cleans nothing up."""
        if self._process.returncode is not None:
            return
        self._say(b"done")
        self._process.stdin.close()
        self._process.stdout.close()
        try:
            self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _say(self, line: bytes) -> None:
        # A guard that was killed or dismissed hears nothing; the worker still ends when its own pipe does.
        with suppress(OSError, ValueError):
            self._process.stdin.write(line + b"\n")
