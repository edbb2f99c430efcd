"""What a Dask worker does for a run: it keeps processes that have planned the document, and gives each one item a time.

The document runs in a worker process of ours beside Dask's, as in every other run. A crash, a hang or too much memory
costs an item one attempt, and not Dask's worker with all that it holds; what a library prints or leaves behind stays
in that process; the same handshake tells which library differs. What crosses the network is bytes: `Order`, `Attempt`
and `Outcome` as MessagePack, and the names of two functions.
"""

from __future__ import annotations

import itertools
import secrets
import threading
from pathlib import Path
from typing import Any

import msgspec
from distributed import WorkerPlugin, get_worker

from pipeline_schema.errors import DocumentError, OutputError, PipelineError, PlanError, UsageError, WorkerDiedError
from pipeline_schema.events import Event
from pipeline_schema.identity import VERSION
from pipeline_schema.run.channel.messages import Failed, Ready, Refused, record_error
from pipeline_schema.run.engines.attempt import make_ready, run_attempt
from pipeline_schema.run.engines.engine import Attempt, Order, Outcome
from pipeline_schema.run.files.landing import say
from pipeline_schema.run.workers.memory_watch import MemoryWatch
from pipeline_schema.run.workers.process import Worker
from registry.errors import CatalogMismatchError, RegistryError

__all__ = ["Answer", "Crew", "Terms", "decode_answer", "perform", "prepare", "topic_of"]

