"""The command, in a process of its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

Done = subprocess.CompletedProcess[str]


@pytest.fixture
def command(tmp_path: Path) -> Callable[..., Done]:
    """Runs ``pipeline`` in the test's folder, with a cache of its own; `site` is where plugins are installed."""

    def run(*arguments: object, site: Path | None = None) -> Done:
        environment = {**os.environ, "PIPELINE_SCHEMA_CACHE": str(tmp_path / "cache")}
        if site is not None:
            environment["PYTHONPATH"] = str(site)
        words = [sys.executable, "-P", "-m", "pipeline_schema", *map(str, arguments)]
        return subprocess.run(
            words, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False, timeout=120
        )

    return run
