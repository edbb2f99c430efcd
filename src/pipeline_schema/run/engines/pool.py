"""The pool: the engine of warm worker processes on this machine.

Each worker has a thread of this process that starts it, feeds it and, when it died, starts another. All of them take
from one queue, so none waits while there is something to do.
"""

from __future__ import annotations

import os
import threading
from collections import deque
from collections.abc import Callable
from queue import Empty, SimpleQueue

from pipeline_schema.errors import RunError, RunTimeoutError, WorkerDiedError
from pipeline_schema.events import Event
from pipeline_schema.run.channel.messages import Ready
from pipeline_schema.run.engines.attempt import make_ready, run_attempt
from pipeline_schema.run.engines.engine import Attempt, Order, Outcome
from pipeline_schema.run.workers.memory_watch import MemoryWatch
from pipeline_schema.run.workers.process import Worker

__all__ = ["WorkerPool", "devices_here"]

# In a row, by one thread: a worker that dies before it is ready dies of its machine or installation, not of an item.
_STARTS = 3
# Beside the one that a worker is at, so that it has the next while the parent is at something else.
_AHEAD = 2
# A wait without end can't be interrupted by Ctrl-C on Windows.
_WAKE_SECONDS = 1.0


class WorkerPool:
    """Worker processes, started at once and kept warm; an `Engine`.

    Parameters
    ----------
    order : Order
    workers : int
        How many.
    timeout : float, optional
        In seconds, for each attempt.
    memory_limit : int, optional
        In bytes, for each worker.
    devices : tuple of str
        The GPUs that workers get in turn, as CUDA_VISIBLE_DEVICES names them; empty leaves that to the environment.
    on_worker : callable, optional
        Called with each worker as it starts, in a thread of the pool; what it raises ends the run.
    """

    def __init__(
        self,
        order: Order,
        workers: int,
        *,
        timeout: float | None = None,
        memory_limit: int | None = None,
        devices: tuple[str, ...] = (),
        on_worker: Callable[[Worker], None] | None = None,
    ) -> None:
        self._order = order
        self._timeout = timeout
        self._watch = None if memory_limit is None else MemoryWatch(memory_limit)
        self._devices = devices
        self._on_worker = on_worker
        self._waiting: deque[Attempt] = deque()
        self._again: deque[Attempt] = deque()
        self._change = threading.Condition()
        self._closing = False
        self._told: SimpleQueue[Event | Outcome | BaseException] = SimpleQueue()
        self._ready: SimpleQueue[Ready | BaseException] = SimpleQueue()
        self._starting: set[Worker] = set()
        self._warm: set[Worker] = set()
        self._threads = [
            threading.Thread(target=self._serve, args=(number,), name=f"pipeline-pool-{number}", daemon=True)
            for number in range(workers)
        ]
        for thread in self._threads:
            thread.start()

    @property
    def capacity(self) -> int:
        """How many attempts the pool takes at once."""
        return len(self._threads) * (1 + _AHEAD)

    def start(self) -> Ready:
        """Wait for the first worker that has planned the document.

        Raises
        ------
        DocumentError, PlanError, CatalogMismatchError, ProtocolError
            If it can't be run there.
        WorkerDiedError
            If no worker lives long enough.
        """
        while True:
            try:
                ready = self._ready.get(timeout=_WAKE_SECONDS)
            except Empty:
                continue
            if isinstance(ready, BaseException):
                raise ready
            return ready

    def submit(self, attempt: Attempt) -> None:
        """Take an attempt."""
        with self._change:
            (self._again if attempt.fresh else self._waiting).append(attempt)
            # All, since which of them may take it depends on the attempt.
            self._change.notify_all() if attempt.fresh else self._change.notify()

    def receive(self, timeout: float) -> Event | Outcome | None:
        """What happened next; None if nothing did in `timeout` seconds."""
        try:
            told = self._told.get(timeout=min(max(timeout, 0.0), _WAKE_SECONDS))
        except Empty:
            return None
        if isinstance(told, BaseException):
            raise told
        return told

    def drop_waiting(self) -> list[int]:
        """Forget what no worker has taken."""
        with self._change:
            dropped = [attempt.number for attempt in (*self._again, *self._waiting)]
            self._again.clear()
            self._waiting.clear()
        return dropped

    def close(self, *, now: bool = False) -> None:
        """End the workers and wait for that."""
        with self._change:
            self._closing = True
            # One that is still starting is not wanted any more either, and may take seconds.
            ended = [*self._starting, *(self._warm if now else ())]
            self._change.notify_all()
        for worker in ended:
            worker.end()
        for thread in self._threads:
            thread.join()
        if self._watch is not None:
            self._watch.close()

    # What follows runs in the threads, one for each worker.

    def _serve(self, number: int) -> None:
        idle_deaths = 0
        try:
            while (worker := self._start(number)) is not None:
                try:
                    used = self._feed(worker)
                finally:
                    self._leave(worker)
                idle_deaths = 0 if used else idle_deaths + 1
                if idle_deaths == _STARTS and not self._closing:
                    raise RunError(f"workers end before they are given anything, {_STARTS} times in a row")
        except BaseException as error:
            # Whoever waits for the pool to start, or for what happens next, has to hear it.
            self._ready.put(error)
            self._told.put(error)

    def _start(self, number: int) -> Worker | None:
        """A worker with the document loaded; None if the pool is closing."""
        for _ in range(_STARTS):
            if self._closing:
                return None
            started: list[Worker] = []
            try:
                ready = self._load(number, started)
            except BaseException as error:
                for worker in started:
                    self._leave(worker)
                if self._closing:
                    return None
                if not isinstance(error, WorkerDiedError | RunTimeoutError):
                    raise
                last = error
                continue
            self._ready.put(ready)
            self._told.put(Event(kind="worker-ready", total=len(ready.steps)))
            return started[0]
        raise RunError(f"workers end before they are ready, {_STARTS} times in a row; the last time: {last}") from last

    def _load(self, number: int, started: list[Worker]) -> Ready:
        def meet(worker: Worker) -> None:
            started.append(worker)
            with self._change:
                self._starting.add(worker)
                if self._closing:
                    worker.end()

        environment = {"CUDA_VISIBLE_DEVICES": self._devices[number % len(self._devices)]} if self._devices else {}
        worker = Worker(on_start=meet, environment=environment)
        if self._on_worker is not None:
            self._on_worker(worker)
        ready = make_ready(worker, self._order)
        with self._change:
            self._starting.discard(worker)
            self._warm.add(worker)
        return ready

    def _leave(self, worker: Worker) -> None:
        worker.close()
        with self._change:
            self._starting.discard(worker)
            self._warm.discard(worker)

    def _feed(self, worker: Worker) -> bool:
        """Give a worker one attempt after the other, until it has died or is no longer wanted; whether it ran any."""
        used = False
        while (attempt := self._take(used=used)) is not None:
            if not worker.alive or (used and attempt.fresh):
                # It died while it was idle, which is no fault of this item; or a fresh one is asked for.
                with self._change:
                    (self._again if attempt.fresh else self._waiting).appendleft(attempt)
                return used
            used = True
            self._told.put(run_attempt(worker, attempt, timeout=self._timeout, watch=self._watch, tell=self._told.put))
            if not worker.alive:
                return used
        return used

    def _take(self, *, used: bool) -> Attempt | None:
        """The next attempt; None if the pool is closing."""
        with self._change:
            while not self._closing:
                first, second = (self._waiting, self._again) if used else (self._again, self._waiting)
                if first:
                    return first.popleft()
                if second:
                    return second.popleft()
                self._change.wait()
            return None


def devices_here() -> tuple[str, ...]:
    """The GPUs that CUDA_VISIBLE_DEVICES leaves to this process, where it names more than one."""
    named = tuple(device.strip() for device in os.environ.get("CUDA_VISIBLE_DEVICES", "").split(",") if device.strip())
    return named if len(named) > 1 else ()
