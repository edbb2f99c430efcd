"""``dtype: preserve`` over every function that gives an image: 16 bits in, and what comes out keeps its grey levels."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = Path(__file__).with_name("keep_levels.py")
# pyclesperanto 0.25.1 ends the process when these are called on images of 16 bits, decorated or not.
ENDING = {"pyclesperanto": {f"pyclesperanto:{name}" for name in ("mode", "mode_box", "mode_sphere")}}
# How many functions answer, rather than ask which scale is meant; fewer would be a step back.
ANSWERING = {"builtin": 4, "numpy": 55, "scipy": 36, "skimage": 105, "pyclesperanto": 150}
MANY = 256


def run(library, skipped=()):
    """What each function did, and the functions at which the process ended."""
    told, ended = {}, set()
    while True:
        command = [sys.executable, str(PROGRAM), library, *skipped, *ended, *told]
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)
        lines = [json.loads(line) for line in done.stdout.splitlines()]
        told |= {line["key"]: line for line in lines if "key" in line}
        if done.returncode == 0:
            return told, ended
        started = [line["start"] for line in lines if "start" in line]
        assert started, done.stderr
        assert started[-1] not in told, done.stderr
        ended.add(started[-1])


def collapsed(native, kept):
    """Whether an image of many grey levels has few now: less than a quarter, and than a picture of 8 bits shows."""
    pairs = zip(native, kept, strict=True)
    return any(after < min(before, MANY) / 4 for (_, before), (_, after) in pairs if before > 16)


def find_collapses(told):
    """The functions whose image was many grey levels and is few."""
    return {key for key, line in told.items() if "kept" in line and collapsed(line["native"], line["kept"])}


def test_a_collapse_would_be_seen():
    """The measure tells an image of 0 and 1 from one that lost some of its fractions."""
    assert collapsed([("float64", 4000)], [("uint16", 2)])
    assert not collapsed([("float64", 4000)], [("uint16", 900)])


@pytest.mark.parametrize("library", ["builtin", "numpy", "scipy", "skimage", "pyclesperanto"])
def test_no_image_collapses(library, request):
    """A function gives its image in the dtype that it was given, with its grey levels, or refuses to guess a scale."""
    if library == "pyclesperanto":
        request.getfixturevalue("cle")
    told, ended = run(library)
    assert ended <= ENDING.get(library, set())
    answered = {key: line for key, line in told.items() if "kept" in line}
    assert len(answered) >= ANSWERING[library]
    if lost := find_collapses(told):
        # A function of pyclesperanto may leave part of its result unset, and what stands there then is of any size.
        lost &= find_collapses(run(library, skipped=[*ended, *(told.keys() - lost)])[0])
    assert not lost
    assert not [line for line in answered.values() if {dtype for dtype, _ in line["kept"]} - {line["given"]}]
    refused = {key: line for key, line in told.items() if "kept" not in line and "native" in line}
    assert {line["refused"] for line in refused.values()} <= {"ArgumentError"}
    assert all("scale" in line["message"] or "numpy:abs" in line["message"] for line in refused.values())
