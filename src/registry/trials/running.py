"""Trials of a whole library, in processes of their own: a crash or a hang is recorded, not suffered.

A process tries many functions, one after the other. When it dies, or says nothing for too long, a new process begins
with the function that it was at. If that happens at the same stage again, the function is the culprit: that is noted,
the stage left out, and another process goes on from there.
"""

from __future__ import annotations

import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import IO

import msgspec

from registry import catalog, libraries
from registry.entry import Observed
from registry.errors import RegistryError, SourceUnavailableError
from registry.loading import ensure_catalog
from registry.trials.worker import RESOLVE, Broken, Done, Entered, Job

__all__ = ["run_trials"]

_THREADS = ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS")
# By glibc: memory is kept when freed, not taken anew and empty from the system. What is never written then shows.
_KEPT_MEMORY = {"MALLOC_TRIM_THRESHOLD_": str(2**30), "MALLOC_MMAP_THRESHOLD_": str(2**30), "MALLOC_ARENA_MAX": "1"}
_MOST = 25
"""How many functions a process tries: what one of them ruins, or keeps, ends with it."""
_SECOND_CHANCE = 3
_START = 120.0
"""Seconds that a library may take until the first function is resolved."""


def run_trials(
    library: str,
    keys: Iterable[str] | None = None,
    *,
    timeout: float = 20.0,
    workers: int = 1,
    quick: bool = False,
    on_done: Callable[[str, Observed], None] | None = None,
) -> dict[str, Observed]:
    """Call a library's functions on small real images, and say what they did.

    Parameters
    ----------
    library : str
        A prefix, for example ``skimage``.
    keys : iterable of str, optional
        Only these of its functions.
    timeout : float
        Seconds that a stage (the calls on one image) may take, before it counts as a hang; the second time it has three
        times as many.
    workers : int
        How many processes at once.
    quick : bool
        Whether the first image on which a function runs is enough: then it is neither called twice, nor on slices.
    on_done : callable, optional
        Told each key and what was observed, as they come, in threads.

    Returns
    -------
    dict of str to Observed
        By key, sorted; two runs give the same, but for the signal of a crash.

    Raises
    ------
    KeyError
        If there is no such library.
    SourceUnavailableError
        If it is not installed here, or nothing is known of it.
    RegistryError
        If a process can't be started, or ends before it tried a function; if a recipe can't be followed.
    """
    lacking = libraries.missing(library)
    if lacking is not None:
        raise SourceUnavailableError(lacking.message, library=library, install=lacking.install)
    ensure_catalog(library)
    chosen = sorted(entry.key for entry in catalog.entries(library)) if keys is None else sorted(set(keys))
    batches = [batch for number in range(workers) if (batch := chosen[number::workers])]
    with ThreadPoolExecutor(max(len(batches), 1)) as pool:
        found: dict[str, Observed] = {}
        for part in pool.map(lambda batch: _Batch(batch, timeout, quick, on_done).run(), batches):
            found |= part
    return dict(sorted(found.items()))


class _Batch:
    """Functions that are tried one after the other, in as many processes as that takes."""

    def __init__(
        self, keys: list[str], timeout: float, quick: bool, on_done: Callable[[str, Observed], None] | None
    ) -> None:
        self._left = keys
        self._timeout = timeout
        self._quick = quick
        self._on_done = on_done
        self._done: dict[str, Observed] = {}
        self._skip: dict[str, dict[str, str]] = {}
        self._again: set[tuple[str, str]] = set()

    def run(self) -> dict[str, Observed]:
        while self._left:
            at = self._run_process()
            if at is None:
                continue
            (key, stage), what = at
            if (key, stage) not in self._again:
                # A busy machine is not a hang; and memory that one function ruined lets another one crash.
                self._again.add((key, stage))
            elif stage == RESOLVE:
                self._finish(key, Observed(failure=what))
            else:
                self._skip.setdefault(key, {})[stage] = what
        return self._done

    def _finish(self, key: str, observed: Observed) -> None:
        self._done[key] = observed
        self._left = [other for other in self._left if other != key]
        if self._on_done is not None:
            self._on_done(key, observed)

    def _run_process(self) -> tuple[tuple[str, str], str] | None:
        """Let a process try what is left; where it ended before its time, and how."""
        job = Job(keys=tuple(self._left[:_MOST]), skip=self._skip, quick=self._quick)
        at: tuple[str, str] | None = None
        with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryFile() as errors:
            process = _start(folder, errors)
            try:
                lines = _sent(process, job)
                while True:
                    try:
                        line = lines.get(timeout=self._patience(at))
                    except queue.Empty:
                        return (at or (self._left[0], RESOLVE)), "timeout"
                    if not line:
                        break
                    message = msgspec.json.decode(line, type=Entered | Done | Broken)
                    if isinstance(message, Broken):
                        raise RegistryError(f"trials of {message.key} can't go on: {message.message}")
                    if isinstance(message, Done):
                        self._finish(message.key, message.observed)
                        at = None
                    else:
                        at = (message.key, message.stage)
            finally:
                process.kill()
                code = process.wait()
            if at is None and set(job.keys) & set(self._left):
                errors.seek(0)
                tail = errors.read().decode(errors="replace")[-1000:]
                raise RegistryError(f"a process for trials ended by itself ({_ending(code)}): {tail}")
            return None if at is None else (at, _ending(code))

    def _patience(self, at: tuple[str, str] | None) -> float:
        if at is None or at[1] == RESOLVE:
            return max(_START, self._timeout)
        return self._timeout * (_SECOND_CHANCE if at in self._again else 1)


def _start(folder: str, errors: IO[bytes]) -> subprocess.Popen[bytes]:
    environment = os.environ | dict.fromkeys(_THREADS, "1") | _KEPT_MEMORY
    # What functions write, if any does, goes with the folder; ours are found wherever they were found here.
    environment["PYTHONPATH"] = os.pathsep.join(path for path in sys.path if path)
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "registry.trials.worker"],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, cwd=folder, env=environment,
    )  # fmt: skip


def _sent(process: subprocess.Popen[bytes], job: Job) -> queue.Queue[bytes]:
    """Give a process its job; its lines as they come, and an empty one at the end."""
    lines: queue.Queue[bytes] = queue.Queue()
    given, answers = process.stdin, process.stdout
    assert given is not None  # Both are pipes.
    assert answers is not None

    def pump() -> None:
        with answers:
            for line in answers:
                lines.put(line)
        lines.put(b"")

    threading.Thread(target=pump, daemon=True).start()
    try:
        with given:
            given.write(msgspec.json.encode(job))
    except OSError:
        pass  # It is gone already; the empty line says so.
    return lines


def _ending(code: int) -> str:
    """How a process ended that should have gone on."""
    if code < 0:
        try:
            return f"crash ({signal.Signals(-code).name})"
        except ValueError:
            return f"crash (signal {-code})"
    return f"crash (exit {code})"
