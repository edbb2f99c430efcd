"""Places: problems in the order in which a reader of the document meets them, each once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from pipeline_schema.document import Pipeline
from pipeline_schema.problems import Problem

__all__ = ["beyond", "in_order"]

_TOP = ("$schema", "format", "name", "description", "requires", "inputs", "steps", "outputs")
_STEP = ("id", "function", "inputs", "params", "options", "description")


def in_order(problems: Iterable[Problem], pipeline: Pipeline) -> list[Problem]:
    """Problems sorted by place; those of one place keep their order."""
    inputs = list(pipeline.inputs)

    def rank(problem: Problem) -> tuple[int, ...]:
        if problem.line is not None and problem.column is not None:
            return problem.line, problem.column
        top, second, third = (*problem.pointer.split("/")[1:4], "", "", "")[:3]
        if top == "inputs":
            return _index(_TOP, top), _index(inputs, second), 0
        return _index(_TOP, top), int(second) if second.isdecimal() else -1, _index(_STEP, third)

    return sorted(problems, key=rank)


def beyond(problems: Iterable[Problem], known: Iterable[Problem]) -> Iterator[Problem]:
    """Problems that do not merely follow from known ones.

    Left out are those at or below a place that is known to be wrong, and parameters that are missing where one of the
    same step could not be read.
    """
    places = {problem.pointer for problem in known} - {""}
    inside = {above for place in places for above in _above(place)}
    for problem in problems:
        if problem.pointer in places or not places.isdisjoint(_above(problem.pointer)):
            continue
        if problem.code == "missing-parameter" and problem.pointer in inside:
            continue
        yield problem


def _above(pointer: str) -> Iterator[str]:
    while pointer := pointer.rpartition("/")[0]:
        yield pointer


def _index(names: tuple[str, ...] | list[str], name: str) -> int:
    return names.index(name) if name in names else -1
