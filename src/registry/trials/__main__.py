"""``python -m registry.trials LIBRARY``: what its functions do, as a table."""

from __future__ import annotations

import argparse
import fnmatch
import sys
from collections import Counter
from pathlib import Path

import msgspec

from registry import catalog
from registry.entry import Observed
from registry.trials.running import run_trials

__all__ = ["main"]


def main(arguments: list[str] | None = None) -> int:
    """Run trials and print them; the exit code is 1 if a function did not run on any image."""
    chosen = _parser().parse_args(arguments)
    keys = [
        entry.key
        for entry in catalog.entries(chosen.library)
        if not chosen.patterns or any(fnmatch.fnmatchcase(entry.name, pattern) for pattern in chosen.patterns)
    ]
    width = max(map(len, keys), default=0)

    def tell(key: str, observed: Observed) -> None:
        sys.stdout.write(f"{key:{width}}  {_row(observed)}\n")
        sys.stdout.flush()

    found = run_trials(
        chosen.library, keys, timeout=chosen.timeout, workers=chosen.workers, quick=chosen.quick, on_done=tell
    )
    if chosen.output is not None:
        chosen.output.write_bytes(msgspec.json.format(msgspec.json.encode(found), indent=1) + b"\n")
    sys.stdout.write(f"{_counts(found)}\n")
    return int(any(observed.failure for observed in found.values()))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m registry.trials", description=__doc__)
    parser.add_argument("library", help="for example skimage")
    parser.add_argument("patterns", nargs="*", help="names or globs, without the library: 'filters.*'")
    parser.add_argument("--timeout", type=float, default=20.0, help="seconds for the calls on one image")
    parser.add_argument("--workers", type=int, default=1, help="processes at once")
    parser.add_argument("--quick", action="store_true", help="one call of each function")
    parser.add_argument("-o", "--output", type=Path, help="write what was observed to this file, as JSON")
    return parser


def _row(observed: Observed) -> str:
    if observed.failure:
        return f"did not run: {observed.failure}"
    first = next(iter(observed.results.values()), "")
    facts = [" ".join(observed.images) or "no image", f"-> {first}"]
    if observed.stack:
        facts.append(f"stack: {observed.stack}")
    if observed.range:
        facts.append(f"range: {observed.range}")
    if observed.random:
        facts.append("random")
    if observed.mutates:
        facts.append(f"writes into {', '.join(observed.mutates)}")
    return "  ".join(facts)


def _counts(found: dict[str, Observed]) -> str:
    ran = [observed for observed in found.values() if not observed.failure]
    crashed = sum(any(r.startswith(("crash", "timeout")) for r in o.results.values()) for o in found.values())
    stacks = ", ".join(f"{word} {n}" for word, n in sorted(Counter(o.stack for o in ran if o.stack).items()))
    ranges = ", ".join(f"{word} {n}" for word, n in sorted(Counter(o.range for o in ran if o.range).items()))
    return (
        f"{len(found)} functions, {len(ran)} ran, {len(found) - len(ran)} did not; crashed or hung on some image "
        f"{crashed}; random {sum(o.random for o in ran)}; write into an input {sum(bool(o.mutates) for o in ran)}; "
        f"stack: {stacks or '-'}; range: {ranges or '-'}"
    )


if __name__ == "__main__":
    sys.exit(main())
