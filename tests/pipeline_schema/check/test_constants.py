"""Constants: readable, accepted by the function, and their files where they should be."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline_schema import named_files
from pipeline_schema.document import Input, Step
from pipeline_schema.problems import Problem
from pipeline_schema.values import encode

Find = Callable[..., list[Problem]]

BLUR = "skimage:filters.gaussian"
SHA = "0" * 64


def a_file(path: str, sha256: str = SHA) -> Step:
    flat = {"$file": {"path": path, "sha256": sha256}}
    return Step(function="numpy:subtract", params={"x2": flat})


def test_a_value_of_the_wrong_type(find: Find) -> None:
    """A value that the function does not take is refused at its place, with its choices."""
    step = Step(function=BLUR, params={"truncate": "four", "preserve_range": {"a": 1}})
    problems = find("invalid-value", step)
    assert [problem.pointer for problem in problems] == ["/steps/0/params/preserve_range", "/steps/0/params/truncate"]


def test_a_wrong_value_within_a_call(find: Find) -> None:
    """Constants of constructors are judged by the constructor's entry."""
    ring = {"$call": "skimage:morphology.disk", "params": {"radius": 3, "decomposition": {"a": 1}}}
    step = Step(function="skimage:morphology.closing", params={"footprint": [ring, {"$list": [ring]}]})
    pointers = {problem.pointer for problem in find("invalid-value", step)}
    assert pointers <= {
        "/steps/0/params/footprint/0/params/decomposition",
        "/steps/0/params/footprint/1/$list/0/params/decomposition",
    }


def test_python_values_are_judged_as_they_would_be_written(find: Find) -> None:
    """A pipeline built in Python may hold arrays, dtypes and NumPy's numbers."""
    params: dict[str, Any] = {"sigma": np.float64(2), "cval": np.uint8(1), "channel_axis": None}
    assert not find("invalid-value", Step(function=BLUR, params=params))
    array = Step(function="skimage:morphology.closing", params={"footprint": np.ones((3, 3), np.uint8)})
    assert not find("invalid-value", array)


def test_an_array_has_the_room_that_the_codec_gives_it(find: Find) -> None:
    """A flat field of 100x100, as a saved document has it: longer than a string may be, and no string."""
    flat = encode(np.random.default_rng(0).random((100, 100)))
    rooted = {"$call": "numpy:sqrt", "params": {"x": flat}}
    assert not find("invalid-value", Step(function="numpy:subtract", params={"x2": flat}))
    assert not find("invalid-value", Step(function="numpy:subtract", params={"x2": rooted}))


def test_what_cannot_be_written_is_a_problem(find: Find) -> None:
    """A Python object that no document can hold is reported, and raises nothing."""
    (problem,) = find("invalid-value", Step(function=BLUR, params={"sigma": object()}))
    assert problem.pointer == "/steps/0/params/sigma"


def test_what_cannot_be_read_is_a_problem(find: Find) -> None:
    """A `$` form that is none is reported at its place, in steps and in defaults of inputs."""
    (problem,) = find("schema-error", Step(function=BLUR, params={"sigma": {"$flot": "inf"}}))
    assert problem.pointer == "/steps/0/params/sigma/$flot"
    assert "$float" in problem.suggestions
    (problem,) = find("schema-error", Step(function=BLUR), inputs={"level": Input(default={"$flot": "inf"})})
    assert problem.pointer == "/inputs/level/default/$flot"


def test_a_file_is_beside_the_document(find: Find, tmp_path: Path) -> None:
    """A file that is not there is missed before anything runs."""
    assert not find("path-error", a_file("flat.npy")), "without a folder there is nowhere to look"
    (problem,) = find("path-error", a_file("flat.npy"), base=tmp_path)
    assert problem.pointer == "/steps/0/params/x2/$file/path"
    (tmp_path / "flat.npy").mkdir()
    (problem,) = find("path-error", a_file("flat.npy"), base=tmp_path)
    assert "not a regular file" in problem.message


def test_a_file_is_the_one_that_was_meant(find: Find, tmp_path: Path) -> None:
    """Another file under the same name is found at the hash that is written, which is told as it should be."""
    (tmp_path / "flat.npy").write_bytes(b"flat")
    (problem,) = find("payload-error", a_file("flat.npy"), base=tmp_path)
    found = hashlib.sha256(b"flat").hexdigest()
    assert (problem.pointer, found in problem.message) == ("/steps/0/params/x2/$file/sha256", True)
    assert not find("payload-error", a_file("flat.npy", found), base=tmp_path)
    assert not find("path-error", a_file("flat.npy", found), base=tmp_path)


def test_files_are_read_once_and_within_bounds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A document that names large files a thousand times costs no more than reading one; the rest a run compares."""
    monkeypatch.setattr(named_files, "MAX_FILE_BYTES", 10)
    for name, size in (("a", 6), ("b", 6), ("c", 11)):
        (tmp_path / name).write_bytes(bytes(size))
    verifier = named_files.Verifier(tmp_path)
    for _ in range(2):
        with pytest.raises(named_files.FileError, match="not the file that was meant"):
            verifier.verify("a", SHA)
        (tmp_path / "a").unlink(missing_ok=True)
    verifier.verify("b", SHA)
    with pytest.raises(named_files.FileError, match="more than the 10 bytes"):
        verifier.verify("c", SHA)


@pytest.mark.parametrize("path", ["../flat.npy", "/tmp/flat.npy", "C:/flat.npy", "a/../../flat.npy", "a\\flat.npy"])
def test_a_path_that_leads_elsewhere(find: Find, path: str) -> None:
    """A document can't name files outside of its folder."""
    assert find("path-error", a_file(path))


def test_a_link_that_leads_elsewhere(find: Find, tmp_path: Path) -> None:
    """A symbolic link does not lead out of the folder either."""
    folder = tmp_path / "documents"
    folder.mkdir()
    (tmp_path / "secret.npy").write_bytes(b"")
    (folder / "flat.npy").symlink_to(tmp_path / "secret.npy")
    (problem,) = find("path-error", a_file("flat.npy"), base=folder)
    assert "leads out" in problem.message


def test_a_path_too_long_for_any_file(find: Find, tmp_path: Path) -> None:
    """A name that the system refuses is a file that is not there, not an error of the check."""
    (problem,) = find("path-error", a_file("x" * 300 + ".npy"), base=tmp_path)
    assert "can't be read" in problem.message
