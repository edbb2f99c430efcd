"""Order: problems come as a reader of the document meets them."""

from __future__ import annotations

from pipeline_schema.check.places import in_order
from pipeline_schema.document import Input, Pipeline
from pipeline_schema.problems import Problem


def test_problems_come_in_the_order_of_the_document() -> None:
    """Top-level keys, then inputs as written, then steps by number and within them by key."""
    pointers = [
        "",
        "/requires/numpy",
        "/inputs/zeta/axes",
        "/inputs/alpha/axes",
        "/steps/2",
        "/steps/2/function",
        "/steps/2/inputs/@",
        "/steps/2/params/sigma",
        "/steps/2/options/dtype",
        "/steps/10/function",
        "/outputs/labels",
    ]
    pipeline = Pipeline(inputs={"zeta": Input(), "alpha": Input()})
    problems = [Problem(code="schema-error", message="wrong", pointer=pointer) for pointer in reversed(pointers)]
    assert [problem.pointer for problem in in_order(problems, pipeline)] == pointers
