"""A pytest plugin: ``-p tools.drop_in.plugin``, told by environment variables what to do, and where to write it."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tools.drop_in.outcomes import Outcome, Outcomes
from tools.drop_in.replacing import load, replace
from tools.drop_in.through_document import Calls, ThroughDocument

__all__ = ["pytest_collectreport", "pytest_load_initial_conftests", "pytest_runtest_logreport", "pytest_sessionfinish"]

_outcomes = Outcomes()
_calls = Calls()


@pytest.hookimpl(tryfirst=True)
def pytest_load_initial_conftests(early_config: Any, parser: Any, args: Any) -> None:
    """Stand in before any test module, and any conftest, is imported."""
    library, through = os.environ["DROP_IN_LIBRARY"], os.environ["DROP_IN_THROUGH"]
    if through == "raw":
        load(library)
    elif through == "call":
        _outcomes.replaced = replace(library, lambda function: function)
    else:
        _outcomes.replaced = replace(library, lambda function: ThroughDocument(function, _calls))
        _outcomes.calls = _calls


def pytest_collectreport(report: Any) -> None:
    """A module that can't be imported is a test that fails."""
    if report.failed:
        _outcomes.tests[report.nodeid] = Outcome("error", _message(report))


def pytest_runtest_logreport(report: Any) -> None:
    """Note how a test ended: by its call, or by what went wrong around it."""
    if report.when == "call" or report.outcome != "passed":
        word = "error" if report.failed and report.when != "call" else report.outcome
        _outcomes.tests[report.nodeid] = Outcome(word, _message(report) if report.failed else "")


def pytest_sessionfinish(session: Any, exitstatus: int) -> None:
    """Write what was noted: the process may still die when it ends, and had said all by then."""
    Path(os.environ["DROP_IN_INTO"]).write_bytes(msgspec.json.encode(_outcomes))


def _message(report: Any) -> str:
    crash = getattr(report.longrepr, "reprcrash", None)
    return str(report.longrepr if crash is None else crash.message)[:500]
