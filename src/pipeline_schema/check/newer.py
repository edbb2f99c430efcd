"""Words of a newer format: kept when the document is saved, and never run as if they were not there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pipeline_schema.document import FORMAT_MAJOR, FORMAT_MINOR, Pipeline
from pipeline_schema.problems import Problem, pointer

__all__ = ["find_unknown_words"]


def find_unknown_words(pipeline: Pipeline) -> Iterator[Problem]:
    """Keys that this version kept aside because a newer minor format wrote them.

    Parameters
    ----------
    pipeline : Pipeline
        Expanded.
    """
    yield from _kept_aside(pipeline.unknown, (), pipeline.format)
    for name, declared in pipeline.inputs.items():
        yield from _kept_aside(declared.unknown, ("inputs", name), pipeline.format)
    for index, step in enumerate(pipeline.steps):
        yield from _kept_aside(step.unknown, ("steps", index), pipeline.format, step.id)


def _kept_aside(
    words: dict[str, Any], at: tuple[str | int, ...], written_in: str, step: str | None = None
) -> Iterator[Problem]:
    runs = f"pipeline-schema/{FORMAT_MAJOR}.{FORMAT_MINOR}"
    for word in words:
        yield Problem(
            code="unknown-version",
            message=f"{word!a:.80} is a word of {written_in}, and this version runs {runs}; a newer one is needed",
            pointer=pointer(*at, word),
            step=step,
            install="pip install --upgrade pipeline-schema",
        )
