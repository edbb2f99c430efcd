"""The command: runs a library's tests twice in fresh processes, and says what differs."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

import msgspec

from tools.drop_in.report import report, shown
from tools.drop_in.suites import find_suite


def main(arguments: list[str] | None = None) -> int:
    """Run and compare; 0 if each difference is known and explained, 1 if one is not, 3 if it could not be run."""
    parser = argparse.ArgumentParser(prog="python -m tools.drop_in", description=__doc__)
    parser.add_argument("library", help="scipy, skimage, pyclesperanto: the prefix of its keys")
    parser.add_argument("--through", choices=("call", "document"), default="call", help="how a function is called")
    parser.add_argument("--tests", type=Path, metavar="FOLDER", help="the library's tests, if they don't come with it")
    parser.add_argument("--timeout", type=float, default=3600, metavar="S", help="for each of the two runs")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the report there, too")
    parser.usage = f"{parser.format_usage().removeprefix('usage: ').strip()} [-- FILE-OR-FOLDER ... PYTEST-OPTION ...]"
    given, pytest = _split(sys.argv[1:] if arguments is None else arguments)
    asked = parser.parse_args(given)
    try:
        suite = find_suite(asked.library, asked.tests)
        found = report(asked.library, suite, asked.through, pytest, timeout=asked.timeout)
    except (FileNotFoundError, RuntimeError) as error:
        print(error, file=sys.stderr)
        return 3
    if asked.json is not None:
        asked.json.write_bytes(msgspec.json.format(msgspec.json.encode(found), indent=1))
    print(shown(found))
    return int(any(difference.why is None for difference in found.differences))


def _split(arguments: list[str]) -> tuple[list[str], list[str]]:
    """What is ours, and what is pytest's: what stands behind ``--``."""
    end = arguments.index("--") if "--" in arguments else len(arguments)
    return arguments[:end], arguments[end + 1 :]


if __name__ == "__main__":
    sys.exit(main())
