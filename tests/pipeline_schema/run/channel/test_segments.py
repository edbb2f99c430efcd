"""Shared memory holds what was put into it as long as someone looks at it, and is then used again."""

from __future__ import annotations

import gc
import os
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline_schema.errors import ProtocolError
from pipeline_schema.run.channel.segments import ABANDONED, MAX_SEGMENTS, MIN_SHARED_BYTES, Incoming, Outgoing

resource = pytest.importorskip("resource", reason="Windows has no limits to lower")
pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no sockets that carry descriptors")

Ends = tuple[Outgoing, Incoming]


def _ends() -> Iterator[Ends]:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        outgoing = Outgoing(ours)
        yield outgoing, Incoming(theirs)
        outgoing.close()


@pytest.fixture(params=["memfd", "unlinked file"])
def ends(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Ends]:
    """A sender and a receiver, with the memory that Linux has and with that of other systems."""
    if request.param != "memfd":
        monkeypatch.delattr(os, "memfd_create", raising=False)
        monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    yield from _ends()
    assert list(tmp_path.iterdir()) == []


def _image(value: int, side: int = 600) -> np.ndarray[Any, Any]:
    return np.full((side, side), value, np.uint8)


def _open_files() -> int:
    return sum(1 for _ in Path("/dev/fd").iterdir())


def _send(ends: Ends, array: np.ndarray[Any, Any]) -> tuple[int, np.ndarray[Any, Any]]:
    number = ends[0].put(array.reshape(-1).data)
    return number, np.frombuffer(ends[1].take(number, array.nbytes), array.dtype).reshape(array.shape)


def _give_back(ends: Ends) -> list[int]:
    ends[1].forget(ends[0].take_dropped())
    released = ends[1].take_released()
    ends[0].settle(released)
    return released


def test_a_segment_is_used_again_with_other_bytes(ends: Ends) -> None:
    """Images of one size travel in one segment, each with its own pixels, when the one before was dropped."""
    numbers = set()
    for value in range(5):
        number, arrived = _send(ends, _image(value))
        np.testing.assert_array_equal(arrived, _image(value), strict=True)
        arrived += 1
        del arrived
        numbers.add(number)
        assert _give_back(ends) == [number]
    assert numbers == {1}


@pytest.mark.parametrize(
    "keep",
    [
        lambda a: a,
        lambda a: a[3:5, ::2],
        lambda a: a.T.view(np.int8)[7:8],
        memoryview,
        lambda a: np.frombuffer(a, np.uint8),
        lambda a: np.lib.stride_tricks.as_strided(a, (2, 2), (1, 1)),
        lambda a: iter(a),
    ],
    ids=["itself", "slice", "view", "memoryview", "frombuffer", "strides", "iterator"],
)
def test_what_someone_looks_at_is_not_overwritten(keep: Any) -> None:
    """Whatever is left of an array, its segment waits for it: the next image goes elsewhere."""
    for ends in _ends():
        first, arrived = _send(ends, _image(1))
        kept = keep(arrived)
        del arrived
        gc.collect()
        assert _give_back(ends) == []
        second, _ = _send(ends, _image(2))
        assert second != first
        assert set(np.asarray(list(kept) if hasattr(kept, "__next__") else kept, np.uint8).flat) == {1}
        del kept
        assert first in _give_back(ends)


def test_arrays_outlive_both_ends() -> None:
    """What arrived stays when the channel, the sender and its segments are gone."""
    for ends in _ends():
        _, arrived = _send(ends, _image(7))
    gc.collect()
    np.testing.assert_array_equal(arrived, _image(7))


def test_few_bytes_go_another_way() -> None:
    """Small arrays are not worth a segment."""
    for outgoing, _ in _ends():
        assert outgoing.put(memoryview(bytes(MIN_SHARED_BYTES - 1))) == 0
        assert outgoing.put(memoryview(bytes(MIN_SHARED_BYTES))) == 1


@pytest.mark.parametrize("limit", [resource.RLIMIT_FSIZE, resource.RLIMIT_NOFILE])
def test_no_room_is_no_error(ends: Ends, limit: int) -> None:
    """Where the disk is full or no descriptor is left, the bytes go another way, and nothing stays open."""
    before = _open_files()
    soft, hard = resource.getrlimit(limit)
    resource.setrlimit(limit, (MIN_SHARED_BYTES if limit == resource.RLIMIT_FSIZE else 3, hard))
    try:
        assert ends[0].put(_image(1, 2000).reshape(-1).data) == 0
    finally:
        resource.setrlimit(limit, (soft, hard))
    assert _open_files() == before
    number, arrived = _send(ends, _image(2))
    assert number == 1
    np.testing.assert_array_equal(arrived, _image(2))


def test_segments_are_bounded_and_idle_ones_go() -> None:
    """Results that are all kept take a bounded number of segments; sizes that come no more go, on both sides."""
    for ends in _ends():
        kept = [_send(ends, _image(value)) for value in range(MAX_SEGMENTS)]
        assert ends[0].put(_image(0).reshape(-1).data) == 0
        assert [int(array[0, 0]) for _, array in kept] == list(range(MAX_SEGMENTS))
        del kept
        before = _open_files()
        for _ in range(40):
            _give_back(ends)
            number, arrived = _send(ends, _image(1, 2000))
            del arrived
        _give_back(ends)
        assert number == MAX_SEGMENTS + 1
        assert _open_files() < before - MAX_SEGMENTS


@pytest.mark.skipif(not hasattr(os, "fork"), reason="the system has no fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_fork_has_its_own_pixels() -> None:
    """Parent, child and sender each keep what they had at the fork: no write of one is seen by another."""
    for ends in _ends():
        number, arrived = _send(ends, _image(1))
        arrived[0, 0] = 5
        told, tell = os.pipe()
        go, let_go = os.pipe()
        pid = os.fork()
        if not pid:
            try:
                arrived[1, 1] = 9
                os.write(tell, b"written")
                os.read(go, 1)
                ok = [arrived[0, 0], arrived[0, 1], arrived[1, 1]] == [5, 1, 9] and arrived.sum() == 600 * 600 + 4 + 8
                os._exit(0 if ok else 1)
            finally:
                os._exit(2)
        os.read(told, 7)
        assert arrived[1, 1] == 1
        arrived[0, 1] = 6
        assert _give_back(ends) == [number | ABANDONED]
        again, second = _send(ends, _image(2))
        assert again != number
        assert (arrived[0, 0], arrived[0, 1], second[0, 0]) == (5, 6, 2)
        os.write(let_go, b"!")
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
        for descriptor in (told, tell, go, let_go):
            os.close(descriptor)


def test_numbers_that_make_no_sense_are_told() -> None:
    """A segment that never came, is still lent, or is too small is a ProtocolError, not another's pixels."""
    for outgoing, incoming in _ends():
        number = outgoing.put(_image(1).reshape(-1).data)
        with pytest.raises(ProtocolError, match="no such room"):
            incoming.take(number, 600 * 600 + 1)
        view = incoming.take(number, 600 * 600)
        with pytest.raises(ProtocolError, match="lent"):
            incoming.take(number, 600 * 600)
        del view
        outgoing._link.close()
        with pytest.raises(ProtocolError, match="did not come"):
            incoming.take(number + 1, 1)
