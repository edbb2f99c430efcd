"""Hostile documents: each is answered with a code and a place, and nothing of it runs or is imported (P1, P2)."""

from __future__ import annotations

import hashlib
import json
import os
import pickle
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from pipeline_schema.problems import Code

HOSTILE = Path(__file__).parent / "hostile"
EXPECTED: dict[str, list[list[str]]] = json.loads((HOSTILE / "expected.json").read_text(encoding="utf-8"))
FACTS = ("code", "severity", "pointer", "line", "column", "message")
DOCUMENTS = sorted(path.name.removesuffix(".pipeline.json") for path in HOSTILE.glob("*.pipeline.json"))


def test_the_table_has_them_all() -> None:
    """No document without an answer, no answer without a document, each with a code that the format has."""
    assert sorted(EXPECTED) == DOCUMENTS
    assert {code for answers in EXPECTED.values() for code, _ in answers} <= set(Code.__args__)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The documents, beside what their paths lead to: links out of the folder, a pipe, a folder called like a file."""
    if not hasattr(os, "mkfifo"):
        pytest.skip("there are no named pipes on this system; run it on Linux or macOS")
    around = tmp_path_factory.mktemp("hostile")
    (around / "secret.npy").write_bytes(b"secret")
    folder = around / "documents"
    shutil.copytree(HOSTILE, folder)
    shutil.copy(HOSTILE.parents[1] / "examples" / "count-coins.pipeline.json", folder / "harmless.json")
    flats = folder / "flats"
    flats.mkdir()
    (flats / "link.npy").symlink_to("../../secret.npy")
    (flats / "out").symlink_to("../..")
    os.mkfifo(flats / "fifo.npy")
    (flats / "folder.npy").mkdir()
    return folder


def start(folder: Path, *words: object) -> subprocess.CompletedProcess[str]:
    """A process in the folder, with a cache of its own; a hang ends the test."""
    environment = {**os.environ, "PIPELINE_SCHEMA_CACHE": str(folder.parent / "cache")}
    return subprocess.run(
        [sys.executable, "-P", *map(str, words)],
        cwd=folder, env=environment, capture_output=True, text=True, check=False, timeout=120,
    )  # fmt: skip


def canaries(folder: Path) -> list[Path]:
    """Files that a payload would have made."""
    return [path for path in folder.parent.rglob("canary*") if path.suffix != ".json"]


@pytest.fixture(scope="module")
def probed(folder: Path) -> dict[str, Any]:
    """What came of reading, checking and opening them all."""
    done = start(folder, HOSTILE / "probe.py", folder)
    assert done.returncode == 0, done.stderr
    facts: dict[str, Any] = json.loads(done.stdout)
    return facts


def test_nothing_runs_and_nothing_is_imported(folder: Path, probed: dict[str, Any]) -> None:
    """No process, socket, written file, changed environment, or module comes of reading and checking them (P1)."""
    assert probed["happened"] == []
    assert probed["notices"] == 1
    assert probed["environment"]
    assert probed["imported"] == []
    assert probed["libraries"] == []
    assert canaries(folder) == []


@pytest.mark.parametrize("name", DOCUMENTS)
def test_each_is_answered(name: str, probed: dict[str, Any]) -> None:
    """With all its codes and places, and at once; `loads` and the interface refuse or read it alike (P2)."""
    answer = probed["answers"][name]
    errors = [p for p in answer["problems"] if p[1] == "error" or p[0] == "unavailable-function"]
    assert [[code, pointer] for code, _, pointer, *_ in errors] == EXPECTED[name]
    assert all(line >= 1 and column >= 1 and message for *_, line, column, message in answer["problems"])
    assert answer["loads"] == answer["opened"]
    if isinstance(answer["loads"], str):
        assert answer["saved"]
    else:
        assert answer["loads"]
        told = [[code, pointer] for code, _, pointer, *_ in answer["problems"]]
        assert all(refused in told for refused in answer["loads"])
    assert answer["seconds"] < 2


def test_the_command_answers_them_all_in_one_run(folder: Path, probed: dict[str, Any]) -> None:
    """`pipeline check` on all of them: one JSON value, the same problems, exit code 1, not a word on stderr."""
    paths = [f"{name}.pipeline.json" for name in DOCUMENTS]
    done = start(folder, "-m", "pipeline_schema", "check", "--format", "json", *paths)
    assert (done.returncode, done.stderr) == (1, "")
    files = json.loads(done.stdout)["files"]
    assert [file["path"] for file in files] == paths
    for name, file in zip(DOCUMENTS, files, strict=True):
        told = [[p[key] for key in FACTS] for p in file["problems"]]
        assert told == probed["answers"][name]["problems"]
        assert file["ok"] == (not [p for p in file["problems"] if p["severity"] == "error"])
    assert canaries(folder) == []


def test_what_is_shown_is_inert_on_a_terminal(folder: Path) -> None:
    """Names with control characters, directions and markup are shown escaped, a line each."""
    done = start(folder, "-m", "pipeline_schema", "check", *(f"{name}.pipeline.json" for name in DOCUMENTS))
    assert done.returncode == 1
    assert all(character.isprintable() or character == "\n" for character in done.stdout)
    assert "Traceback" not in done.stdout + done.stderr


RUN = ("key-import-call", "call-os", "file-symlink", "output-traversal", "text-duplicate-escaped", "key-local")


@pytest.mark.parametrize("name", RUN)
def test_a_run_refuses_before_anything_runs(name: str, folder: Path, tmp_path: Path) -> None:
    """`pipeline run` says what is wrong and makes no output, whatever its input is."""
    np.save(tmp_path / "image.npy", np.zeros((4, 4), np.uint8))
    arguments = ("run", f"{name}.pipeline.json", tmp_path / "image.npy", "-o", tmp_path / "out")
    done = start(folder, "-m", "pipeline_schema", *arguments)
    assert done.returncode == 3
    assert EXPECTED[name][0][0] in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "out").exists()
    assert canaries(folder) == []


class Payload:
    """Makes a canary when it is unpickled."""

    def __reduce__(self) -> tuple[Any, ...]:
        return os.system, ("touch canary",)


@pytest.mark.parametrize("kind", ["a pickle", "an array of objects", "a header that is program text"])
def test_a_file_that_would_run_is_refused(kind: str, tmp_path: Path) -> None:
    """A `.npy` that holds a pickle is no array, also where its sha256 is the one that the document names."""
    folder = tmp_path / "documents"
    folder.mkdir()
    if kind == "a pickle":
        (folder / "flat.npy").write_bytes(pickle.dumps(Payload()))
    elif kind == "an array of objects":
        np.save(folder / "flat.npy", np.array([Payload()], dtype=object), allow_pickle=True)
    else:
        header = b"{'descr': __import__('os').system('touch canary'), 'fortran_order': False, 'shape': ()}\n"
        (folder / "flat.npy").write_bytes(b"\x93NUMPY\x01\x00" + len(header).to_bytes(2, "little") + header)
    sha256 = hashlib.sha256((folder / "flat.npy").read_bytes()).hexdigest()
    params = {"x2": {"$file": {"path": "flat.npy", "sha256": sha256}}}
    steps = [{"function": "numpy:add", "params": params}]
    plain = {"format": "pipeline-schema/1", "inputs": {"image": {}}, "steps": steps}
    (folder / "flat.pipeline.json").write_text(json.dumps(plain), encoding="utf-8")
    np.save(folder / "image.npy", np.zeros((4, 4), np.uint8))
    done = start(folder, "-m", "pipeline_schema", "run", "flat.pipeline.json", "image.npy", "-o", "out")
    assert done.returncode == 3
    assert "payload-error" in done.stderr
    assert "Traceback" not in done.stderr
    assert canaries(folder) == []
