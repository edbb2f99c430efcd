"""The report of a check on a GPU, and its place in docs/gpu.md."""

from __future__ import annotations

import math
from collections import defaultdict
from pathlib import Path
from typing import NamedTuple
from xml.etree import ElementTree

__all__ = ["BEGIN", "END", "Outcome", "insert", "read", "write_figures"]

BEGIN, END = "<!-- figures -->", "<!-- end of figures -->"
_WORST = 15


class Outcome(NamedTuple):
    """What pytest found.

    Attributes
    ----------
    counts : dict of int
        By ``passed``, ``failed``, ``skipped``.
    apart : dict of float
        By key: how far a function's result lies from that of its counterpart.
    failed : list of str
        The names of the tests that failed.
    """

    counts: dict[str, int]
    apart: dict[str, float]
    failed: list[str]


def read(path: Path) -> Outcome:
    """Read pytest's report (``--junitxml``).

    Parameters
    ----------
    path : Path
    """
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    apart: dict[str, float] = {}
    failed = []
    for case in ElementTree.parse(path).getroot().iter("testcase"):
        broken = case.find("failure") is not None or case.find("error") is not None
        state = "failed" if broken else "skipped" if case.find("skipped") is not None else "passed"
        counts[state] += 1
        if broken:
            failed.append(str(case.get("name")))
        found = {str(one.get("name")): str(one.get("value")) for one in case.iter("property")}
        if {"key", "apart"} <= found.keys():
            apart[found["key"]] = float(found["apart"])
    return Outcome(counts, apart, failed)


def write_figures(device: str, tested: Outcome, benchmarks: str, catalogs: str) -> str:
    """The figures as Markdown.

    Parameters
    ----------
    device : str
        Its name, driver and libraries.
    tested : Outcome
    benchmarks, catalogs : str
        What these commands print.
    """
    lines = [f"On {device}.", "", ", ".join(f"{count} {state}" for state, count in tested.counts.items()) + "."]
    lines += ["", *(f"- failed: `{name}`" for name in tested.failed)] if tested.failed else []
    by_library: dict[str, list[float]] = defaultdict(list)
    for key, apart in tested.apart.items():
        by_library[key.partition(":")[0]].append(apart)
    lines += ["", "| library | functions beside their counterparts | equal | within 1e-6 | within 1e-4 | further |"]
    lines += ["|---|---|---|---|---|---|"]
    for library, found in sorted(by_library.items()):
        counts = [sum(low < apart <= high for apart in found) for low, high in _STEPS]
        lines.append(f"| {library} | {len(found)} | {' | '.join(map(str, counts))} |")
    lines += ["", "| furthest | apart, by the greatest value |", "|---|---|"]
    lines += [f"| `{key}` | {apart:.1e} |" for key, apart in _furthest(tested.apart)]
    return "\n".join([*lines, "", "```", benchmarks.rstrip(), "```", "", "```", catalogs.rstrip(), "```"])


def insert(page: str, figures: str) -> str:
    """A page with its figures replaced.

    Raises
    ------
    ValueError
        If the page has no place for them.
    """
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"the page has no place for figures, between {BEGIN} and {END}")
    return f"{before}{BEGIN}\n{figures}\n{END}{after}"


_STEPS = ((-math.inf, 0.0), (0.0, 1e-6), (1e-6, 1e-4), (1e-4, math.inf))


def _furthest(apart: dict[str, float]) -> list[tuple[str, float]]:
    found = [(key, value) for key, value in apart.items() if value > 0]
    return sorted(found, key=lambda item: -item[1])[:_WORST]
