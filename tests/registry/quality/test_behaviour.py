"""Counting what trials saw."""

from __future__ import annotations

from registry.entry import FunctionEntry, Observed
from registry.quality import behaviour


def _entry(name: str, observed: Observed | None) -> FunctionEntry:
    return FunctionEntry(key=f"skimage:{name}", import_path=f"made:{name}", observed=observed)


def test_counts() -> None:
    """Each function counts where it belongs, and one that was not tried counts nowhere."""
    found = behaviour(
        [
            _entry("a", None),
            _entry("b", Observed(stack="slices", range="unit", results={"2d": "float64 (Y, X)"}, mutates=("image",))),
            _entry("c", Observed(stack="error", range="input", results={"2d": "int", "rgb": "crash (SIGSEGV)"})),
            _entry("d", Observed(failure="timeout")),
            _entry("e", Observed(failure="ValueError: no", stack="")),
            _entry("f", Observed(range="other", random=True, stack="values")),
        ]
    )
    assert (found.tried, found.ran, found.ended) == (5, 3, 2)
    assert (found.stacks, found.mixed) == (1, 2)
    assert (found.unit, found.counts, found.other) == (1, 1, 1)
    assert (found.mutates, found.random) == (1, 1)
    assert (found + found).tried == 10
