"""What a document's shorthand stands for, and what is wrong with its references."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_schema.document import Input, Options, Pipeline, Step
from pipeline_schema.graph import Ref, expand, find_problems, order, parse_reference, step_ids

GAUSS, OTSU, GREATER = "skimage:filters.gaussian", "skimage:filters.threshold_otsu", "numpy:greater"


def chain(*steps: Step, **kwargs: object) -> Pipeline:
    return Pipeline(inputs={"image": Input()}, steps=list(steps), **kwargs)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a", Ref("a", None)),
        ("a-1_b", Ref("a-1_b", None)),
        ("a.0", Ref("a", "0")),
        ("a.area", Ref("a", "area")),
        ("a.centroid-0", Ref("a", "centroid-0")),
        ("", None),
        ("1a", None),
        ("a.", None),
        ("a.b.c", None),
        ("a b", None),
        ("ä", None),
        ("a\n", None),
        ("a" * 65, None),
        ("a.٣", None),
    ],
)
def test_parse_reference(text: str, expected: Ref | None) -> None:
    """A reference is an id, or one item of it, in ASCII, and nothing else."""
    assert parse_reference(text) == expected


def test_left_out_ids_skip_every_name_that_is_taken() -> None:
    """A default id is the key's last part, numbered in document order, past ids that stand further down and inputs."""
    pipeline = Pipeline(
        inputs={"gaussian_2": Input()},
        steps=[Step(function=GAUSS), Step(function=GAUSS), Step(function=GAUSS), Step(function=OTSU, id="gaussian_3")],
    )
    assert step_ids(pipeline) == ["gaussian", "gaussian_4", "gaussian_5", "gaussian_3"]


def test_expand_writes_the_chain_out() -> None:
    """Left-out inputs take what stands before, the first step the first input, and the last step is the output."""
    expanded = expand(chain(Step(function=GAUSS), Step(function=OTSU)))
    assert [step.inputs for step in expanded.steps] == [{"@": "image"}, {"@": "gaussian"}]
    assert expanded.outputs == {"threshold_otsu": "threshold_otsu"}


def test_a_step_without_anything_before_it_gets_nothing() -> None:
    """Where a pipeline has no inputs its first step is bound to nothing."""
    assert expand(Pipeline(steps=[Step(function=GAUSS)])).steps[0].inputs == {}


def test_expand_leaves_the_document_as_it_was() -> None:
    """Expanding makes a new pipeline and does not write into the given one."""
    pipeline = chain(Step(function=GAUSS))
    expand(pipeline)
    assert pipeline.steps[0].id is None
    assert pipeline.steps[0].inputs is None
    assert pipeline.outputs is None


names = st.from_regex(r"\A[a-z]{1,3}\Z")


@given(st.lists(st.tuples(st.none() | names, st.none() | st.dictionaries(names, names, max_size=2)), max_size=6))
def test_expand_is_a_fixed_point(parts: list[tuple[str | None, dict[str, str] | None]]) -> None:
    """Expanding twice is expanding once, whatever the document says."""
    pipeline = chain(*(Step(function=GAUSS, id=name, inputs=inputs) for name, inputs in parts))  # type: ignore[arg-type]
    assert expand(expand(pipeline)) == expand(pipeline)


def test_order_follows_needs_and_else_the_document() -> None:
    """A step comes after what it needs, also when it stands before it; free ones keep their place."""
    pipeline = expand(
        chain(
            Step(function=GREATER, id="late", inputs={"x1": "b", "x2": "a"}),
            Step(function=GAUSS, id="a", inputs={"@": "image"}),
            Step(function=GAUSS, id="b", inputs={"@": "image"}),
        )
    )
    assert order(pipeline) == [1, 2, 0]
    assert find_problems(pipeline) == []


def test_problems_are_all_named_with_places() -> None:
    """Unknown, misspelled and clashing names are answered at once, each where it stands, with the nearest name."""
    pipeline = chain(
        Step(function=GAUSS, id="image"),
        Step(function=GAUSS, id="smooth", inputs={"@": "imag"}),
        Step(function=GREATER, id="mask", inputs={"x1": "smoth", "x2": ["smooth", "a.b.c"]}),
        outputs={"labels": "masc"},
    )
    found = {(p.code, p.pointer): p.suggestions for p in find_problems(pipeline)}
    assert found == {
        ("bad-reference", "/steps/0/id"): (),
        ("bad-reference", "/steps/1/inputs/@"): ("image",),
        ("bad-reference", "/steps/2/inputs/x1"): ("smooth",),
        ("bad-reference", "/steps/2/inputs/x2/1"): (),
        ("bad-reference", "/outputs/labels"): ("mask",),
    }


def test_a_cycle_names_who_waits_for_each_other_and_not_who_follows() -> None:
    """The steps on the circle are named; one that only needs them is not to blame."""
    pipeline = chain(
        Step(function=GAUSS, id="a", inputs={"@": "b"}),
        Step(function=GAUSS, id="b", inputs={"@": "a"}),
        Step(function=GAUSS, id="c", inputs={"@": "b"}),
    )
    (problem,) = find_problems(pipeline)
    assert problem.code == "cycle"
    assert "a, b;" in problem.message
    assert order(expand(pipeline)) == []


def test_long_chains_are_ordered_in_linear_time() -> None:
    """10,000 steps, in the worst order, and behind a circle, are sorted without recursion."""
    steps = [Step(function=GAUSS, id=f"s{i}", inputs={"@": f"s{i + 1}"}) for i in range(9_999)]
    steps.append(Step(function=GAUSS, id="s9999", inputs={"@": "image"}))
    assert order(chain(*steps)) == list(range(9_999, -1, -1))
    steps[-1] = Step(function=GAUSS, id="s9999", inputs={"@": "s9999"})
    (problem,) = find_problems(chain(*steps))
    assert problem.code == "cycle"
    assert problem.step == "s9999"


def test_a_switched_off_step_keeps_its_place() -> None:
    """Options do not change the graph."""
    pipeline = chain(Step(function=GAUSS, options=Options(enabled=False)), Step(function=OTSU))
    assert expand(pipeline).steps[1].inputs == {"@": "gaussian"}