Answer = Ready | Refused | Failed | Outcome


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What all attempts of a run are made under.

    Attributes
    ----------
    order : Order
    version : str
        Of this distribution, where the run was started.
    out : str
        The output folder: all machines see it under this path.
    proof : str
        A file in it. A machine that does not find it has another folder of that name.
    timeout : float or None
        In seconds, for each attempt.
    memory_limit : int or None
        In bytes, for each process.
    """

    order: Order
    version: str = VERSION
    out: str
    proof: str
    timeout: float | None = None
    memory_limit: int | None = None


class Crew(WorkerPlugin):  # type: ignore[misc]  # distributed has no types
    """The processes of one run on one Dask worker: as many as it runs items at once. Goes with the run, or with it.

    Parameters
    ----------
    name : str
        Of the run, unique in the cluster.
    terms : bytes
        `Terms`, encoded.
    """

    def __init__(self, name: str, terms: bytes) -> None:
        self.name = name
        self._encoded = terms

    def __reduce__(self) -> tuple[Any, ...]:
        return Crew, (self.name, self._encoded)

    def setup(self, worker: Any) -> None:
        """Begin, in a Dask worker; processes are started when something asks for them."""
        self._dask = worker
        self._terms = msgspec.msgpack.decode(self._encoded, type=Terms)
        self._watch = None if self._terms.memory_limit is None else MemoryWatch(self._terms.memory_limit)
        self._lock = threading.Lock()
        self._workers: set[Worker] = set()
        self._idle: list[Worker] = []
        self._unused: list[Worker] = []
        self._is_over = False
        # What is being written may go with this machine; what waits for the parent has another name, and stays.
        self._scratch = f"{self._terms.order.scratch}{secrets.token_hex(4)}-"
        self._numbers = itertools.count()

    def teardown(self, worker: Any) -> None:
        """End all processes."""
        with self._lock:
            self._is_over, ended = True, list(self._workers)
        for each in ended:
            each.end()
        if self._watch is not None:
            self._watch.close()

    def prepare(self) -> Ready:
        """Start a process and let it plan the document.

        Raises
        ------
        UsageError
            If this machine does not see the output folder, or has another version of this distribution.
        CatalogMismatchError, DocumentError, PlanError, RunError
            If the document can't be run here.
        """
        terms = self._terms
        if terms.version != VERSION:
            raise UsageError(f"it has pipeline-schema {VERSION}, and the run was started by {terms.version}")
        if not (Path(terms.out) / terms.proof).exists():
            raise UsageError(f"it does not see {terms.out}; inputs and outputs have to be on storage that all share")
        worker = Worker(on_start=self._meet)
        try:
            ready = make_ready(worker, msgspec.structs.replace(terms.order, scratch=self._scratch))
        except BaseException:
            self._part(worker)
            raise
        with self._lock:
            self._unused.append(worker)
        return ready

    def perform(self, attempt: Attempt) -> Outcome:
        """Run an attempt.

        Raises
        ------
        UsageError, CatalogMismatchError, DocumentError, PlanError, RunError
            As for `prepare`, on a Dask worker that came late.
        """
        scratch = Path(attempt.item.scratch)
        worker = self._take(fresh=attempt.fresh)
        try:
            # Dask starts a task again when its worker is lost, whatever the task did. Ours are tried once: the folder
            # tells that somebody has tried before, and who counts attempts decides.
            scratch.mkdir()
            # What the lost one has begun may still be written to, and is removed behind it: it is nobody else's.
            own = f"{self._scratch}{next(self._numbers)}"
            item = msgspec.structs.replace(attempt.item, scratch=own)
            outcome = run_attempt(
                worker,
                msgspec.structs.replace(attempt, item=item),
                timeout=self._terms.timeout,
                watch=self._watch,
                tell=self._tell,
            )
            if outcome.done is not None:
                # The outputs are whole: they wait for the parent, also if this machine goes away now.
                scratch.rmdir()
                Path(own).rename(scratch)
            return outcome
        except FileExistsError:
            lost = WorkerDiedError(f"the Dask worker that had {attempt.item.name} was lost")
            return Outcome(number=attempt.number, error=record_error(lost), died=True)
        except OSError as error:
            refused = OutputError(f"{scratch.parent} can't be written to: {say(error)}", path=str(scratch.parent))
            return Outcome(number=attempt.number, error=record_error(refused))
        finally:
            self._leave(worker, used_up=attempt.fresh)

    def _take(self, *, fresh: bool) -> Worker:
        """A process that is ready and that nobody uses; of all that are, the one that was used last."""
        while True:
            with self._lock:
                ready = self._unused if fresh or not self._idle else self._idle
                worker = ready.pop() if ready else None
            if worker is None:
                self.prepare()
            elif worker.alive:
                return worker
            else:
                self._part(worker)

    def _leave(self, worker: Worker, *, used_up: bool) -> None:
        # Where one item asks for a fresh process, the next may too: they would become more and more.
        if worker.alive and not used_up:
            with self._lock:
                self._idle.append(worker)
        else:
            self._part(worker)

    def _meet(self, worker: Worker) -> None:
        with self._lock:
            self._workers.add(worker)
            is_over = self._is_over
        if is_over:
            worker.end()

    def _part(self, worker: Worker) -> None:
        worker.close()
        with self._lock:
            self._workers.discard(worker)

    def _tell(self, event: Event) -> None:
        self._dask.log_event(topic_of(self.name), msgspec.msgpack.encode(event))


def topic_of(name: str) -> str:
    """Under what the events of a run are told."""
    return f"events-of-{name}"


def prepare(name: str) -> bytes:
    """On a Dask worker: make a process ready for a run.

    Parameters
    ----------
    name : str
        Of the run, whose `Crew` is there.

    Returns
    -------
    bytes
        `Ready`, `Refused` or `Failed`.
    """
    return _answered(lambda crew: crew.prepare(), name)


def perform(name: str, attempt: bytes) -> bytes:
    """On a Dask worker: run one attempt of a run.

    Parameters
    ----------
    name : str
        Of the run, whose `Crew` is there.
    attempt : bytes
        `Attempt`, encoded.

    Returns
    -------
    bytes
        `Outcome`; or `Refused` or `Failed`, if no process of this machine can run the document.
    """
    return _answered(lambda crew: crew.perform(msgspec.msgpack.decode(attempt, type=Attempt)), name)


def decode_answer(data: bytes) -> Answer:
    """What `prepare` or `perform` said."""
    kind, body = msgspec.msgpack.decode(data, type=tuple[str, msgspec.Raw])
    return msgspec.msgpack.decode(body, type=_ANSWERS[kind])  # type: ignore[no-any-return]


_ANSWERS: dict[str, Any] = {kind.__name__: kind for kind in (Ready, Refused, Failed, Outcome)}


def _answered(do: Any, name: str) -> bytes:
    try:
        answer = do(get_worker().plugins[name])
    except CatalogMismatchError as error:
        answer = Refused(message=str(error), differences=tuple(error.differences))
    except (DocumentError, PlanError) as error:
        answer = Refused(
            message=str(error), problems=tuple(error.problems), unreadable=isinstance(error, DocumentError)
        )
    except (PipelineError, RegistryError, OSError) as error:
        answer = Failed(error=record_error(error))
    return msgspec.msgpack.encode((type(answer).__name__, answer))
