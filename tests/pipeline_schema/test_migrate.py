"""The format of a document."""

from __future__ import annotations

import pytest

from pipeline_schema.migrate import CURRENT, read_version
from pipeline_schema.problems import Problem


@pytest.mark.parametrize(("text", "version"), [("1", (1, 0)), ("1.0", (1, 0)), ("1.7", (1, 7)), ("1.12", (1, 12))])
def test_versions_of_this_major_are_read(text: str, version: tuple[int, int]) -> None:
    """Major and minor are read, and a left-out minor is 0."""
    problems: list[Problem] = []
    assert read_version(f"pipeline-schema/{text}", problems) == version
    assert not problems


def test_a_newer_major_is_named_with_a_hint() -> None:
    """Who opens a document of the next format is told what to install."""
    problems: list[Problem] = []
    read_version("pipeline-schema/2", problems)
    (problem,) = problems
    assert (problem.code, problem.pointer) == ("unknown-version", "/format")
    assert problem.install


@pytest.mark.parametrize(
    "text", ["pipeline-schema", "pipeline-schema/01", "pipeline-schema/1.", "pipeline/1", "", 1, []]
)
def test_what_is_no_format_is_refused(text: object) -> None:
    """A format is spelled in one way, and the problem shows it."""
    problems: list[Problem] = []
    assert read_version(text, problems) == CURRENT
    (problem,) = problems
    assert (problem.code, problem.suggestions) == ("schema-error", ("pipeline-schema/1",))


def test_a_missing_format_is_a_problem_of_the_whole_document() -> None:
    """A document without format says what its first line should be."""
    problems: list[Problem] = []
    read_version(None, problems)
    (problem,) = problems
    assert (problem.code, problem.pointer) == ("schema-error", "")
    assert '"format": "pipeline-schema/1"' in problem.message


def test_only_a_newer_minor_has_unknown_words() -> None:
    """Words that are not known here are forgiven to newer minors only."""
    assert not CURRENT.has_unknown_words
    assert read_version("pipeline-schema/1.1", []).has_unknown_words
