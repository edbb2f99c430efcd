"""Requirements: readable, and met by what is installed."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pipeline_schema.document import Step
from pipeline_schema.problems import Problem
from registry.catalog import using

Find = Callable[..., list[Problem]]

STEP = Step(function="skimage:filters.gaussian")


@pytest.mark.parametrize(
    ("requires", "code"),
    [
        ({"scikit-image": "<0.1"}, "version-mismatch"),
        ({"Scikit_Image": "<0.1"}, "version-mismatch"),
        ({"scikit-image": "=>0.25"}, "schema-error"),
        ({"scikit image": ">=0.25"}, "schema-error"),
    ],
)
def test_a_wrong_requirement(find: Find, requires: dict[str, str], code: str) -> None:
    """A version outside the range, a range that can't be read and a name that is none are errors at their place."""
    (problem,) = find(code, STEP, requires=requires)
    assert (problem.severity, problem.pointer) == ("error", f"/requires/{next(iter(requires))}")


@pytest.mark.parametrize(
    "requires", [{"scikit-image": ">=0.1"}, {"scikit-image": ""}, {"not-installed-anywhere": ">=9"}]
)
def test_a_requirement_that_is_met_or_can_not_be_asked(find: Find, requires: dict[str, str]) -> None:
    """A version within the range is fine; of what is not installed here nothing is said."""
    assert not [*find("version-mismatch", STEP, requires=requires), *find("schema-error", STEP, requires=requires)]


def test_a_version_that_was_chosen_counts(find: Find) -> None:
    """Where another version stands for what is installed, requirements are held against that one."""
    requires = {"scikit-image": ">=0.23"}
    with using({"skimage": "0.22.0"}):
        (problem,) = find("version-mismatch", STEP, requires=requires)
    assert "0.22.0 is what it is checked against" in problem.message
    assert not find("version-mismatch", STEP, requires=requires)
