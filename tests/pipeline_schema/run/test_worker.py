"""The worker as a process: its channel is its own, its imports are ours, and it loads no more than it needs."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import registry
from pipeline_schema.errors import WorkerDiedError
from pipeline_schema.run.workers.process import Worker

# Stands for a library that prints as it is imported, by Python and by C, and reads what is not its own.
_NOISY = """
import os, sys
os.write(1, b"printed before anything\\n")
print("printed by Python")
def noise(event, arguments):
    if event == "import" and str(arguments[0]).startswith("skimage"):
        os.write(1, b"printed by C\\n")
        print("printed on import", os.read(0, 100))
sys.addaudithook(noise)
"""
_TELL_MODULES = """
import atexit, json, sys
atexit.register(lambda: print("MODULES", json.dumps(sorted(sys.modules)), file=sys.stderr, flush=True))
"""
_OTSU = b"""{"format": "pipeline-schema/1", "inputs": {"image": {}},
 "steps": [{"function": "skimage:filters.gaussian"}, {"function": "skimage:filters.threshold_otsu"}]}"""
_IMAGE = np.arange(100.0).reshape(10, 10)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder on PYTHONPATH, for what a site's administrator might put there."""
    folder = tmp_path / "site"
    folder.mkdir()
    monkeypatch.setenv("PYTHONPATH", str(folder))
    return folder


def test_what_libraries_print_stays_off_the_channel(site: Path) -> None:
    """Text printed at startup and on import, by Python and by C, comes as stderr; the result comes all the same."""
    (site / "sitecustomize.py").write_text(_NOISY)
    said: list[str] = []
    with Worker(on_stderr=said.append) as worker:
        worker.load(_OTSU)
        assert isinstance(worker.run_values({"image": _IMAGE})["threshold_otsu"], float)
    text = "".join(said)
    for line in ("printed before anything", "printed by Python", "printed by C", "printed on import b''"):
        assert line in text


def test_a_worker_loads_no_pydantic(site: Path) -> None:
    """After a run the worker has loaded what the document names, and neither pydantic nor anything for screens."""
    (site / "sitecustomize.py").write_text(_TELL_MODULES)
    said: list[str] = []
    with Worker(on_stderr=said.append) as worker:
        worker.load(_OTSU)
        worker.run_values({"image": _IMAGE})
    modules = set(json.loads("".join(said).partition("MODULES ")[2].splitlines()[0]))
    assert "skimage.filters" in modules
    assert not modules & {"pydantic", "typer", "rich", "textual", "pyclesperanto", "cupy"}


@pytest.mark.parametrize("name", ["registry.py", "pipeline_schema.py", "numpy.py", "msgspec.py"])
def test_files_in_the_users_folder_shadow_nothing(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file of the user's that is called like one of our packages is not imported by the worker."""
    (tmp_path / name).write_text("raise SystemExit('the wrong file')")
    monkeypatch.chdir(tmp_path)
    with Worker() as worker:
        assert Path(worker.hello.registry_file) == Path(registry.__file__)
        worker.load(_OTSU)


def test_a_foreign_registry_is_refused_by_path(site: Path) -> None:
    """A `registry` that PYTHONPATH puts before ours ends the start, naming both files; it is not run."""
    (site / "registry.py").write_text("print('the wrong file was run')")
    with pytest.raises(WorkerDiedError, match="before it was ready") as caught:
        Worker()
    assert str(site / "registry.py") in caught.value.stderr_tail
    assert str(Path(registry.__file__)) in caught.value.stderr_tail
    assert "the wrong file was run" not in caught.value.stderr_tail


def test_a_closed_channel_ends_the_worker() -> None:
    """A worker without a parent to serve greets and ends by itself, without an error."""
    done = subprocess.run(
        [sys.executable, "-P", "-m", "pipeline_schema.run.worker"], input=b"", capture_output=True, check=False
    )
    assert done.returncode == 0
    assert b"Hello" in done.stdout
    assert done.stderr == b""


def test_garbage_on_the_channel_ends_the_worker() -> None:
    """A worker that is started by hand and fed something else ends with an error, and runs nothing."""
    done = subprocess.run(
        [sys.executable, "-P", "-m", "pipeline_schema.run.worker"],
        input=b"import os; os.abort()\n",
        capture_output=True,
        check=False,
    )
    assert done.returncode == 1
    assert b"ProtocolError" in done.stderr


@pytest.mark.skipif(os.name == "nt", reason="Windows has process groups, not sessions")
def test_a_worker_leads_its_own_session() -> None:
    """A terminal's Ctrl-C and hang-up do not reach the worker: the parent decides."""
    with Worker() as worker:
        assert os.getsid(worker.pid) == worker.pid != os.getsid(0)


_ENDING = """
import atexit, threading, time
from concurrent.futures import ProcessPoolExecutor
from pipeline_schema.run.worker import _leave

if __name__ == "__main__":
    pool = ProcessPoolExecutor(1)
    pool.submit(abs, 1).result()
    threading.Thread(target=lambda: (time.sleep(0.2), print("thread"))).start()
    atexit.register(print, "atexit")
    _leave()
    print("never")
"""


def test_the_end_is_quick_and_what_libraries_left_to_be_done_is(tmp_path: Path) -> None:
    """Threads finish, processes that a library keeps are told to end, exit functions run, what was printed is there."""
    (tmp_path / "ending.py").write_text(_ENDING)
    ended = subprocess.run([sys.executable, tmp_path / "ending.py"], capture_output=True, text=True, timeout=20)
    assert (ended.returncode, ended.stdout.split(), ended.stderr) == (0, ["thread", "atexit"], "")
