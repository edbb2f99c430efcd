"""Running examples: of docstrings, and scripts of a gallery."""

from __future__ import annotations

import doctest
import importlib
import io
import runpy
import signal
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path
from types import FrameType
from typing import Any

from registry.catalog import load_catalog
from tools.collect_calls.recorder import Recorder

__all__ = ["run_docstrings", "run_scripts"]


def run_docstrings(library: str, recorder: Recorder, *, seconds: int = 60) -> int:
    """Run the examples in the docstrings of a library's functions, line by line; a line that raises is passed over."""
    import numpy as np

    parser = doctest.DocTestParser()
    count = 0
    for entry in load_catalog(library).entries:
        module, _, name = entry.import_path.partition(":")
        try:
            text = getattr(importlib.import_module(module), name).__doc__ or ""
            examples = parser.get_examples(text)
        except (ImportError, AttributeError, ValueError):
            continue
        names: dict[str, Any] = {"__name__": "__main__", "np": np}
        with _quiet(), _at_most(seconds):
            for example in examples:
                count += 1
                _run(example.source, names)
    return count


def run_scripts(folder: Path, recorder: Recorder, *, seconds: int = 120) -> int:
    """Run each script below a folder; one that raises or takes too long counts up to there."""
    import matplotlib

    matplotlib.use("Agg")
    scripts = sorted(folder.rglob("plot_*.py"))
    for script in scripts:
        with _quiet():
            try:
                with _at_most(seconds):
                    runpy.run_path(str(script), run_name="__main__")
            except (Exception, SystemExit) as error:
                print(f"{script.name}: {type(error).__name__}: {error}"[:200], file=sys.__stderr__)
            finally:
                sys.modules["matplotlib.pyplot"].close("all") if "matplotlib.pyplot" in sys.modules else None
    return len(scripts)


def _run(source: str, names: dict[str, Any]) -> None:
    try:
        exec(compile(source, "<example>", "single"), names)
    except (Exception, SystemExit):
        return


@contextmanager
def _quiet() -> Iterator[None]:
    with warnings.catch_warnings(), redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()):
        warnings.simplefilter("ignore")
        yield


@contextmanager
def _at_most(seconds: int) -> Iterator[None]:
    def stop(number: int, frame: FrameType | None) -> None:
        raise TimeoutError(f"longer than {seconds} s")

    before = signal.signal(signal.SIGALRM, stop)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)
