"""Figures of ``pipeline check``: what it costs to start, and what a document costs among a thousand.

In processor time of the processes, the least of several rounds, so that what else the machine does counts little.
"""

from __future__ import annotations

import os
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

# `import pydantic` alone loads next to nothing of it.
_FLOOR = ("-c", "import msgspec\nfrom pydantic import BaseModel")
_CHECK = ("-P", "-m", "pipeline_schema", "check")
_ROUNDS = 7


def measure(row: Row, examples: Path) -> None:
    """Measure, and tell it in rows.

    Parameters
    ----------
    row : callable
        Takes what was measured, seconds, the floor's seconds, and the goal.
    examples : Path
        Where documents are.
    """
    texts = [path.read_text() for path in sorted(examples.glob("*.pipeline.json"))]
    with tempfile.TemporaryDirectory() as folder:
        for number in range(1000):
            Path(folder, f"{number:04}.pipeline.json").write_text(texts[number % len(texts)])
        one = str(Path(folder, "0000.pipeline.json"))
        programs = {"floor": _FLOOR, "one": (*_CHECK, one), "all": (*_CHECK, folder)}
        rounds = [{name: _processor_time(words) for name, words in programs.items()} for _ in range(_ROUNDS)]
    least = {name: min(found[name] for found in rounds) for name in programs}
    row("pipeline check, one document / importing msgspec, pydantic", least["one"], least["floor"], "2.5x")
    decoder = msgspec.json.Decoder(ps.Pipeline)
    began = time.process_time()
    for number in range(1000):
        decoder.decode(texts[number % len(texts)])
    decoded = (time.process_time() - began) / 1000
    row("check, one of 1,000 documents / msgspec typed", (least["all"] - least["one"]) / 999, decoded, "1 ms")


def _processor_time(words: tuple[str, ...]) -> float:
    """Seconds that the processors worked for a process of Python."""
    before = os.times()
    subprocess.run([sys.executable, *words], check=True, capture_output=True)
    after = os.times()
    return after.children_user + after.children_system - before.children_user - before.children_system
