"""The tool's commands."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

import msgspec

from registry.catalog import load_catalog
from registry.libraries import find_library
from tools.collect_calls.notes import shorten
from tools.collect_calls.recorder import Recorder
from tools.collect_calls.runs import run_docstrings, run_scripts

_SHIPPED = Path(__file__).parents[2] / "src" / "registry" / "evidence"


def main(arguments: list[str] | None = None) -> int:
    """Collect, or put together what was collected."""
    parser = argparse.ArgumentParser(prog="python -m tools.collect_calls", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    docs = commands.add_parser("docstrings", help="run the examples of a library's docstrings")
    docs.add_argument("library")
    docs.add_argument("into", type=Path)
    scripts = commands.add_parser("scripts", help="run the scripts below a folder")
    scripts.add_argument("libraries", help="with commas")
    scripts.add_argument("folder", type=Path)
    scripts.add_argument("into", type=Path)
    merge = commands.add_parser("merge", help="write src/registry/evidence from files of notes")
    merge.add_argument("notes", type=Path, nargs="+")
    given = parser.parse_args(arguments)
    if given.command == "merge":
        _merge(given.notes)
        return 0
    libraries = [given.library] if given.command == "docstrings" else given.libraries.split(",")
    recorder = Recorder(libraries)
    if given.command == "docstrings":
        count = run_docstrings(given.library, recorder)
    else:
        count = run_scripts(given.folder, recorder)
    recorder.write(given.into)
    print(f"{count} run, {sum(recorder.calls.values())} calls of {len(recorder.calls)} functions", file=sys.stderr)
    return 0


def _merge(paths: list[Path]) -> None:
    united: dict[str, dict[str, dict[str, list[Any]]]] = {}
    for path in paths:
        for key, parameters in msgspec.json.decode(path.read_bytes())["accepted"].items():
            for name, values in parameters.items():
                known = united.setdefault(key.partition(":")[0], {}).setdefault(key, {}).setdefault(name, [])
                known.extend(values)
    _SHIPPED.mkdir(exist_ok=True)
    for library, keys in united.items():
        accepted = {
            key: {name: shorten(values) for name, values in sorted(parameters.items())}
            for key, parameters in sorted(keys.items())
        }
        text = _write(library, load_catalog(library).version, find_library(library).distributions[0], accepted)
        (_SHIPPED / f"{library}.json").write_text(text, encoding="utf-8")
        print(f"{library}: {len(accepted)} functions, {sum(map(len, accepted.values()))} parameters, {len(text)} bytes")


def _write(library: str, version: str, distribution: str, accepted: dict[str, dict[str, list[Any]]]) -> str:
    """One parameter a line, so that a change shows as the line that changed."""

    def text(value: Any) -> str:
        return msgspec.json.encode(value, order="sorted").decode()

    keys = []
    for key, parameters in accepted.items():
        lines = ",\n".join(f"   {text(name)}: {text(values)}" for name, values in parameters.items())
        keys.append(f"  {text(key)}: {{\n{lines}\n  }}")
    head = f' "library": {text(library)},\n "distribution": {text(distribution)},\n "version": {text(version)},\n'
    return "{\n" + head + ' "accepted": {\n' + ",\n".join(keys) + "\n }\n}\n"


if __name__ == "__main__":
    sys.exit(main())
