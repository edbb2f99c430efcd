"""The parent's end of a worker: starts it, talks to it, and leaves nothing of it behind."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Any, Self

from pipeline_schema.errors import (
    DocumentError,
    ImageError,
    OutputError,
    PlanError,
    ProtocolError,
    RunError,
    RunTimeoutError,
    StepError,
    UsageError,
    WorkerDiedError,
)
from pipeline_schema.events import OnEvent
from pipeline_schema.run.channel import messages
from pipeline_schema.run.channel.frames import READ_BYTES, Channel
from pipeline_schema.run.channel.link import Link
from pipeline_schema.run.channel.messages import (
    CacheFolder,
    ErrorRecord,
    EventMessage,
    Failed,
    Hello,
    ItemDone,
    Load,
    Message,
    Ready,
    Refused,
    Result,
    RunItem,
    RunValues,
)
from pipeline_schema.run.channel.tail import Tail
from pipeline_schema.run.channel.transfer import allocate, pack, unpack
from pipeline_schema.run.workers.guarding import Guard, own_session
from pipeline_schema.run.workers.handshake import check_hello
from registry.errors import ArgumentError, CatalogMismatchError
from registry.origin import Origin

__all__ = ["Worker", "rebuild", "told_error"]

_START_SECONDS = 120.0
_END_SECONDS = 5.0
# A wait without end can't be interrupted by Ctrl-C on Windows.
_WAKE_SECONDS = 1.0
# Workers are many, threads of each would only fight for the same cores; and numpy imports in 0.64x the time.
_SINGLE_THREADED = (
    "BLIS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)
# What our own code raises outside of steps, by module and name: the parent's classes, never an import.
_OURS: dict[tuple[str, str], type[Exception]] = {
    (kind.__module__, kind.__name__): kind
    for kind in (ArgumentError, ImageError, OutputError, ProtocolError, RunError, UsageError)
}


class Worker:
    """A worker process; a context manager that ends it.

    One thread at a time may use it. Whenever an answer is not waited for to its end (a timeout, Ctrl-C, an exception
    in a callback), the worker is killed, since what it would say next is no longer known.

    Parameters
    ----------
    on_start : callable, optional
        Called with the worker as soon as there is a process, before it is ready: whoever wants to can `end` it.
    environment : mapping of str, optional
        Environment variables, over those of this process.
    single_threaded : bool
        Whether libraries for mathematics get one thread there, unless the environment says otherwise. If not, they get
        what they get in this process, and round as here.
    on_stderr : callable, optional
        Called, in a thread of its own, with what the worker's libraries print. Its end is kept in any case, for
        `WorkerDiedError.stderr_tail`.

    Attributes
    ----------
    hello : Hello
        What the worker said of itself.

    Raises
    ------
    ProtocolError
        If the worker's Python finds another `registry` than this process, or another version.
    WorkerDiedError
        If the worker ends before it can be asked anything.
    """

    hello: Hello

    def __init__(
        self,
        *,
        on_start: Callable[[Worker], None] | None = None,
        environment: Mapping[str, str] | None = None,
        single_threaded: bool = True,
        on_stderr: Callable[[str], None] | None = None,
    ) -> None:
        link = Link()
        self._process = link.open(
            [sys.executable, "-P", "-m", "pipeline_schema.run.worker"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,
            env=_threads(single_threaded) | dict(os.environ) | dict(environment or {}),
            **own_session(),
        )
        self._lock = threading.Lock()
        self._scratch: str | None = None
        try:
            self._guard = Guard(self._process.pid)
        except OSError:
            link.close()
            with self._process:
                self._process.kill()
            raise
        said = io.BufferedReader(self._process.stdout, READ_BYTES)
        self._channel = Channel(said, self._process.stdin, allocate=allocate, link=link.end)
        self._tail = Tail(self._process.stderr, forward=on_stderr)
        self._inbox: SimpleQueue[tuple[Message, list[memoryview]] | Exception | None] = SimpleQueue()
        self._reader = threading.Thread(target=self._read, name="pipeline-worker-reader", daemon=True)
        self._reader.start()
        if on_start is not None:
            on_start(self)
        with self._awaiting(_START_SECONDS):
            self._guard.wait_until_ready()
            hello, _ = self._receive(None)
            if not isinstance(hello, Hello):
                raise ProtocolError(f"the worker began with {type(hello).__name__}")
            check_hello(hello)
        self.hello = hello

    @property
    def pid(self) -> int:
        """The worker's process id."""
        return int(self._process.pid)

    @property
    def alive(self) -> bool:
        """Whether the worker can be asked something."""
        return self._process.returncode is None and self._process.poll() is None

    def load(
        self,
        document: bytes,
        *,
        base: str | Path | None = None,
        fingerprints: Mapping[str, str] | None = None,
        origins: Iterable[Origin] = (),
        cache: CacheFolder | None = None,
        seed: int | None = None,
        timeout: float | None = None,
    ) -> Ready:
        """Make a document ready to run, in place of the one before.

        Parameters
        ----------
        document : bytes
            JSON.
        base : path, optional
            The document's folder, which ``$file`` paths are relative to.
        fingerprints : mapping of str, optional
            What this process knows of the document's functions (`handshake.fingerprints_of`).
        origins : iterable of Origin, optional
            Where those of them are that only this process was told of (`handshake.origins_of`).
        cache : CacheFolder, optional
            Where results of steps are kept, and found again.
        seed : int, optional
            For the steps that draw random numbers and have no seed of their own.
        timeout : float, optional
            In seconds.

        Returns
        -------
        Ready
            Step ids in their order, and the kinds of outputs by name.

        Raises
        ------
        DocumentError
            If the document can't be read.
        PlanError
            If it can't run there; with all problems.
        CatalogMismatchError
            If the worker knows a function of the document otherwise than this process, or a user's file was changed.
        WorkerDiedError, RunTimeoutError
            If no answer came.
        """
        where = None if base is None else str(Path(base).absolute())
        question = Load(
            document=document,
            base=where,
            fingerprints=dict(fingerprints or {}),
            origins=tuple(origins),
            cache=cache,
            seed=seed,
        )
        answer, _ = self._ask(question, timeout=timeout)
        if isinstance(answer, Ready):
            return answer
        raise self._error(answer)

    def run_values(
        self, inputs: Mapping[str, Any], *, on_event: OnEvent | None = None, timeout: float | None = None
    ) -> dict[str, Any]:
        """Run the loaded document on values.

        Parameters
        ----------
        inputs : mapping
            A value for each input: numpy arrays, numbers, text, tuples, lists, dicts.
        on_event : callable, optional
            Called in this thread with each `Event` as it happens.
        timeout : float, optional
            In seconds.

        Returns
        -------
        dict
            Output name to value.

        Raises
        ------
        StepError
            If a function raises.
        RunError
            If a value can't go to another process, or the run fails otherwise.
        WorkerDiedError, RunTimeoutError
            If no answer came.
        """
        buffers: list[memoryview] = []
        packed = {name: pack(value, buffers, f"input {name!r}") for name, value in inputs.items()}
        answer, incoming = self._ask(RunValues(inputs=packed), buffers, on_event=on_event, timeout=timeout)
        if isinstance(answer, Result):
            return {name: unpack(plain, incoming) for name, plain in answer.values.items()}
        raise self._error(answer)

    def own_scratch(self, prefix: str) -> None:
        """Let items be written to folders whose paths begin so, and have them removed if this process dies.

        Raises
        ------
        UsageError
            If that is no absolute path, or the name does not begin as those of scratch folders do.
        """
        self._guard.clean(prefix)
        self._scratch = prefix

    def run_item(
        self, item: RunItem, *, on_event: OnEvent | None = None, timeout: float | None = None
    ) -> ItemDone | Failed:
        """Run the loaded document on files.

        Parameters
        ----------
        item : RunItem
        on_event : callable, optional
            Called in this thread with each `Event` as it happens.
        timeout : float, optional
            In seconds.

        Returns
        -------
        ItemDone or Failed
            One image of many that fails is a result, with its error as a record.

        Raises
        ------
        UsageError
            If `item.scratch` is not where `own_scratch` said.
        WorkerDiedError, RunTimeoutError
            If no answer came.
        """
        if self._scratch is None or not item.scratch.startswith(self._scratch):
            raise UsageError(f"{item.scratch} is no scratch folder of this worker: they begin with {self._scratch}")
        answer, _ = self._ask(item, on_event=on_event, timeout=timeout)
        if isinstance(answer, ItemDone | Failed):
            return answer
        raise self._error(answer)

    def end(self) -> None:
        """End the worker and what it started, now, from any thread; who waits for its answer is told that it died."""
        with self._lock:
            self._end()

    def kill(self) -> None:
        """End the worker as `end` does, and wait until it has ended."""
        self.end()
        self.close()

    def close(self) -> None:
        """End the worker, and wait until it has ended; closing again does nothing."""
        self._channel.close_writer()
        # What it says ends when it does, which is told at once; waiting for the process is asking again and again.
        self._reader.join(_END_SECONDS)
        try:
            self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()
            return
        self._guard.ended()
        self._tail.join(_END_SECONDS)
        if not self._reader.is_alive():
            self._channel.close()
        self._guard.done()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def _ask(
        self,
        question: Message,
        buffers: list[memoryview] | None = None,
        *,
        on_event: OnEvent | None = None,
        timeout: float | None = None,
    ) -> tuple[Message, list[memoryview]]:
        if not self.alive:
            raise self._died()
        with self._awaiting(timeout):
            with suppress(OSError):  # it has ended, perhaps with a last word: both are in the inbox
                messages.send(self._channel, question, buffers)
            return self._receive(on_event)

    def _receive(self, on_event: OnEvent | None) -> tuple[Message, list[memoryview]]:
        """Wait for an answer, and tell the events before it."""
        while True:
            try:
                received = self._inbox.get(timeout=_WAKE_SECONDS)
            except Empty:
                continue
            if received is None or isinstance(received, Exception):
                raise self._died(received)
            message, buffers = received
            if not isinstance(message, EventMessage):
                return message, buffers
            if on_event is not None:
                on_event(message.event)

    @contextmanager
    def _awaiting(self, seconds: float | None) -> Iterator[None]:
        """Kill the worker when the time is over, or whenever the block is left without its answer."""
        answered = timed_out = False

        def end() -> None:
            nonlocal timed_out
            with self._lock:
                if not answered:
                    timed_out = True
                    self._end()

        timer = None if seconds is None else threading.Timer(min(seconds, threading.TIMEOUT_MAX), end)
        if timer is not None:
            timer.daemon = True
            timer.start()
        try:
            yield
            with self._lock:
                answered = True
        except WorkerDiedError as error:
            if timed_out:
                raise RunTimeoutError(f"no answer in {seconds:g} s; the worker was ended", seconds=seconds) from error
            raise
        finally:
            if timer is not None:
                timer.cancel()
            if not answered:
                self.kill()

    def _end(self) -> None:
        """Kill the worker and its own children; the lock is held, so no one waits for it meanwhile."""
        if self._process.returncode is not None:
            return
        with suppress(OSError):  # it has ended by itself
            if sys.platform == "win32":
                self._process.kill()
            else:
                os.killpg(self._process.pid, signal.SIGKILL)  # not waited for yet: the id is still its own

    def _read(self) -> None:
        try:
            stray = self._channel.skip_to(messages.PREAMBLE)
            if stray:
                self._tail.add(stray)
            while (received := messages.receive(self._channel)) is not None:
                self._inbox.put(received)
            self._inbox.put(None)
        except (ProtocolError, OSError, ValueError, MemoryError) as error:
            self._inbox.put(error)

    def _died(self, reason: Exception | None = None) -> RunError:
        """The error for a channel that has ended."""
        if isinstance(reason, MemoryError):
            return RunError("the results are larger than this process has memory for")
        try:
            with self._lock:
                code = self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            return ProtocolError(f"the worker's channel broke: {reason or 'it was closed'}")
        self._tail.join(_END_SECONDS)
        tail = self._tail.text()
        said = tail.strip().splitlines()
        started = "" if hasattr(self, "hello") else " before it was ready"
        last = f"; its last words: {said[-1]}" if said else ""
        return WorkerDiedError(
            f"the worker ended{started} with {_name_end(code)}{last}", returncode=code, stderr_tail=tail
        )

    def _error(self, answer: Message) -> Exception:
        if isinstance(answer, Failed | Refused):
            return told_error(answer)
        self.kill()
        return ProtocolError(f"the worker answered with {type(answer).__name__}, which was not asked for")


