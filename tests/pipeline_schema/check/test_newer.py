"""Words of a newer format: kept, reported, and never run as if they were not there."""

from __future__ import annotations

from collections.abc import Callable

from pipeline_schema.document import Input, Step
from pipeline_schema.problems import Problem

Find = Callable[..., list[Problem]]


def test_unknown_words_are_errors_where_they_stand(find: Find) -> None:
    """What a newer format added to the document, an input or a step keeps it from running here."""
    problems = find(
        "unknown-version",
        Step(function="skimage:filters.gaussian", unknown={"tiles": [2, 2]}),
        Step(function="", id="pre", unknown={"by": "C", "cases": {}}, inputs={"@": "gaussian"}),
        inputs={"other": Input(unknown={"unit": "um"})},
        unknown={"layout": {}},
        format="pipeline-schema/1.7",
    )
    assert {(problem.pointer, problem.severity) for problem in problems} == {
        ("/layout", "error"),
        ("/inputs/other/unit", "error"),
        ("/steps/0/tiles", "error"),
        ("/steps/1/by", "error"),
        ("/steps/1/cases", "error"),
    }


def test_a_step_without_function_is_not_unknown_besides(find: Find) -> None:
    """One mistake is reported once."""
    assert not find("unknown-function", Step(function="", unknown={"by": "C"}))
