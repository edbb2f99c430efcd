"""A pytest plugin: ``-p tools.collect_calls.plugin``, with ``COLLECT_LIBRARIES`` and ``COLLECT_INTO`` set."""

from __future__ import annotations

import importlib
import os
from pathlib import Path
from typing import Any

from tools.collect_calls.recorder import Recorder

__all__ = ["pytest_configure", "pytest_unconfigure"]

_recorders: list[Recorder] = []


def pytest_configure(config: Any) -> None:
    """Stand in before any test module is imported."""
    # Compiled, and takes `numpy.add` for the ufunc that it is: must come before anything stands in its place.
    importlib.import_module("numpy._core._rational_tests")
    _recorders.append(Recorder(os.environ["COLLECT_LIBRARIES"].split(",")))


def pytest_unconfigure(config: Any) -> None:
    """Write what was noted."""
    if _recorders:
        _recorders.pop().write(Path(os.environ["COLLECT_INTO"]))
