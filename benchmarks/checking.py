"""Figures of ``pipeline check``: how long it takes to start, and what a document costs among a thousand."""

from __future__ import annotations

import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import msgspec

import pipeline_schema as ps

__all__ = ["measure"]

Row = Callable[[str, float, float, str], None]

# `import pydantic` alone loads nothing of it.
_FLOOR = "import msgspec\nfrom pydantic import BaseModel"
_CHECK = "import sys\nsys.argv = ['pipeline', 'check', *{paths!r}]\nfrom pipeline_schema.cli.main import main\nmain()"


def measure(row: Row, process: Callable[..., float], examples: Path) -> None:
    """Measure, and tell it in rows.

    Parameters
    ----------
    row : callable
        Takes what was measured, seconds, the floor's seconds, and the goal.
    process : callable
        From a program to the median seconds that a fresh Python takes for it.
    examples : Path
        Where documents are.
    """
    texts = [path.read_text() for path in sorted(examples.glob("*.pipeline.json"))]
    floor = process(_FLOOR)
    with tempfile.TemporaryDirectory() as folder:
        one = Path(folder, "one.pipeline.json")
        one.write_text(texts[0])
        started = process(_CHECK.format(paths=[str(one)]))
        row("pipeline check, one document / importing msgspec, pydantic", started, floor, "2.5x")
        for number in range(1, 1000):
            Path(folder, f"{number:04}.pipeline.json").write_text(texts[number % len(texts)])
        thousand = _seconds(_CHECK.format(paths=[folder]))
        typed = msgspec.json.Decoder(ps.Pipeline)
        began = time.perf_counter()
        for number in range(1000):
            typed.decode(texts[number % len(texts)])
        decoded = (time.perf_counter() - began) / 1000
        row("check, one of 1,000 documents / msgspec typed decode", (thousand - started) / 1000, decoded, "1 ms")


def _seconds(code: str) -> float:
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)
    return time.perf_counter() - began
