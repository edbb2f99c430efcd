"""Reads, checks and opens documents in a process of its own, and says what it did and what happened meanwhile.

``python probe.py FOLDER`` prints one JSON object. An audit hook notes what no document may cause: a process, a socket,
a file that is written. Documents that mean no harm are read first: what is imported for them is there for any.
"""

from __future__ import annotations

import json
import os
import sys
import threading
import time
from pathlib import Path
from typing import Any

FORBIDDEN = (
    "os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.putenv", "os.remove", "os.rename", "os.spawn",
    "os.startfile", "os.symlink", "os.system", "pickle.find_class", "shutil.", "socket.", "subprocess.Popen",
    "urllib.Request", "webbrowser.open", "ctypes.dlopen",
)  # fmt: skip

LIBRARIES = {"numpy", "skimage", "scipy", "cupy", "pyclesperanto", "imagecodecs", "tifffile"}

# Right, and mistaken in honest ways.
_START = '{"format": "pipeline-schema/1", "inputs": {"image": {}}, "steps": ['
HARMLESS = (
    _START + '{"function": "skimage:filters.gaussian", "params": {"sigma": 2.5}}]}',
    _START + '{"function": "skimage:filters.gausian"}, {"function": "cupy:ad"}, {"function": "pyclesperanto:blurr"}]}',
    _START + '{"function": "skimage:filters.gaussian", "params": {"sigme": 2, "mode": "neares", "truncate": "x"}}]}',
    _START + '{"function": "numpy:add", "params": {"x2": {"$call": "skimage:morphology.disk", "params": {}}}}]}',
    _START + '{"function": "numpy:add", "params": {"x2": {"$bytes": "AA=="}}, "options": {"memory": "cupy"}}]}',
    '{"format": "pipeline-schema/1", "requires": {"numpy": ">=1"}, "steps": [{"function": "numpy:negative"}]}',
    _START + '{"function": "numpy:add", "params": {"x2": {"$int": "1"}, "x2": 1e999}}]}',
    "[",
)

happened: list[str] = []
watching = False


def watch(event: str, arguments: tuple[Any, ...]) -> None:
    """Note what no document may cause."""
    if not watching:
        return
    writes = event == "open" and isinstance(arguments[1], str) and set(arguments[1]) & set("wax+")
    if event.startswith(FORBIDDEN) or writes:
        happened.append(f"{event} {arguments!r:.200}")


def main(folder: Path) -> None:
    """Go through a folder's documents."""
    from pipeline_schema.check import check
    from pipeline_schema.codec import digest, dumps, loads
    from pipeline_schema.errors import DocumentError
    from pipeline_schema.tui.files import open_document

    global watching
    answers: dict[str, Any] = {}

    def examine(path: Path) -> None:
        started = time.process_time()
        data = path.read_bytes()
        found = check(data, base=folder)
        answer: dict[str, Any] = {
            "problems": [[p.code, p.severity, p.pointer, p.line, p.column, p.message] for p in found],
            "seconds": 0.0,
        }
        for name, read in (("loads", lambda: loads(data)), ("opened", lambda: open_document(path))):
            try:
                pipeline = read()
                assert pipeline is not None
                answer[name] = digest(pipeline)
                answer["saved"] = digest(loads(dumps(pipeline))) == answer[name]
            except DocumentError as error:
                answer[name] = [[p.code, p.pointer] for p in error.problems]
        answer["seconds"] = time.process_time() - started
        answers[path.name.removesuffix(".pipeline.json")] = answer

    for text in HARMLESS:
        check(text)
    examine(folder / "harmless.json")
    answers.clear()
    paths = sorted(folder.glob("*.pipeline.json"))
    before, environment = set(sys.modules), dict(os.environ)
    sys.addaudithook(watch)
    watching = True

    def all_of_them() -> None:
        for path in paths:
            examine(path)

    # Where a server would read them: on a thread with a small stack.
    threading.stack_size(256 * 1024)
    thread = threading.Thread(target=all_of_them)
    thread.start()
    thread.join()
    seen = list(happened)
    (folder / "written").write_text("", encoding="utf-8")
    watching = False
    print(
        json.dumps(
            {
                "answers": answers,
                "happened": seen,
                "notices": len(happened) - len(seen),
                "imported": sorted(set(sys.modules) - before),
                "libraries": sorted(LIBRARIES & set(sys.modules)),
                "environment": dict(os.environ) == environment,
            }
        )
    )


main(Path(sys.argv[1]).resolve())
