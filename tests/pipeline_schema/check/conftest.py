"""Short ways to write a pipeline and to read its problems."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipeline_schema.check import check
from pipeline_schema.document import Input, Pipeline, Step
from pipeline_schema.problems import Problem

Find = Callable[..., list[Problem]]


@pytest.fixture
def find() -> Find:
    """Check a pipeline of these steps, and give its problems of one code."""

    def find(
        code: str,
        *steps: Step,
        base: Path | None = None,
        strict: bool = False,
        image: Input | None = None,
        **facts: Any,
    ) -> list[Problem]:
        inputs = {"image": image or Input(axes="YX"), **facts.pop("inputs", {})}
        pipeline = Pipeline(inputs=inputs, steps=list(steps), **facts)
        return [problem for problem in check(pipeline, base=base, strict=strict) if problem.code == code]

    return find
