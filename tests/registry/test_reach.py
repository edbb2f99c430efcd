"""What can be reached from a decorated callable: nothing that belongs to one thread, and nothing of a device."""

import _thread
import gc
import pickle
import threading
import types

import numpy as np
import pytest

from registry.catalog import entries
from registry.decorate import Function
from registry.memory import memory_type_of
from registry.resolver import availability, resolve

OPTIONS = [
    {},
    {"slice_by_slice": True, "dtype": "preserve"},
    {"dtype": "uint8", "scale": "stretch"},
    {"slice_by_slice": "TZ"},
]
OF_ONE_THREAD = (_thread._local, _thread.LockType, type(threading.RLock()), threading.Thread, types.FrameType)


def reachable(function):
    """All that hangs on a callable: state, closures, defaults and reduce value; the library's function is its own."""
    seen, waiting = {}, [function]
    while waiting:
        thing = waiting.pop()
        if id(thing) in seen or isinstance(thing, types.ModuleType | type | str | bytes | int | float):
            continue
        seen[id(thing)] = thing
        if isinstance(thing, types.FunctionType):
            closure = [cell.cell_contents for cell in thing.__closure__ or ()]
            waiting += [*closure, thing.__defaults__, thing.__kwdefaults__]
        elif isinstance(thing, Function):
            state = [getattr(thing, name) for name in slots_of(thing) if hasattr(thing, name) and name != "_raw"]
            waiting += [*state, thing.__reduce__()]
            seen[id(thing._raw)] = None
        else:
            waiting += gc.get_referents(thing)
    return [thing for thing in seen.values() if thing is not None]


def slots_of(thing):
    """The names of what an object holds."""
    slots = [name for cls in type(thing).__mro__ for name in getattr(cls, "__slots__", ())]
    return [*slots, *getattr(thing, "__dict__", ())]


class Held:
    """Something with a state of one thread deep inside."""

    def __init__(self):
        self.state = {"here": [threading.local()]}


def test_the_walk_finds_what_is_hidden():
    """A thread-local in a closure, in a default, or in the state of an object is found."""
    held = Held()
    for hiding in (lambda: held, lambda inner=held: inner, lambda: lambda: held):
        assert any(isinstance(thing, OF_ONE_THREAD) for thing in reachable(hiding))


@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("library", ["builtin", "numpy", "scipy", "skimage", "pyclesperanto"])
def test_nothing_of_a_thread_or_device_is_reachable(library, options):
    """Of every function here: so any thread may call it, any pickler ships it, and no memory is held by it."""
    if not (found := availability(library)).available:
        pytest.skip(f"{found.message}; to run this test: {found.install}")
    for entry in entries(library):
        function = resolve(entry.key, **options)
        things = reachable(function)
        assert not [thing for thing in things if isinstance(thing, OF_ONE_THREAD)], entry.key
        assert not [thing for thing in things if memory_type_of(thing) == "pyclesperanto"], entry.key
        assert len(pickle.dumps(function)) < 300


def test_nothing_of_the_device_of_an_option_is_reachable(cle):
    """An index says which device it is; the device itself is looked up at each call, and not kept."""
    for entry in entries("pyclesperanto"):
        things = reachable(resolve(entry.key, device=0))
        assert not [thing for thing in things if isinstance(thing, (*OF_ONE_THREAD, type(cle.get_device())))], entry.key


@pytest.mark.parametrize("key", ["skimage:filters.gaussian", "pyclesperanto:gaussian_blur", "numpy:add"])
def test_calls_leave_nothing_behind(key):
    """After calls, in this thread and in another, no array and nothing of a thread hangs on the callable."""
    if not (found := availability(key.partition(":")[0])).available:
        pytest.skip(f"{found.message}; to run this test: {found.install}")
    function = resolve(key)
    image = np.ones((8, 8), "float32")
    arguments = (image, image) if key == "numpy:add" else (image,)
    function(*arguments)
    thread = threading.Thread(target=function, args=arguments)
    thread.start()
    thread.join()
    things = reachable(function)
    assert not [thing for thing in things if isinstance(thing, OF_ONE_THREAD) or memory_type_of(thing) is not None]


@pytest.mark.parametrize("options", [{}, {"slice_by_slice": True}], ids=str)
@pytest.mark.parametrize("key", ["skimage:filters.gaussian", "pyclesperanto:gaussian_blur", "scipy:ndimage.label"])
def test_eight_threads_give_the_results_of_one(key, options):
    """One callable, eight threads, each with images of its own, several times."""
    if not (found := availability(key.partition(":")[0])).available:
        pytest.skip(f"{found.message}; to run this test: {found.install}")
    function = resolve(key, **options)
    stacks = [np.random.default_rng(number).random((3, 20, 24), dtype="float32") for number in range(8)]
    if key == "scipy:ndimage.label":
        stacks = [stack > 0.5 for stack in stacks]
    expected = [pulled(function(stack)) for stack in stacks]
    results = [[] for _ in stacks]
    together = threading.Barrier(len(stacks))

    def work(number):
        together.wait()
        results[number] += [pulled(function(stacks[number])) for _ in range(4)]

    threads = [threading.Thread(target=work, args=(number,)) for number in range(len(stacks))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [len(found) for found in results] == [4] * len(stacks)
    for found, wanted in zip(results, expected, strict=True):
        for result in found:
            for one, other in zip(result, wanted, strict=True):
                np.testing.assert_array_equal(one, other)


def pulled(result):
    """The arrays of a result as NumPy's."""
    items = result if isinstance(result, tuple) else (result,)
    return [item.get() if memory_type_of(item) == "pyclesperanto" else np.asarray(item) for item in items]
