"""Checking is bounded: what a document of the limits can ask for takes seconds at most, on a small stack."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any

import pytest

from pipeline_schema.check import check
from pipeline_schema.limits import MAX_PROBLEMS, MAX_STEPS
from pipeline_schema.problems import Problem

Document = dict[str, Any]

# The longest message; a name that is quoted in one is cut short.
LONGEST = 2_000


def document(steps: list[Document], **more: Any) -> Document:
    """A document of these steps."""
    return {"format": "pipeline-schema/1", "inputs": {"image": {}}, "steps": steps, **more}


def calls(function: str, params: Document, count: int = 1) -> Document:
    """A document of so many calls of a function."""
    return document([{"function": function, "params": params}] * count)


def named(count: int, *, references: Callable[[int], str], prefix: str = "a") -> list[Document]:
    """So many steps with ids, each taking what `references` says."""
    return [
        {"id": f"{prefix}{index}", "function": "numpy:negative", "inputs": {"@": references(index)}}
        for index in range(count)
    ]


def disks(value: Any, depth: int) -> Any:
    """Calls within calls."""
    for _ in range(depth):
        value = {"$call": "skimage:morphology.disk", "params": {"radius": value}}
    return value


LONG = "e" * 65_000
HALF = MAX_STEPS // 2

# Made when needed: together they are 20 MB.
BOMBS: dict[str, Callable[[], Document]] = {
    "references to nothing": lambda: document(named(MAX_STEPS, references=lambda index: f"b{index}")),
    "outputs of nothing": lambda: document([], outputs={f"o{index}": f"b{index}" for index in range(20_000)}),
    "items of nothing": lambda: document(named(MAX_STEPS, references=lambda index: f"image.x{index}")),
    "circles of two": lambda: document(
        [
            *named(HALF, references=lambda index: f"b{index}"),
            *named(HALF, references=lambda index: f"a{index}", prefix="b"),
        ]
    ),
    "one circle": lambda: document(named(MAX_STEPS, references=lambda index: f"a{(index + 1) % MAX_STEPS}")),
    "one id": lambda: document([{"id": "a", "function": "numpy:negative"}] * MAX_STEPS),
    "all switched off": lambda: document([{"function": "numpy:negative", "options": {"enabled": False}}] * MAX_STEPS),
    "unknown functions": lambda: document([{"function": f"skimage:filters.gausian{n}"} for n in range(MAX_STEPS)]),
    "unknown parameters": lambda: calls(
        "skimage:segmentation.slic", {f"sigmo{index}": 1 for index in range(20)}, 2_000
    ),
    "wrong choices": lambda: document(
        [{"function": "skimage:filters.gaussian", "params": {"mode": f"neares{n}"}} for n in range(MAX_STEPS)]
    ),
    "calls in calls": lambda: calls("numpy:add", {"x2": disks([1] * 40_000, 28)}),
    "a range without end": lambda: calls("numpy:sum", {"axis": {"$range": [0, 9_000_000_000_000_000_000, 1]}}),
    "a range beyond 64 bits": lambda: calls("numpy:sum", {"axis": {"$range": [0, {"$int": "9" * 40}, 1]}}),
    "a complex number beyond doubles": lambda: calls("numpy:add", {"x2": {"$complex": [{"$int": "9" * 400}, 1]}}),
    "files that are not there": lambda: calls(
        "numpy:add", {"x2": [{"$file": {"path": f"a{n}.npy", "sha256": "0" * 64}} for n in range(5_000)]}
    ),
    "requirements": lambda: document([], requires={f"a{index}": ">=1" for index in range(10_000)}),
    "long references": lambda: document(named(50, references=lambda index: LONG)),
    "long functions": lambda: document([{"function": LONG}] * 50),
    "long parameters": lambda: calls("numpy:negative", {LONG: 1}, 50),
    "long choices": lambda: calls("skimage:filters.gaussian", {"mode": LONG}, 50),
    "long specifiers": lambda: document([], requires={"numpy": LONG, LONG: ">=1"}),
    "long options": lambda: document([{"function": "numpy:add", "options": {"dtype": LONG, "scale": LONG}}] * 30),
}


def timed_check(data: bytes) -> tuple[list[Problem], float]:
    """What `check` finds, and the seconds of processor time that it takes."""
    started = time.thread_time()
    return check(data), time.thread_time() - started


@pytest.mark.parametrize("name", BOMBS)
def test_checking_ends(name: str, on_a_small_stack: Callable[[Callable[[], Any]], Any]) -> None:
    """Whatever stands in a document of the permitted size: typed answers, short and not too many, in bounded time."""
    data = json.dumps(BOMBS[name]()).encode()
    outcome = on_a_small_stack(lambda: timed_check(data))
    if isinstance(outcome, Exception):
        raise outcome
    problems, seconds = outcome
    # Generous, for slow and busy machines: what is not linear takes minutes.
    assert seconds < 15
    assert len(problems) <= MAX_PROBLEMS + 1
    assert max((len(problem.message) for problem in problems), default=0) < LONGEST


@pytest.mark.parametrize("name", ["a range without end", "a complex number beyond doubles"])
def test_values_that_no_function_could_go_through_are_refused(name: str) -> None:
    """They are problems of the document, and not of the function that would be given them."""
    (problem,) = (p for p in check(json.dumps(BOMBS[name]()).encode()) if p.code in ("limit-exceeded", "payload-error"))
    assert problem.pointer.startswith("/steps/0/params/")
    assert problem.line == 1
