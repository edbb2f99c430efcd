"""What is brought to another memory once for several readers."""

from __future__ import annotations

import gc
import threading
import weakref

import numpy as np

from registry.memory import Place, borrowing, convert, counting
from registry.sharing import Sharing

PLACE = Place("pyclesperanto")
IMAGE = np.arange(6, dtype="float32").reshape(2, 3)


def test_only_what_was_announced_is_kept(cle):
    """An array that is expected there is brought once; another, though equal, is brought each time."""
    sharing = Sharing()
    sharing.expect(IMAGE, PLACE)
    with borrowing(sharing):
        assert convert(IMAGE, "pyclesperanto") is convert(IMAGE, "pyclesperanto")
        other = IMAGE.copy()
        assert convert(other, "pyclesperanto") is not convert(other, "pyclesperanto")
    assert convert(IMAGE, "pyclesperanto") is not convert(IMAGE, "pyclesperanto")


def test_items_of_lists_are_kept_each_for_itself(cle):
    """A list is looked through, when it is announced and when it is asked for."""
    sharing = Sharing()
    sharing.expect([IMAGE, ("x", IMAGE)], PLACE)
    with borrowing(sharing):
        first, rest = convert([IMAGE, ("x", IMAGE)], "pyclesperanto")
    assert first is rest[1]


def test_who_writes_gets_its_own(cle):
    """A copy is handed out where the caller may write, and what is kept stays as it was."""
    sharing = Sharing()
    sharing.expect(IMAGE, PLACE)
    with borrowing(sharing):
        sharing.private = True
        own = convert(IMAGE, "pyclesperanto")
        cle.set(own, 9)
        sharing.private = False
        np.testing.assert_array_equal(convert(IMAGE, "pyclesperanto").get(), IMAGE)


def test_what_is_released_is_forgotten(cle):
    """Neither the array nor what it was there is held on to."""
    sharing, array = Sharing(), IMAGE.copy()
    sharing.expect(array, PLACE)
    with borrowing(sharing):
        there = weakref.ref(convert(array, "pyclesperanto"))
        assert there() is not None
        sharing.release([array], PLACE)
    here = weakref.ref(array)
    del array
    gc.collect()
    assert there() is here() is None


def test_another_thread_gets_its_own(cle):
    """A library may call back from a thread of its own: the pixels are the same, and nothing is lent or counted."""
    sharing, elsewhere = Sharing(), []
    sharing.expect(IMAGE, PLACE)
    with borrowing(sharing), counting() as conversions:
        here = convert(IMAGE, "pyclesperanto")
        thread = threading.Thread(target=lambda: elsewhere.append(convert(IMAGE, "pyclesperanto")))
        thread.start()
        thread.join()
    assert elsewhere[0] is not here
    np.testing.assert_array_equal(elsewhere[0].get(), IMAGE)
    assert conversions == {"numpy to pyclesperanto": 1}
