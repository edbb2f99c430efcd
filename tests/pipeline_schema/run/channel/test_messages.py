"""Messages arrive equal, and exceptions are told as records whatever they hold."""

from __future__ import annotations

import io

import pytest

from pipeline_schema.errors import ImageError, PlanError, ProtocolError, StepError
from pipeline_schema.events import Event
from pipeline_schema.problems import Problem
from pipeline_schema.run.channel import messages
from pipeline_schema.run.channel.frames import Channel
from pipeline_schema.run.channel.messages import (
    ErrorRecord,
    EventMessage,
    Failed,
    Hello,
    ItemDone,
    Load,
    Message,
    OutputRecord,
    Ready,
    Refused,
    Result,
    RunItem,
    RunValues,
    record_error,
)
from pipeline_schema.run.item import ItemInput

_PROBLEM = Problem(code="unknown-function", message="no such", pointer="/steps/0", suggestions=("numpy:add",))
_EXAMPLES = [
    Hello(protocol=1, registry_file="/r/__init__.py", version="1", python="3.11", pid=7),
    Load(document=b"{}", base="/folder", fingerprints={"numpy:add": "ab"}),
    Ready(steps=("a", "b"), outputs={"labels": "labels"}),
    Refused(message="no", problems=(_PROBLEM,), differences=("numpy:add differs",), unreadable=True),
    RunValues(inputs={"image": ["array", "|u1", [2, 2], 0]}),
    RunItem(
        name="a",
        inputs={"image": ItemInput(path="/a.tif")},
        scratch="/o/.pipeline-partial-1",
        settings={"sigma": 2.0},
        axes="YX",
    ),
    EventMessage(event=Event(kind="step-finished", step="a", seconds=0.5)),
    Result(values={"level": 1.0, "name": None}),
    ItemDone(
        outputs=(OutputRecord(name="a", file="a.tif", kind="image", sha256="0", size=1, shape=(2, 2)),), seconds=1.5
    ),
    Failed(error=ErrorRecord(type="ValueError", module="builtins", message="bad", problems=(_PROBLEM,))),
]


def _channel(stream: io.BytesIO) -> Channel:
    return Channel(stream, stream)  # type: ignore[arg-type]


@pytest.mark.parametrize("message", _EXAMPLES, ids=lambda message: type(message).__name__)
def test_messages_arrive_equal(message: Message) -> None:
    """Each kind of message arrives as the same kind, equal in every field; ints and floats are kept apart."""
    stream = io.BytesIO()
    messages.send(_channel(stream), message, [memoryview(b"1234")])
    stream.seek(0)
    received = messages.receive(_channel(stream))
    assert received is not None
    arrived, buffers = received
    assert arrived == message
    assert repr(arrived) == repr(message)
    assert [bytes(view) for view in buffers] == [b"1234"]


def test_every_kind_has_an_example() -> None:
    """No message is left out of the test above."""
    assert {type(message) for message in _EXAMPLES} == set(Message.__args__)


def test_unknown_messages_are_told() -> None:
    """A message of a version to come is a ProtocolError that names it."""
    stream = io.BytesIO()
    _channel(stream).send(b"\x81\xa4type\xa6Future")
    stream.seek(0)
    with pytest.raises(ProtocolError, match="Future"):
        messages.receive(_channel(stream))


def _raised(error: BaseException, cause: BaseException | None = None) -> BaseException:
    try:
        raise error from cause
    except BaseException as caught:
        return caught


def test_a_step_error_is_told_with_the_librarys_exception() -> None:
    """Step, key, the library's type, its notes and the whole traceback arrive."""
    cause = ValueError("sigma must be positive")
    cause.add_note("in skimage:filters.gaussian")
    record = record_error(_raised(StepError("step 'a' failed", step="a", key="skimage:filters.gaussian"), cause))
    assert (record.type, record.module, record.message) == ("ValueError", "builtins", "step 'a' failed")
    assert (record.step, record.key) == ("a", "skimage:filters.gaussian")
    assert record.notes == ("in skimage:filters.gaussian",)
    assert "sigma must be positive" in record.traceback
    assert "test_messages.py" in record.traceback


def test_a_missing_key_is_told_in_words() -> None:
    """An exception without a message of ours is told as Python prints it, without its class twice."""
    record = record_error(_raised(KeyError("area")))
    assert (record.type, record.message) == ("KeyError", "'area'")


def test_problems_and_paths_are_told() -> None:
    """What our own errors are about arrives."""
    assert record_error(_raised(PlanError("no", problems=(_PROBLEM,)))).problems == (_PROBLEM,)
    assert record_error(_raised(ImageError("no", path="/a.tif"))).path == "/a.tif"


def test_hostile_exceptions_are_told() -> None:
    """An exception that can't print itself, holds odd text or is huge does not stop the telling."""

    class Mute(Exception):
        def __str__(self) -> str:
            raise RuntimeError

    stream = io.BytesIO()
    for error in (Mute(), ValueError("caf\udce9"), ValueError("x" * 10_000_000), SystemExit(3), MemoryError()):
        record = record_error(_raised(error))
        assert record.type == type(error).__name__
        assert len(record.message) < 1_000_000
        messages.send(_channel(stream), Failed(error=record))
