"""The worker: a process that rebuilds the registry, plans a document and runs it for its parent.

Started as ``python -P -m pipeline_schema.run.worker``: without ``-P`` a ``registry.py`` in the user's folder would be
imported for ours. It ends when its parent closes the channel. It loads no pydantic: documents were judged where they
were accepted.
"""

# ruff: noqa: E402 - the channel is moved out of reach before anything that might print is imported

from __future__ import annotations

import os
import sys


def _take_channel() -> tuple[int, int]:
    """Move the channel to private descriptors; what libraries read is then nothing, and what they print is stderr."""
    reader, writer = os.dup(0), os.dup(1)  # not inheritable: a library's child processes can't hold the channel open
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)
    if sys.platform == "win32":
        import msvcrt

        msvcrt.setmode(reader, os.O_BINARY)
        msvcrt.setmode(writer, os.O_BINARY)
    return reader, writer


_DESCRIPTORS = _take_channel() if __name__ == "__main__" else None

import atexit
import faulthandler
import signal
import threading
import time
from contextlib import suppress
from io import BufferedReader, FileIO
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from pipeline_schema.errors import DocumentError, PlanError, ProtocolError
from pipeline_schema.events import Event
from pipeline_schema.run.channel import messages
from pipeline_schema.run.channel.frames import READ_BYTES, Channel
from pipeline_schema.run.channel.link import adopt
from pipeline_schema.run.channel.messages import (
    CacheFolder,
    EventMessage,
    Failed,
    ItemDone,
    Load,
    Message,
    Ready,
    Refused,
    Result,
    RunItem,
    RunValues,
    StepTiming,
)
from pipeline_schema.run.channel.transfer import allocate, pack, unpack
from pipeline_schema.run.workers.handshake import accept_origins, find_differences, make_hello

if TYPE_CHECKING:
    from pipeline_schema.plan import Plan
    from pipeline_schema.run.caching.cache import Cache

__all__ = ["main", "serve"]


def main(descriptors: tuple[int, int]) -> None:
    """Greet the parent and serve it until it closes the channel.

    Parameters
    ----------
    descriptors : tuple of int
        To read the channel from, and to write it to.
    """
    _ignore_interrupts()
    faulthandler.enable()  # a segmentation fault in a library says on stderr where it was
    with BufferedReader(FileIO(descriptors[0], "r"), READ_BYTES) as source, FileIO(descriptors[1], "w") as sink:
        try:
            sink.write(messages.PREAMBLE)
            serve(Channel(source, sink, allocate=allocate, link=adopt(sys.argv[1:])))
        except OSError:
            pass  # the channel broke: the parent is gone, and no one is left to tell


def serve(channel: Channel) -> None:
    """Answer what comes over a channel until it ends.

    Parameters
    ----------
    channel : Channel
    """
    messages.send(channel, make_hello())
    session = _Session(channel)
    while (received := messages.receive(channel)) is not None:
        message, buffers = received
        try:
            session.answer(message, buffers)
        except BaseException as error:
            messages.send(channel, Failed(error=messages.record_error(error)))
        # An image must not stay here while the worker waits for the next one.
        del received, message, buffers


class _Session:
    """One document at a time, and the channel that its runs are told on."""

    def __init__(self, channel: Channel) -> None:
        self._channel = channel
        self._plan: Plan | None = None

    def answer(self, message: Message, buffers: list[memoryview]) -> None:
        match message:
            case Load():
                self._plan = None
                self._say(self._load(message))
            case RunValues():
                inputs = {name: unpack(plain, buffers) for name, plain in message.inputs.items()}
                results = self._ready_plan().run(inputs, on_event=self._tell)
                # Unless results lie on them, the inputs' memory goes back with the answer.
                buffers.clear()
                inputs.clear()
                outgoing: list[memoryview] = []
                packed = {name: pack(value, outgoing, f"output {name!r}") for name, value in results.items()}
                self._say(Result(values=packed), outgoing)
            case RunItem():
                self._say(self._run_item(message))
            case _:
                raise ProtocolError(f"a worker is not asked {type(message).__name__}")

    def _load(self, message: Load) -> Ready | Refused:
        from pipeline_schema.codec import loads
        from pipeline_schema.plan import plan

        try:
            pipeline = loads(message.document)
            differences = accept_origins(message.origins) or find_differences(message.fingerprints)
            if differences:
                text = "parent and worker know different functions under one name:\n" + "\n".join(differences)
                return Refused(message=text, differences=differences)
            base = None if message.base is None else Path(message.base)
            self._plan = plan(pipeline, base=base, cache=_open_cache(message.cache), seed=message.seed)
        except (DocumentError, PlanError) as error:
            return Refused(
                message=error.message, problems=tuple(error.problems), unreadable=isinstance(error, DocumentError)
            )
        return Ready(steps=self._plan.step_ids, outputs=dict(self._plan.output_kinds))

    def _run_item(self, item: RunItem) -> ItemDone | Failed:
        from pipeline_schema.run.files.made_from import record_input
        from pipeline_schema.run.items import process

        steps: list[StepTiming] = []

        def tell(event: Event) -> None:
            if event.kind == "step-finished":
                steps.append(StepTiming.of(event))
            if item.each_step or not event.kind.startswith("step-"):
                self._tell(event)

        began = time.perf_counter()
        # Before anything reads them: were one changed meanwhile, its hash would not be that of what was read, and
        # a run that is resumed would see that.
        inputs = {name: record_input(given) for name, given in item.inputs.items() if any(given.files())}
        try:
            outputs = process(self._ready_plan(), item, tell)
        except BaseException as error:
            return Failed(error=messages.record_error(error), inputs=inputs, steps=tuple(steps))
        return ItemDone(outputs=outputs, seconds=time.perf_counter() - began, inputs=inputs, steps=tuple(steps))

    def _ready_plan(self) -> Plan:
        if self._plan is None:
            raise ProtocolError("no document is loaded")
        return self._plan

    def _tell(self, event: Event) -> None:
        self._say(EventMessage(event=event))

    def _say(self, message: Message, buffers: list[memoryview] | None = None) -> None:
        messages.send(self._channel, message, buffers)


def _open_cache(folder: CacheFolder | None) -> Cache | None:
    if folder is None:
        return None
    from pipeline_schema.run.caching.cache import Cache

    return Cache(folder.path, limit=folder.limit)


def _ignore_interrupts() -> None:
    """Leave Ctrl-C to the parent, who ends this process when it wants to."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if sys.platform == "win32":
        signal.signal(signal.SIGBREAK, signal.SIG_IGN)


def _leave() -> NoReturn:
    """End now: taking all modules apart takes long, and is where some libraries crash."""
    # As Python's own end begins: threads that are not daemons finish, pools of processes are told to, then the rest.
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):  # the parent reads no more
            stream.flush()
    os._exit(0)


if _DESCRIPTORS is not None:
    main(_DESCRIPTORS)
    _leave()