def _threads(single: bool) -> dict[str, str]:
    return dict.fromkeys(_SINGLE_THREADED, "1") if single else {}


def told_error(answer: Failed | Refused) -> Exception:
    """The error to raise here for an answer that is none."""
    if isinstance(answer, Failed):
        return rebuild(answer.error)
    if answer.differences:
        return CatalogMismatchError(answer.message, differences=answer.differences)
    return (DocumentError if answer.unreadable else PlanError)(answer.message, problems=answer.problems)


def rebuild(record: ErrorRecord) -> Exception:
    """The error to raise here for one that a worker told of.

    Parameters
    ----------
    record : ErrorRecord

    Returns
    -------
    Exception
        `StepError` if a step raised, `PlanError` if there are problems, one of our own errors if that was told, and
        `RunError` for anything else.
    """
    if record.step is not None:
        error: Exception = StepError(
            record.message,
            step=record.step,
            key=record.key or "",
            error_type=record.type,
            remote_traceback=record.traceback,
        )
    elif record.problems:
        error = PlanError(record.message, problems=record.problems)
    elif (kind := _OURS.get((record.module, record.type))) is not None:
        error = kind(record.message, **({} if record.path is None else {"path": record.path}))
    else:
        error = RunError(f"{record.type}: {record.message}", remote_traceback=record.traceback)
    for note in record.notes:
        error.add_note(note)
    return error


def _name_end(code: int) -> str:
    if code >= 0:
        return f"exit code {code}" if code < 2**31 else f"exit code {code:#010x}"
    try:
        name = signal.Signals(-code).name
    except ValueError:
        name = f"signal {-code}"
    return f"{name} (killed: often the machine was out of memory)" if name == "SIGKILL" else name
