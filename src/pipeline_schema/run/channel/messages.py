"""Messages: everything that a parent and its worker say to each other, as plain records.

The parent says `Load`, then `RunValues` or `RunItem` any number of times; closing the channel ends the worker. The
worker says `Hello` once, answers `Load` by `Ready` or `Refused`, `RunValues` by `Result` and `RunItem` by `ItemDone`
(either by `Failed`), and tells `EventMessage` in between.
"""

from __future__ import annotations

import os
import traceback
from typing import Any

import msgspec

from pipeline_schema.errors import ProtocolError
from pipeline_schema.events import Event
from pipeline_schema.problems import Problem
from pipeline_schema.run.channel.frames import Channel
from pipeline_schema.run.item import ItemInput
from registry.origin import Origin

__all__ = [
    "PREAMBLE",
    "PROTOCOL_VERSION",
    "CacheFolder",
    "ErrorRecord",
    "EventMessage",
    "Failed",
    "Hello",
    "InputRecord",
    "ItemDone",
    "Load",
    "Message",
    "OutputRecord",
    "Ready",
    "Refused",
    "Result",
    "RunItem",
    "RunValues",
    "StepTiming",
    "receive",
    "record_error",
    "send",
]

PROTOCOL_VERSION = 3
# Where the worker's channel begins; what stands before it was printed by the site's startup files.
PREAMBLE = b"\x00pipeline-schema worker\x00"
_MAX_TEXT = 256 * 1024


class Hello(msgspec.Struct, tag=True, frozen=True, kw_only=True):
    """The worker is there, and this is what it imported.

    Attributes
    ----------
    protocol : int
        `PROTOCOL_VERSION` of the worker.
    registry_file : str
        Path of the package `registry` that the worker finds.
    version : str
        Of this distribution.
    python : str
        Version of the worker's Python.
    pid : int
    """

    protocol: int
    registry_file: str
    version: str
    python: str
    pid: int


class CacheFolder(msgspec.Struct, frozen=True, kw_only=True):
    """Where results of steps are kept: an absolute path, and how many bytes there may be."""

    path: str
    limit: int


class Load(msgspec.Struct, tag=True, frozen=True, kw_only=True):
    """Make this document ready to run.

    Attributes
    ----------
    document : bytes
        JSON.
    base : str or None
        The document's folder, which ``$file`` paths are relative to.
    fingerprints : dict of str
        By key: what the parent knows of the document's own functions.
    origins : tuple of Origin
        Where those of them are that no library brings: registered functions, and users' files with their sha256. From
        a parent, and never from a document, a worker takes what to import.
    cache : CacheFolder or None
    seed : int or None
        For the steps that draw random numbers and have no seed of their own.
    """

    document: bytes
    base: str | None = None
    fingerprints: dict[str, str] = {}
    origins: tuple[Origin, ...] = ()
    cache: CacheFolder | None = None
    seed: int | None = None


class Ready(msgspec.Struct, tag=True, frozen=True, kw_only=True):
    """The document is planned: its steps in their order, and its outputs with their kinds."""

    steps: tuple[str, ...]
    outputs: dict[str, str]


class Refused(msgspec.Struct, tag=True, frozen=True, kw_only=True):
    """The document can't run here.

    Attributes
    ----------
    message : str
    problems : tuple of Problem
    differences : tuple of str
        Functions that parent and worker know differently, one a line.
    unreadable : bool
        Whether the document could not even be read.
    """

    message: str
    problems: tuple[Problem, ...] = ()
    differences: tuple[str, ...] = ()
    unreadable: bool = False


class RunValues(msgspec.Struct, tag=True, frozen=True, kw_only=True):
    """Run on these inputs: by name, each value packed by `pipeline_schema.run.channel.transfer`."""

    inputs: dict[str, Any]


class RunItem(msgspec.Struct, tag=True, frozen=True, kw_only=True):
    """Run on files, and write the outputs to files.

    Attributes
    ----------
    name : str
        Of the item, unique in its run.
    inputs : dict of ItemInput
        Where each is read from, by the name of the pipeline's input.
    settings : dict
        Values of inputs that have a default, in the document's notation.
    axes : str or None
        What the files' axes are, over what the files say.
    scratch : str
        An absolute folder, there and empty, whose name starts with ``.pipeline-partial-``: outputs are written into
        it, and whoever sent the item moves them to where they belong.
    array_format : str
        ``tif``, ``npy`` or ``zarr``.
    table_format : str
        ``csv`` or ``parquet``.
    each_step : bool
        Whether steps are told as they start and finish: for thousands of small items that is most of what is said.
    durable : bool
        Whether the outputs are flushed to the disk before they are told of, against a loss of power.
    """

    name: str
    inputs: dict[str, ItemInput]
    scratch: str
    settings: dict[str, Any] = {}
    axes: str | None = None
    array_format: str = "tif"
    table_format: str = "csv"
    each_step: bool = True
    durable: bool = False


