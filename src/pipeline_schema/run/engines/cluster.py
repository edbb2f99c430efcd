"""The engine of a Dask cluster: one on this machine, or one whose scheduler is named.

Dask decides where and when, and nothing else: attempts are counted, outputs moved and the journal written by the parent
as always. See `pipeline_schema.run.engines.remote` for the other end.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import Mapping
from contextlib import ExitStack, suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, Final

import msgspec

from pipeline_schema.errors import RunError, UsageError, WorkerDiedError
from pipeline_schema.events import Event
from pipeline_schema.run.channel.messages import Failed, Ready, Refused, record_error
from pipeline_schema.run.engines.engine import Attempt, Order, Outcome
from pipeline_schema.run.workers.process import told_error

__all__ = ["DaskEngine"]

_CONNECT_SECONDS: Final = 10.0
_FIRST_WORKER_SECONDS: Final = 300.0
# Workers that are busy with something else are not waited for: they are asked when they get their first attempt.
_LATE_SECONDS: Final = 60.0
# For each thread of the cluster: beside the attempt that it is at, so that it has the next while the parent is busy.
_AHEAD: Final = 2
_LOOK_SECONDS: Final = 5.0
# A wait without end can't be interrupted by Ctrl-C on Windows.
_WAKE_SECONDS: Final = 1.0


class DaskEngine:
    """A Dask cluster; an `Engine`.

    Parameters
    ----------
    order : Order
    workers : int
        Processes of the cluster on this machine, where no scheduler is named.
    out : Path
        The output folder, which every machine has to see.
    proof : str
        A file in it that tells it from another folder of that name.
    scheduler : str, optional
        Address of a running scheduler, for example ``tcp://node1:8786``. All its workers are used.
    timeout : float, optional
        In seconds, for each attempt.
    memory_limit : int, optional
        In bytes, for each process that runs items.

    Raises
    ------
    UsageError
        If Dask is not installed.
    """

    def __init__(
        self,
        order: Order,
        workers: int,
        *,
        out: Path,
        proof: str,
        scheduler: str | None = None,
        timeout: float | None = None,
        memory_limit: int | None = None,
    ) -> None:
        try:
            from pipeline_schema.run.engines import remote
        except ImportError as error:
            raise UsageError("--engine dask needs Dask: pip install 'pipeline-schema[dask]'") from error
        self._remote: Any = remote
        self._name = f"pipeline-{secrets.token_hex(8)}"
        self._told: SimpleQueue[Event | Outcome | BaseException] = SimpleQueue()
        self._futures: dict[int, Any] = {}
        self._attempts: dict[int, Attempt] = {}
        self._running: set[int] = set()
        self._refused: dict[str, str] = {}
        self._scheduler = scheduler
        self._threads = workers
        self._looked = self._heard = time.monotonic()
        self._lonely = False
        self._stack = ExitStack()
        self._terms = remote.Terms(order=order, out=str(out), proof=proof, timeout=timeout, memory_limit=memory_limit)

    @property
    def capacity(self) -> int:
        """How many attempts the cluster takes at once; follows the workers that come and go."""
        now = time.monotonic()
        if now - self._looked > _LOOK_SECONDS:
            self._looked = now
            self._threads = sum(self._nthreads().values())
        return max(self._threads, 1) * (1 + _AHEAD)

    def start(self) -> Ready:
        """Reach the cluster, or make it, and wait until every worker that is there has planned the document.

        Raises
        ------
        UsageError
            If the scheduler can't be reached, or a worker does not see the output folder, or has another version
            of this distribution.
        CatalogMismatchError
            If a worker knows a function otherwise, with the differences of all workers: results would depend on who
            made them.
        PlanError, RunError
            If the document can't run there, or no worker comes.
        """
        self._client = _connect(self._stack, self._scheduler, self._threads)
        self._client.subscribe_topic(self._remote.topic_of(self._name), self._hear)
        self._stack.callback(self._dismiss)
        crew = self._remote.Crew(self._name, msgspec.msgpack.encode(self._terms))
        self._client.register_plugin(crew, name=self._name)
        answers = self._ask_all()
        said = {where: answer for where, answer in answers.items() if isinstance(answer, Failed | Refused)}
        if said:
            raise _refusal(said)
        self._threads = sum(self._nthreads().values())
        ready = next(iter(answers.values()))
        assert isinstance(ready, Ready)
        for _ in answers:
            self._told.put(Event(kind="worker-ready", total=len(ready.steps)))
        return ready

    def submit(self, attempt: Attempt) -> None:
        """Give an attempt to the cluster."""
        self._attempts[attempt.number] = attempt
        future = self._client.submit(
            self._remote.perform,
            self._name,
            msgspec.msgpack.encode(attempt),
            # Equal calls are different attempts.
            key=f"{self._name}-{attempt.number}-{secrets.token_hex(4)}",
            priority=int(attempt.fresh),
            workers=self._others(),
        )
        self._futures[attempt.number] = future
        future.add_done_callback(lambda done: self._take(attempt, done))

    def receive(self, timeout: float) -> Event | Outcome | None:
        """What happened next; None if nothing did in `timeout` seconds."""
        deadline = time.monotonic() + min(max(timeout, 0.0), _WAKE_SECONDS)
        while True:
            try:
                told = self._told.get(timeout=max(deadline - time.monotonic(), 0.0))
            except Empty:
                return self._find_loneliness()
            self._heard, self._lonely = time.monotonic(), False
            if isinstance(told, BaseException):
                raise told
            if isinstance(told, Event):
                if told.kind == "item-started" and told.index is not None:
                    self._running.add(told.index)
                return told
            if self._futures.pop(told.number, None) is None:
                continue  # dropped, when it had just begun
            del self._attempts[told.number]
            self._running.discard(told.number)
            return told

    def drop_waiting(self) -> list[int]:
        """Forget what no worker has begun, as far as is known here."""
        dropped = [number for number in self._futures if number not in self._running]
        for number in dropped:
            del self._attempts[number]
            self._futures.pop(number).cancel()
        return dropped

    def close(self, *, now: bool = False) -> None:
        """End the processes of this run, and the cluster if it was made for it."""
        futures, self._futures = list(self._futures.values()), {}
        for future in futures:
            with suppress(Exception):
                future.cancel()
        self._stack.close()

    def _dismiss(self) -> None:
        # A scheduler that is gone has no workers to tell.
        with suppress(Exception):
            self._client.unregister_worker_plugin(self._name)

    def _hear(self, event: tuple[float, bytes]) -> None:
        self._told.put(msgspec.msgpack.decode(event[1], type=Event))

    def _take(self, attempt: Attempt, future: Any) -> None:
        """In a thread of Dask: what became of a task."""
        if attempt.number not in self._futures or self._futures[attempt.number] is not future:
            return  # dropped, or given to another worker
        if future.status in ("cancelled", "lost"):
            # Nobody here has cancelled it: the scheduler forgot it.
            self._told.put(RunError("the scheduler was lost, and what it was doing with it; go on with --resume"))
            return
        try:
            answer = self._remote.decode_answer(future.result())
        except Exception as error:
            self._told.put(self._lost(attempt, error))
            return
        if isinstance(answer, Outcome):
            self._told.put(answer)
        elif isinstance(answer, Refused | Failed):
            self._elsewhere(attempt, future, told_error(answer))

    def _lost(self, attempt: Attempt, error: Exception) -> Outcome:
        if type(error).__name__ == "KilledWorker":
            error = WorkerDiedError(f"Dask's workers were lost with {attempt.item.name}, one after the other")
        return Outcome(number=attempt.number, error=record_error(error), died=isinstance(error, WorkerDiedError))

    def _elsewhere(self, attempt: Attempt, future: Any, error: Exception) -> None:
        """A worker that came late can't run the document: it gets nothing any more, and another the attempt."""
        where = next(iter(self._client.who_has(future).values()), ())
        for address in where:
            if address not in self._refused:
                self._refused[address] = str(error)
                self._told.put(Event(kind="note", message=f"the worker {address} is not used: {error}"))
        if self._others() == [] or not where:
            self._told.put(error)
            return
        self.submit(attempt)

    def _others(self) -> list[str] | None:
        """The workers that may be used, where there are some that may not."""
        return [address for address in self._nthreads() if address not in self._refused] if self._refused else None

    def _nthreads(self) -> Mapping[str, int]:
        with suppress(Exception):
            return dict(self._client.nthreads())
        return {}

    def _ask_all(self) -> dict[str, Any]:
        """What each worker answers when it is asked to plan the document; without those that are busy."""
        with suppress(TimeoutError):
            self._client.wait_for_workers(1, timeout=_FIRST_WORKER_SECONDS)
        asked = {
            address: self._client.submit(
                self._remote.prepare, self._name, key=f"{self._name}-ready-{number}", workers=[address], priority=1
            )
            for number, address in enumerate(self._nthreads())
        }
        if not asked:
            raise RunError(f"the scheduler has no workers, and none came within {_FIRST_WORKER_SECONDS:g} s")
        answers, last = dict[str, Any](), float("inf")
        while len(answers) < len(asked) and time.monotonic() < last:
            for address, future in asked.items():
                if address not in answers and future.done():
                    answers[address] = _answer(self._remote, address, future)
                    last = min(last, time.monotonic() + _LATE_SECONDS)
            time.sleep(0.01)
        return answers

    def _find_loneliness(self) -> Event | None:
        if not self._futures or self._lonely or time.monotonic() - self._heard < 2 * _LOOK_SECONDS:
            return None
        self._heard = time.monotonic()
        if self._nthreads():
            return None
        self._lonely = True
        return Event(kind="note", message="the scheduler has no workers now; waiting for some to come")


