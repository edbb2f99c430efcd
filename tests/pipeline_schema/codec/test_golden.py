"""Documents that must open for ever."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from pipeline_schema.codec import digest, dumps, loads
from pipeline_schema.plan import plan

GOLDEN = Path(__file__).parents[2] / "golden"
DOCUMENTS = sorted(GOLDEN.glob("*.pipeline.json"))
DIGESTS: dict[str, str] = json.loads((GOLDEN / "digests.json").read_text(encoding="utf-8"))


def test_every_document_has_a_digest_and_every_digest_a_document() -> None:
    """No golden document is left unchecked, and none is lost."""
    assert [path.name.removesuffix(".pipeline.json") for path in DOCUMENTS] == sorted(DIGESTS)


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: path.name.removesuffix(".pipeline.json"))
def test_it_opens_with_its_digest_and_loses_nothing(path: Path) -> None:
    """A golden document is read, has the recorded digest, and is saved and read again as the same."""
    pipe = loads(path.read_bytes())
    assert digest(pipe) == DIGESTS[path.name.removesuffix(".pipeline.json")]
    saved = dumps(pipe)
    assert dumps(loads(saved)) == saved
    assert digest(loads(saved)) == digest(pipe)


def test_two_and_two_point_zero_are_two_documents_and_other_pixels() -> None:
    """uint8 200 times 2 wraps to 144, times 2.0 is 400.0: the digests differ, because the pixels do."""
    image = np.array([[200]], dtype=np.uint8)
    results = {}
    for name in ("multiply-int", "multiply-float"):
        pipe = loads((GOLDEN / f"{name}.pipeline.json").read_bytes())
        (results[name],) = plan(pipe)(image=image).values()
    assert (results["multiply-int"].item(), results["multiply-int"].dtype) == (144, np.uint8)
    assert (results["multiply-float"].item(), results["multiply-float"].dtype) == (400.0, np.float64)
    assert DIGESTS["multiply-int"] != DIGESTS["multiply-float"]