class InputRecord(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A file that an item was made from; all but its path is missing if it could not be read.

    Attributes
    ----------
    path : str
    sha256 : str or None
        Of the file; of a folder, of the names and hashes of what is in it.
    size : int or None
        In bytes.
    mtime_ns : int or None
        When it was last changed, in nanoseconds since 1970.
    """

    path: str
    sha256: str | None = None
    size: int | None = None
    mtime_ns: int | None = None


class StepTiming(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How long a step took, in seconds, where its result is, and how many arrays it brought to another memory."""

    step: str
    key: str
    seconds: float
    memory_type: str | None = None
    conversions: dict[str, int] | None = None

    @classmethod
    def of(cls, finished: Event) -> StepTiming:
        """What ``step-finished`` says."""
        return cls(
            step=finished.step or "",
            key=finished.key or "",
            seconds=finished.seconds or 0.0,
            memory_type=finished.memory_type,
            conversions=finished.conversions,
        )


class OutputRecord(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One output as it was written.

    Attributes
    ----------
    name : str
        Of the output.
    file : str
        Relative to the item's folder.
    kind : str
        ``image``, ``labels``, ``mask``, ``table``, ``points``, ``scalar``, ``values`` or ``unknown``.
    sha256 : str
        Of the file, in hexadecimal digits.
    size : int
        Of the file, in bytes.
    dtype : str or None
        In memory, before it was written.
    dtype_on_disk : str or None
    shape : tuple of int, or None
    axes : str or None
    """

    name: str
    file: str
    kind: str
    sha256: str
    size: int
    dtype: str | None = None
    dtype_on_disk: str | None = None
    shape: tuple[int, ...] | None = None
    axes: str | None = None


class EventMessage(msgspec.Struct, tag=True, frozen=True, kw_only=True):
    """Something happened."""

    event: Event


class Result(msgspec.Struct, tag=True, frozen=True, kw_only=True):
    """The results of `RunValues`: by name, each value packed by `pipeline_schema.run.channel.transfer`."""

    values: dict[str, Any]


class ItemDone(msgspec.Struct, tag=True, frozen=True, kw_only=True):
    """The outputs of `RunItem` are whole, in its scratch folder; `seconds` is how long they took."""

    outputs: tuple[OutputRecord, ...]
    seconds: float
    inputs: dict[str, InputRecord] = {}
    steps: tuple[StepTiming, ...] = ()


class ErrorRecord(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An exception, told: exception objects are never rebuilt on the other side.

    Attributes
    ----------
    type, module : str
        The exception's class; in a step, the library's exception.
    message : str
    notes : tuple of str
    step, key : str or None
        Which step raised, and its function.
    traceback : str
        As Python prints it, with the causes.
    path : str or None
        The file that it is about.
    problems : tuple of Problem
    """

    type: str
    module: str
    message: str
    notes: tuple[str, ...] = ()
    step: str | None = None
    key: str | None = None
    traceback: str = ""
    path: str | None = None
    problems: tuple[Problem, ...] = ()


class Failed(msgspec.Struct, tag=True, frozen=True, kw_only=True):
    """What was asked for raised; of an item, with what it was made from and the steps that finished."""

    error: ErrorRecord
    inputs: dict[str, InputRecord] = {}
    steps: tuple[StepTiming, ...] = ()


Message = Hello | Load | Ready | Refused | RunValues | RunItem | EventMessage | Result | ItemDone | Failed

_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Message)


def send(channel: Channel, message: Message, buffers: list[memoryview] | None = None) -> None:
    """Write a message, with the buffers that its values point to."""
    channel.send(_encoder.encode(message), buffers or ())


def receive(channel: Channel) -> tuple[Message, list[memoryview]] | None:
    """Read a message and its buffers; None if the other end closed the channel.

    Raises
    ------
    ProtocolError
        If what comes is no message.
    """
    frame = channel.receive()
    if frame is None:
        return None
    try:
        return _decoder.decode(frame.message), frame.buffers
    except msgspec.DecodeError as error:
        raise ProtocolError(f"the channel holds no message that this version knows: {error}") from error


def record_error(error: BaseException) -> ErrorRecord:
    """Tell an exception as a record; never raises because of what the exception holds."""
    step = getattr(error, "step", None)
    # A step's error wraps what the library raised, and that is what people look for.
    cause = error.__cause__ if step is not None and error.__cause__ is not None else error
    # traceback's way of printing survives exceptions whose own __str__ raises.
    last = "".join(traceback.format_exception_only(error)).strip()
    prefix = f"{type(error).__module__}.{type(error).__qualname__}: "
    own = getattr(error, "message", None)
    message = own if isinstance(own, str) else last.removeprefix(prefix).removeprefix(f"{type(error).__name__}: ")
    return ErrorRecord(
        type=type(cause).__name__,
        module=type(cause).__module__,
        message=_plain(message),
        notes=tuple(_plain(note) for note in getattr(cause, "__notes__", ()) if isinstance(note, str)),
        step=step if isinstance(step, str) else None,
        key=key if isinstance(key := getattr(error, "key", None), str) else None,
        path=_plain(os.fsdecode(path)) if isinstance(path := getattr(error, "path", None), str | os.PathLike) else None,
        traceback=_plain("".join(traceback.format_exception(error))),
        problems=tuple(p for p in getattr(error, "problems", ()) if isinstance(p, Problem)),
    )


def _plain(text: str) -> str:
    """Text that MessagePack can hold, of a bounded length: an exception may print a whole array."""
    if len(text) > _MAX_TEXT:
        half, left_out = _MAX_TEXT // 2, len(text) - _MAX_TEXT
        text = f"{text[:half]}\n[... {left_out:,} characters left out ...]\n{text[-half:]}"
    return text.encode("utf-8", "backslashreplace").decode()
