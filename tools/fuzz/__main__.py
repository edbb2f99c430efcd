"""``python -m tools.fuzz --seconds N --seed S``: look for inputs that break a promise; exit code 1 if there are any."""

from __future__ import annotations

import argparse
import json
import multiprocessing
import sys
import tempfile
import time
from pathlib import Path

from tools.fuzz.campaign import campaign
from tools.fuzz.findings import keep
from tools.fuzz.promises import FORMATS

# An input takes milliseconds, and making a finding small at most some tens of seconds.
_HANGS_AFTER = 90


def main(arguments: list[str] | None = None) -> int:
    """Run campaigns until the time is over; after a crash or a hang goes on with the next seed."""
    parser = argparse.ArgumentParser(prog="python -m tools.fuzz", description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--format", choices=FORMATS, action="append", help="by default all that this version reads")
    given = parser.parse_args(arguments)
    formats = tuple(given.format or FORMATS)
    until = time.monotonic() + given.seconds
    seed, examined, found = given.seed, 0, 0
    with tempfile.TemporaryDirectory() as folder:
        current, report = Path(folder, "current"), Path(folder, "report.json")
        while (left := until - time.monotonic()) > 0:
            report.write_text('{"examined": 0, "findings": []}', encoding="utf-8")
            if (died := _run(left, seed, formats, current, report)) is not None:
                read_as, _, data = current.read_bytes().partition(b"\n")
                print(f"{keep(data, read_as.decode(), died).name}: the process {died}")
                found += 1
            facts = json.loads(report.read_text(encoding="utf-8"))
            examined += facts["examined"]
            found += len(facts["findings"])
            seed += 1
    print(f"{examined} inputs examined as {', '.join(formats)} in {given.seconds:.0f} s: {found} findings")
    return 1 if found else 0


def _run(seconds: float, seed: int, formats: tuple[str, ...], current: Path, report: Path) -> str | None:
    """One campaign in a process of its own; None if it came to its end, else how it did not."""
    current.unlink(missing_ok=True)
    arguments = (seconds, seed, formats, current, report)
    child = multiprocessing.get_context("spawn").Process(target=campaign, args=arguments)
    child.start()
    while child.is_alive():
        child.join(2)
        if current.exists() and time.time() - current.stat().st_mtime > _HANGS_AFTER and child.is_alive():
            child.kill()
            child.join()
            return "hangs"
    if child.exitcode and child.exitcode > 0:
        sys.exit(child.exitcode)  # a mistake of the campaign: its own traceback says which
    return f"ended with signal {-child.exitcode}" if child.exitcode else None


if __name__ == "__main__":
    sys.exit(main())
