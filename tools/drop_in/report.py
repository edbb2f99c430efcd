"""The two runs of a library's tests, each in a process of its own, and what they say together."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path

import msgspec

from registry.catalog import load_catalog
from registry.libraries import installed
from tools.drop_in.outcomes import Difference, Outcomes, differences
from tools.drop_in.suites import Suite
from tools.drop_in.through_document import Calls

__all__ = ["Report", "known_causes", "report", "run", "shown"]

_ROOT = Path(__file__).parents[2]
_KNOWN = Path(__file__).with_name("known.json")


class Report(msgspec.Struct, kw_only=True):
    """What the two runs gave.

    Attributes
    ----------
    library, version : str
    through : {'call', 'document'}
    raw, replaced : dict of str to int
        How many tests ended in which way, with the library's functions and with the registry's.
    functions : list of int
        How many functions were replaced, and how many the catalog has.
    differences : list of Difference
    calls : Calls or None
        Of documents.
    """

    library: str
    version: str
    through: str
    raw: dict[str, int]
    replaced: dict[str, int]
    functions: tuple[int, int]
    differences: list[Difference]
    calls: Calls | None = None


class _Cause(msgspec.Struct, forbid_unknown_fields=True):
    """Why tests end otherwise."""

    through: list[str]
    why: str
    tests: list[str]


def known_causes(library: str, through: str) -> dict[str, str]:
    """The causes of differences that are known, by test."""
    causes = msgspec.json.decode(_KNOWN.read_bytes(), type=dict[str, list[_Cause]]).get(library, [])
    return {test: cause.why for cause in causes if through in cause.through for test in cause.tests}


def report(library: str, suite: Suite, through: str, pytest: list[str], *, timeout: float = 3600) -> Report:
    """Run a library's tests with its own functions, then with the registry's, and compare.

    Parameters
    ----------
    library : str
        Prefix of its keys.
    suite : Suite
        Its tests.
    through : {'call', 'document'}
        Whether the registry's callables are called as they are, or each call goes through a document.
    pytest : list of str
        More for pytest: files relative to the suite's folder, options.
    timeout : float
        Seconds for each run.
    """
    raw, replaced = (run(library, suite, how, pytest, timeout=timeout) for how in ("raw", through))
    return Report(
        library=library,
        version=(installed(library) or ("", ""))[1],
        through=through,
        raw=raw.counts,
        replaced=replaced.counts,
        functions=(len(replaced.replaced), len(load_catalog(library).entries)),
        differences=differences(raw, replaced, known_causes(library, through)),
        calls=replaced.calls,
    )


def run(library: str, suite: Suite, through: str, pytest: list[str], *, timeout: float = 3600) -> Outcomes:
    """Run a library's tests in a fresh process.

    Parameters
    ----------
    library, suite, pytest, timeout
        As for `report`.
    through : {'raw', 'call', 'document'}
        Whose functions are tested, and how they are called.

    Raises
    ------
    RuntimeError
        If it takes too long, or the process died; with what it said last.
    """
    with tempfile.TemporaryDirectory() as scratch:
        into = Path(scratch) / "outcomes.json"
        told = {"DROP_IN_LIBRARY": library, "DROP_IN_THROUGH": through, "DROP_IN_INTO": str(into)}
        paths = os.pathsep.join([str(_ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
        where = {
            "PYTHONPATH": paths,
            "PYTHONHASHSEED": "0",
            "HYPOTHESIS_STORAGE_DIRECTORY": scratch,
            "MPLBACKEND": "agg",
        }
        asked, options = _files(suite, pytest)
        command = [sys.executable, "-m", "pytest", "-p", "tools.drop_in.plugin", *suite.options, *options]
        command += asked or [str(suite.folder)]
        try:
            ended = subprocess.run(
                command, cwd=scratch, env=os.environ | told | where, timeout=timeout,
                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace", check=False,
            )  # fmt: skip
        except subprocess.TimeoutExpired as error:
            raise RuntimeError(f"the tests took longer than {timeout:g} s ({through}); say --timeout") from error
        if not into.exists():
            raise RuntimeError(f"pytest ended with {ended.returncode} and ran nothing:\n{ended.stdout[-2000:]}")
        return msgspec.json.decode(into.read_bytes(), type=Outcomes)


def _files(suite: Suite, words: list[str]) -> tuple[list[str], list[str]]:
    """Which words for pytest are tests of the suite, as paths, and which are options and their values."""
    paths = {word: suite.folder / word for word in words if (suite.folder / word.partition("::")[0]).exists()}
    return [str(path) for path in paths.values()], [word for word in words if word not in paths]


def shown(found: Report) -> str:
    """A report as text."""
    lines = [
        f"{found.library} {found.version}: {found.functions[0]} of {found.functions[1]} functions replaced, "
        f"each called {'as it is' if found.through == 'call' else 'through a document'}",
        f"  the library's own:  {_counts(found.raw)}",
        f"  the registry's:     {_counts(found.replaced)}",
    ]
    if found.calls is not None:
        direct, called = sum(found.calls.direct.values()), len(found.calls.functions)
        lines.append(f"  {called} functions called: {found.calls.documents} times by a document, {direct} times not")
        ordered = sorted(found.calls.direct.items(), key=lambda pair: -pair[1])
        lines += [f"    {count:6} {reason}" for reason, count in ordered]
        lines += [f"  refused in vain: {place}: {message}" for place, message in sorted(found.calls.refused.items())]
    for difference in found.differences:
        lines.append(f"  {difference.raw} -> {difference.replaced}: {difference.test}")
        lines.append(f"      {difference.why or difference.message}")
    if not found.differences:
        lines.append("  no test ends otherwise")
    return "\n".join(lines)


def _counts(counts: dict[str, int]) -> str:
    return ", ".join(f"{count} {word}" for word, count in counts.items())