def _connect(stack: ExitStack, scheduler: str | None, workers: int) -> Any:
    import logging

    from distributed import Client, LocalCluster

    if scheduler is None:
        # The processes that compute are children of the cluster's; so it needs neither memory limits nor pages.
        address = stack.enter_context(
            LocalCluster(
                n_workers=workers,
                threads_per_worker=1,
                host="127.0.0.1",
                dashboard_address=None,
                memory_limit=0,
                silence_logs=logging.ERROR,
            )
        )
    else:
        address = scheduler
    try:
        return stack.enter_context(Client(address, timeout=_CONNECT_SECONDS, set_as_default=False))
    except (OSError, ValueError) as error:
        raise UsageError(f"the scheduler {scheduler} can't be reached: {error}") from error


def _answer(remote: Any, address: str, future: Any) -> Any:
    try:
        return remote.decode_answer(future.result())
    except Exception as error:
        message = f"it could not be asked ({type(error).__name__}: {error}); it needs the same pipeline-schema as here"
        return Failed(error=record_error(UsageError(message)))


def _refusal(said: Mapping[str, Failed | Refused]) -> Exception:
    """One error for all workers that refuse, with what each of them says."""
    lines = [f"the worker {where}: {told_error(answer)}" for where, answer in said.items()]
    answer = next(iter(said.values()))
    if isinstance(answer, Failed):
        return told_error(msgspec.structs.replace(answer, error=_worded(answer.error, lines)))
    differences = tuple(
        f"{where}: {each}" for where, other in said.items() if isinstance(other, Refused) for each in other.differences
    )
    return told_error(msgspec.structs.replace(answer, message="\n".join(lines), differences=differences))


def _worded(record: Any, lines: list[str]) -> Any:
    return msgspec.structs.replace(record, message="\n".join(lines))
