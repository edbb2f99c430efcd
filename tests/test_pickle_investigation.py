"""Why names and not objects: the failures of other ways, reproduced, and ours surviving all of them.

The failure this project was born from, ``cannot pickle '_thread._local' object``, has nothing to do with threads that
run. `functools.wraps` copies the module and qualified name of the *library's* function; a pickler looks that name up
and finds the raw function. What each pickler does then, and what the usual ways around it cost, is shown here with a
real library and real processes. See docs/adr/0001-names-not-objects.md.
"""

import json
import pickle
import subprocess
import sys
import threading
from pathlib import Path

import cloudpickle
import dill
import numpy as np
import pytest
import skimage.filters
import skimage.measure

import registry

PICKLERS = [pickle, cloudpickle, dill]

# How others decorate: a wrapper with the library function's name, and per-thread state in the module of the wrapper.
DECORATING = """
import functools
import threading

_streams = threading.local()


def decorate(function):
    @functools.wraps(function)
    def wrapper(*args, **kwargs):
        _streams.calls = getattr(_streams, "calls", 0) + 1
        return function(*args, **kwargs)

    wrapper.input_memory_type = "numpy"
    return wrapper
"""


def python(code, *arguments, path="."):
    """Run code in a fresh process and give what it printed."""
    lines = f"import sys; sys.path.insert(0, {str(path)!r})\n{code}"
    done = subprocess.run([sys.executable, "-P", "-c", lines, *map(str, arguments)], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


@pytest.fixture
def decorating(tmp_path, monkeypatch):
    """The module of the other way, importable here and from child processes in this folder."""
    (tmp_path / "decorating.py").write_text(DECORATING)
    monkeypatch.syspath_prepend(tmp_path)
    import decorating

    yield decorating
    del sys.modules["decorating"]


class TestOtherWays:
    """What happens to functions that are shipped as objects."""

    def test_wraps_gives_the_wrapper_the_name_of_the_raw_function(self, decorating):
        """The cause: the name that the wrapper carries leads to the library's function, not to the wrapper."""
        wrapper = decorating.decorate(skimage.filters.gaussian)
        named = getattr(sys.modules[wrapper.__module__], wrapper.__qualname__)
        assert named is skimage.filters.gaussian
        assert named is not wrapper

    def test_pickle_refuses_a_wrapper_by_its_name(self, decorating):
        """pickle looks the name up, finds the raw function and says so."""
        with pytest.raises(pickle.PicklingError, match="not the same object as"):
            pickle.dumps(decorating.decorate(skimage.filters.gaussian))

    @pytest.mark.parametrize("pickler", [cloudpickle, dill])
    def test_by_value_picklers_drag_in_a_thread_local(self, decorating, pickler):
        """cloudpickle and dill fall back to the wrapper's globals, and fail on the thread-local among them."""
        with pytest.raises(TypeError, match=r"cannot pickle '_thread\._local' object"):
            pickler.dumps(decorating.decorate(skimage.filters.gaussian))

    @pytest.mark.parametrize("pickler", [cloudpickle, dill])
    def test_decorating_early_and_without_threads_changes_nothing(self, tmp_path, pickler):
        """In a fresh process with one thread and everything decorated at import, the failure is the same."""
        (tmp_path / "decorating.py").write_text(DECORATING)
        (tmp_path / "early.py").write_text(
            "import decorating, skimage.filters as f\nblur = decorating.decorate(f.gaussian)"
        )
        said = python(
            f"import early, threading, {pickler.__name__} as pickler\n"
            "assert threading.active_count() == 1\n"
            "try: pickler.dumps(early.blur)\n"
            "except TypeError as error: print(error)",
            path=tmp_path,
        )
        assert "cannot pickle '_thread._local' object" in said

    def test_a_rebound_name_gives_the_child_an_undecorated_function(self, tmp_path):
        """If the wrapper takes the library's name, pickling succeeds, and the child gets the raw function."""
        (tmp_path / "decorating.py").write_text(DECORATING)
        payload = tmp_path / "payload"
        python(
            "import decorating, pickle, skimage.filters as f\n"
            "raw = f.gaussian\n"
            "wrapper = decorating.decorate(raw)\n"
            "setattr(sys.modules[raw.__module__], raw.__qualname__, wrapper)\n"
            "open(sys.argv[1], 'wb').write(pickle.dumps(wrapper))\n",
            payload,
            path=tmp_path,
        )
        arrived = pickle.loads(payload.read_bytes())
        assert arrived is skimage.filters.gaussian
        assert not hasattr(arrived, "input_memory_type")

    def test_a_marked_function_arrives_without_its_mark(self, tmp_path):
        """Attributes set on the raw function stay in the process that set them: the memory type is lost."""
        payload = tmp_path / "payload"
        said = python(
            "import pickle, skimage.filters as f\n"
            "f.gaussian.input_memory_type = 'numpy'\n"
            "data = pickle.dumps(f.gaussian)\n"
            "print(pickle.loads(data).input_memory_type)\n"
            "open(sys.argv[1], 'wb').write(data)\n",
            payload,
        )
        assert said.strip() == "numpy"
        assert not hasattr(pickle.loads(payload.read_bytes()), "input_memory_type")

    @pytest.mark.parametrize("pickler", PICKLERS)
    def test_a_users_wrapper_around_ours_is_not_covered(self, decorating, pickler):
        """The promise is about our callable: who wraps it around a thread-local is back at the start."""
        wrapper = decorating.decorate(registry.resolve("skimage:filters.gaussian"))
        with pytest.raises((pickle.PicklingError, TypeError, AttributeError)):
            pickler.dumps(wrapper)


@pytest.fixture(scope="module")
def resolved():
    """Every function that resolves here, by key."""
    found = {}
    every = registry.keys()
    for key in every:
        try:
            found[key] = registry.resolve(key)
        except registry.SourceUnavailableError:
            continue
    return found


@pytest.fixture
def threads():
    """Threads that have called our functions, hold thread-locals, and are alive."""
    held, ready, done = threading.local(), threading.Barrier(4), threading.Event()

    def work(number):
        held.image = np.full((8, 8), float(number))
        held.blur = registry.resolve("skimage:filters.gaussian")
        held.result = held.blur(held.image)
        ready.wait()
        done.wait()

    running = [threading.Thread(target=work, args=(number,)) for number in range(3)]
    for thread in running:
        thread.start()
    ready.wait()
    yield running
    done.set()
    for thread in running:
        thread.join()


class TestOurs:
    """What happens to functions that are shipped as names."""

    @pytest.mark.parametrize("library", ["builtin", "numpy", "pyclesperanto", "scipy", "skimage"])
    def test_hand_written_and_discovered_functions_are_among_them(self, resolved, library):
        """The tests below speak about real functions of every library that runs here."""
        if not registry.availability(library).available:
            pytest.skip(registry.availability(library).message)
        assert [key for key in resolved if key.startswith(f"{library}:")] == registry.keys(library=library)

    def test_every_function_reaches_a_fresh_process_as_it_was(self, resolved, threads, tmp_path):
        """All keys, three picklers, beside live threads with thread-locals: each arrives with key and memory types."""
        assert all(thread.is_alive() for thread in threads)
        chosen = [
            *resolved.values(),
            registry.resolve("skimage:filters.gaussian", slice_by_slice="Z", dtype="preserve"),
        ]
        chosen.append(chosen[-1].with_axes("ZYX"))
        payloads = [pickler.dumps(function) for pickler in PICKLERS for function in chosen]
        assert max(map(len, payloads)) < 200
        (tmp_path / "payloads").write_bytes(pickle.dumps(payloads))
        said = python(
            "import json, pickle\n"
            "functions = [pickle.loads(p) for p in pickle.load(open(sys.argv[1], 'rb'))]\n"
            "facts = lambda f: [f.registry_key, f.input_memory_type, f.output_memory_type, repr(f), f.__name__]\n"
            "print(json.dumps([facts(f) for f in functions]))",
            tmp_path / "payloads",
        )
        sent = [[f.registry_key, f.input_memory_type, f.output_memory_type, repr(f), f.__name__] for f in chosen]
        assert json.loads(said) == sent * len(PICKLERS)

    @pytest.mark.parametrize("pickler", PICKLERS)
    def test_a_function_gives_the_same_result_where_it_arrives(self, pickler, tmp_path):
        """A hand-written, a discovered and a raw function called in the fresh process give the bits they give here."""
        image = np.random.default_rng(0).random((2, 16, 16))
        raw = registry.resolve(registry.key_of(skimage.filters.sobel))
        chosen = [
            registry.resolve("builtin:percentile_normalize"),
            registry.resolve("skimage:filters.gaussian", slice_by_slice=True),
            raw,
        ]
        (tmp_path / "payload").write_bytes(pickler.dumps([(function, image) for function in chosen]))
        python(
            f"import {pickler.__name__} as pickler, numpy as np\n"
            "work = pickler.load(open(sys.argv[1], 'rb'))\n"
            "np.savez(sys.argv[2], *[function(image) for function, image in work])\n",
            tmp_path / "payload",
            tmp_path / "results.npz",
        )
        with np.load(tmp_path / "results.npz") as results:
            for function, name in zip(chosen, results.files, strict=True):
                assert results[name].tobytes() == np.asarray(function(image)).tobytes()

    def test_every_raw_function_is_found_by_identity(self, resolved):
        """From the library's own object to its key, for every function: no name is trusted, the object is compared."""
        for key, function in resolved.items():
            module, _, attribute = function.entry.import_path.partition(":")
            raw = sys.modules[module]
            for part in attribute.split("."):
                raw = getattr(raw, part)
            assert raw is not function
            assert registry.key_of(raw) == key

    def test_no_library_function_is_ever_touched(self, tmp_path):
        """Identity, __dict__ and name of every raw function are the same after all are resolved as they were before."""
        said = python(
            "import importlib, registry\n"
            "from registry import opencl\n"
            "opencl.status()\n"
            "def raw(entry):\n"
            "    module, _, attribute = entry.import_path.partition(':')\n"
            "    found = importlib.import_module(module)\n"
            "    for part in attribute.split('.'): found = getattr(found, part)\n"
            "    return found\n"
            "def state(f): return id(f), dict(getattr(f, '__dict__', {})), f.__module__, f.__name__, f.__doc__\n"
            "here = {l for l in registry.LIBRARIES if registry.availability(l).available}\n"
            "entries = [e for e in map(registry.describe, registry.keys()) if e.library in here]\n"
            "found = [raw(e) for e in entries]\n"
            "before = [(f, state(f)) for f in found]  # after all imports: SciPy's rewrites the text of numpy.sinc\n"
            "functions = [registry.resolve(e.key) for e in entries]\n"
            "import numpy as np\n"
            "registry.resolve('skimage:filters.gaussian', dtype='preserve')(np.ones((4, 4)))\n"
            "for function in functions: function.__signature__, repr(function)\n"
            "for (f, was), e in zip(before, entries): assert raw(e) is f and state(f) == was, e.key\n"
            "print(len(entries))"
        )
        assert int(said) > 700

    @pytest.mark.parametrize("pickler", PICKLERS)
    def test_the_same_key_in_one_process_is_the_same_object(self, pickler):
        """Unpickled where it came from, a function is itself, also inside of other values."""
        function = registry.resolve("skimage:measure.label", slice_by_slice=True)
        assert pickler.loads(pickler.dumps({"steps": [function]}))["steps"][0] is function

    def test_worker_processes_of_multiprocessing_take_it(self, tmp_path):
        """A spawned pool, which pickles what it is given, computes with our callable."""
        script = tmp_path / "script.py"
        script.write_text(
            "import multiprocessing, numpy, registry\n"
            "if __name__ == '__main__':\n"
            "    otsu = registry.resolve('skimage:filters.threshold_otsu')\n"
            "    images = [numpy.arange(100.0).reshape(10, 10) * n for n in (1, 2)]\n"
            "    with multiprocessing.get_context('spawn').Pool(1) as pool:\n"
            "        assert pool.map(otsu, images) == [otsu(image) for image in images]\n"
            "    print('same')\n"
        )
        done = subprocess.run([sys.executable, Path(script)], capture_output=True, text=True, check=False)
        assert (done.stdout, done.returncode) == ("same\n", 0), done.stderr
