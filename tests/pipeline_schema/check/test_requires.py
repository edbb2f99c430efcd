"""Requirements: readable, and met by what is installed."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from pipeline_schema.document import Step
from pipeline_schema.problems import Problem

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
