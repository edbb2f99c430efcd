"""Trials in processes of their own: what ends or blocks one is recorded, and the rest goes on."""

import pytest

from registry.errors import RegistryError, SourceUnavailableError
from registry.trials import run_trials, running
from registry.trials.worker import Broken

DANGEROUS = '''
import os, time


def aborts(image):
    """End the process on colour."""
    if image.shape[-1] == 3:
        os.abort()
    return image


def exits(image):
    """Leave."""
    os._exit(3)


def hangs(image):
    """Never come back from colour."""
    while image.shape[-1] == 3:
        time.sleep(0.1)
    return image


def negates(image):
    """Do no harm, and write to the output."""
    print("not a message")
    return -image


def overwrites(image):
    """Write into the input."""
    image[0] = 0
'''


def test_crash_and_hang_are_recorded_and_the_rest_goes_on(make_plugin):
    """By image; the other images of the same function are tried too."""
    make_plugin("danger", {"__init__": DANGEROUS})
    told = []
    seen = run_trials("danger", timeout=2.0, on_done=lambda key, observed: told.append(key))
    assert sorted(told) == list(seen) == [f"danger:{n}" for n in ("aborts", "exits", "hangs", "negates", "overwrites")]
    assert seen["danger:aborts"].results["rgb"] == "crash (SIGABRT)"
    assert seen["danger:aborts"].images == ("2d", "3d", "labels", "mask")
    assert seen["danger:exits"].failure == "crash (exit 3)"
    assert seen["danger:hangs"].results["rgb"] == "timeout"
    assert seen["danger:hangs"].stack == "slices"
    assert seen["danger:negates"].stack == "slices"
    assert seen["danger:overwrites"].mutates == ("image",)


def test_a_fault_of_the_trials_ends_them(make_plugin, monkeypatch):
    """It must not be taken for what the function does."""
    make_plugin("faulty", {"__init__": "def scaled(image, *, scale): return image\n"})
    monkeypatch.setattr(running, "_sent", lambda process, job: _one(Broken("faulty:scaled", "KeyError: 'x'"), process))
    with pytest.raises(RegistryError, match="trials of faulty:scaled can't go on: KeyError: 'x'"):
        run_trials("faulty")


def test_what_is_never_written_shows():
    """scikit-image 0.26 leaves most of a colour image unwritten where channel_axis is negative (its issue 7264)."""
    seen = run_trials("skimage", ["skimage:filters.unsharp_mask"])["skimage:filters.unsharp_mask"]
    assert [image for image, result in seen.results.items() if result.endswith(", not the same twice")] == ["rgb"]
    assert (seen.random, seen.stack, seen.range) == (True, "values", "unit")


def test_a_crash_that_another_function_caused_is_not_recorded(make_plugin, tmp_path):
    """A function that runs in a new process is innocent of what ended the old one."""
    once = f"""
import os, pathlib

def victim(image):
    flag = pathlib.Path({str(tmp_path / "crashed")!r})
    if not flag.exists():
        flag.touch()
        os.abort()
    return image
"""
    make_plugin("fragile", {"__init__": once})
    assert run_trials("fragile")["fragile:victim"].results["2d"] == "uint8 (Y, X)"


def test_in_several_processes_nothing_is_lost():
    """The answers of all come back, sorted."""
    keys = ["numpy:add", "numpy:sqrt", "builtin:crop"]
    seen = run_trials("numpy", keys, workers=2, quick=True)
    assert list(seen) == sorted(keys)
    assert all(observed.results for observed in seen.values())


def test_a_library_that_is_not_there_is_told():
    """Before any process is started."""
    with pytest.raises(SourceUnavailableError):
        run_trials("cucim")


def _one(message, process):
    import queue

    import msgspec

    process.stdin.close()
    process.stdout.close()
    lines = queue.Queue()
    lines.put(msgspec.json.encode(message))
    return lines
