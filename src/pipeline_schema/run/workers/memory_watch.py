"""Watches the memory of workers, and ends one that takes more than it may.

By resident size, several times a second. RLIMIT_AS would count what is only reserved, which for GPU drivers and
threaded libraries is many times what is used.
"""

from __future__ import annotations

import threading

from pipeline_schema.run.workers.process import Worker

__all__ = ["MemoryWatch"]

_POLL_SECONDS = 0.1


class MemoryWatch:
    """Watches workers in a thread of its own, from when the first is added.

    Parameters
    ----------
    limit : int
        In bytes, for each worker.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self._workers: set[Worker] = set()
        self._over: dict[Worker, int] = {}
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._thread: threading.Thread | None = None

    def add(self, worker: Worker) -> None:
        """Watch a worker until it is taken away."""
        with self._lock:
            self._workers.add(worker)
            if self._thread is None:
                self._thread = threading.Thread(target=self._watch, name="pipeline-memory-watch", daemon=True)
                self._thread.start()

    def take_away(self, worker: Worker) -> int | None:
        """Watch a worker no longer; how much it had in bytes, if it was ended for that."""
        with self._lock:
            self._workers.discard(worker)
            return self._over.pop(worker, None)

    def close(self) -> None:
        """End the thread."""
        self._closing.set()

    def _watch(self) -> None:
        import psutil

        while not self._closing.wait(_POLL_SECONDS):
            with self._lock:
                workers = list(self._workers - self._over.keys())
            for worker in workers:
                try:
                    used = int(psutil.Process(worker.pid).memory_info().rss)
                except psutil.Error:
                    continue
                if used > self.limit:
                    with self._lock:
                        if worker not in self._workers:
                            continue
                        self._over[worker] = used
                    worker.end()
