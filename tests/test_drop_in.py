"""SciPy's own tests of scipy.ndimage pass with the registry's callables in place of the library's functions.

`python -m tools.drop_in` runs all of them, and those of the other libraries; docs/memory.md has the figures.
"""

from __future__ import annotations

import msgspec
import pytest

from tools.drop_in.__main__ import main
from tools.drop_in.outcomes import Outcome, Outcomes, differences
from tools.drop_in.report import known_causes, run
from tools.drop_in.suites import find_suite

# All but filters, whose 2,500 tests take half of the time: of these, one or two for each kind of filter.
_FILTERS = "gauss01 gauss02 prewitt01 sobel01 laplace01 uniform01 minimum_filter01 maximum_filter01 rank01 correlate01"
_PART = [
    *(f"test_{name}.py" for name in ("datatypes", "fourier", "interpolation", "measurements", "morphology", "splines")),
    *(f"test_filters.py::TestNdimageFilters::test_{name}" for name in _FILTERS.split()),
]


@pytest.fixture(scope="module")
def raw() -> Outcomes:
    """How the tests end with the library's own functions."""
    return run("scipy", find_suite("scipy"), "raw", _PART, timeout=300)


@pytest.mark.parametrize("through", ["call", "document"])
def test_as_many_of_scipys_tests_pass(raw: Outcomes, through: str) -> None:
    """Each test ends as with the raw functions, but for those that are listed with their reason."""
    replaced = run("scipy", find_suite("scipy"), through, _PART, timeout=600)
    found = differences(raw, replaced, known_causes("scipy", through))
    assert [difference for difference in found if difference.why is None] == []
    assert raw.counts["passed"] > 2800
    assert len(replaced.replaced) == 68
    if through == "document":
        assert replaced.calls is not None
        assert len(replaced.calls.functions) > 55
        assert replaced.calls.documents > 6000
        # What the check refuses, SciPy refuses as well.
        assert replaced.calls.refused == {}


def test_a_test_that_ends_otherwise_is_a_difference() -> None:
    """Failed, missing and new tests are told, with what was said and the cause that is known."""
    raw = Outcomes(
        tests={"a": Outcome("passed"), "b": Outcome("passed"), "c": Outcome("failed", "x"), "d": Outcome("skipped")}
    )
    other = Outcomes(
        tests={"a": Outcome("failed", "no"), "c": Outcome("passed"), "d": Outcome("skipped"), "e": Outcome("error")}
    )
    found = differences(raw, other, {"a": "because"})
    told = [(one.test, one.raw, one.replaced, one.message, one.why) for one in found]
    assert told == [
        ("a", "passed", "failed", "no", "because"),
        ("b", "passed", "missing", "", None),
        ("c", "failed", "passed", "x", None),
        ("e", "missing", "error", "", None),
    ]


@pytest.mark.parametrize("library", ["scipy", "skimage", "pyclesperanto"])
@pytest.mark.parametrize("through", ["call", "document"])
def test_each_known_difference_has_its_cause(library: str, through: str) -> None:
    """The list is read as it is written: a cause for each test, none empty."""
    assert all(known_causes(library, through).values())
    assert msgspec.json.encode(known_causes(library, through))


def test_tests_that_are_not_here_are_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    """Where a library keeps its tests to itself, the command says what to get."""
    assert main(["skimage"]) == 3
    assert "say --tests FOLDER" in capsys.readouterr().err
