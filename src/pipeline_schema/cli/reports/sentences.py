"""What is said of a problem where there is room for text and none for colours."""

from __future__ import annotations

from collections.abc import Iterator

from pipeline_schema.escapes import one_line
from pipeline_schema.problems import Problem

__all__ = ["sentences"]


def sentences(problem: Problem) -> Iterator[str]:
    """What is wrong, what was meant, what to install: each a line, with what can't be seen shown escaped."""
    yield one_line(problem.message)
    if problem.suggestions:
        yield f"did you mean {' or '.join(map(one_line, problem.suggestions))}?"
    if problem.install:
        yield one_line(problem.install)
