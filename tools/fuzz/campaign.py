"""A campaign: documents are damaged and examined, one after the other, until the time is over.

It runs in a process of its own that writes down what it is about to examine: a crash or a hang is a finding too.
"""

from __future__ import annotations

import functools
import json
import random
import time
from collections import Counter
from pathlib import Path
from typing import Any

from tools.fuzz.findings import keep
from tools.fuzz.mutations import mutate, spoil, write
from tools.fuzz.promises import examine
from tools.fuzz.shrinking import shrink

__all__ = ["campaign", "seeds"]

_ROOT = Path(__file__).parents[2]
# Of one broken promise, so many findings: the rest are most likely the same mistake.
_MOST_ALIKE = 2


def seeds(seed: int, count: int) -> list[Any]:
    """Valid documents to start from: examples, golden documents, and as many drawn from the catalogs."""
    from hypothesis import HealthCheck, Phase, given, settings
    from hypothesis import seed as seeded

    from tools.fuzz.strategies import documents

    found: list[Any] = []
    for folder in ("examples", "tests/golden", "tests/hostile"):
        for path in sorted((_ROOT / folder).glob("*.pipeline.json")):
            try:
                found.append(json.loads(path.read_bytes()))
            except (ValueError, RecursionError):
                continue

    @seeded(seed)
    @settings(
        max_examples=count, database=None, phases=[Phase.generate], deadline=None, suppress_health_check=[*HealthCheck]
    )
    @given(documents())
    def collect(plain: Any) -> None:
        found.append(plain)

    collect()
    return found


def campaign(seconds: float, seed: int, formats: tuple[str, ...], current: Path, report: Path) -> None:
    """Examine until the time is over.

    Parameters
    ----------
    seconds : float
    seed : int
        The same gives the same inputs, on the same machine and version.
    formats : tuple of str
    current : Path
        Gets each input before it is examined: its format, a line end, its bytes.
    report : Path
        Gets figures and findings, as JSON, every few seconds.
    """
    rng = random.Random(seed)
    pool = seeds(seed, 200)
    alike: Counter[str] = Counter()
    facts: dict[str, Any] = {"seed": seed, "examined": 0, "accepted": 0, "seconds": 0.0, "findings": []}
    started = told = time.monotonic()
    while (now := time.monotonic()) - started < seconds:
        if now - told > 5:
            told = now
            report.write_text(json.dumps(facts), encoding="utf-8")
        spelling = rng.choice(formats)
        plain = mutate(rng.choice(pool), pool, rng)
        data = write(plain, spelling, rng)
        if rng.random() < 0.5:
            data = spoil(data, spelling, rng)
        current.write_bytes(spelling.encode() + b"\n" + data)
        broken = examine(data, spelling)
        facts["examined"] += 1
        facts["seconds"] = now - started
        if broken is None:
            continue
        alike[broken.what] += 1
        if alike[broken.what] > _MOST_ALIKE:
            continue
        what = broken.what
        small = shrink(data, functools.partial(_breaks, spelling, what))
        path = keep(small, spelling, what)
        facts["findings"].append([path.name, str(examine(small, spelling))])
        print(f"{path.name}: {examine(small, spelling)}", flush=True)
    facts["alike"] = dict(alike)
    report.write_text(json.dumps(facts), encoding="utf-8")


def _breaks(spelling: str, what: str, data: bytes) -> bool:
    broken = examine(data, spelling)
    return broken is not None and broken.what == what
