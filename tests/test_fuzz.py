"""Documents by the thousand: what is drawn loads and is right, what was found once is examined again (P2, P4, P5)."""

from __future__ import annotations

import json
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from pipeline_schema.check import check
from pipeline_schema.codec import canonical, digest, dumps, from_plain, loads
from pipeline_schema.problems import Problem
from tools.fuzz.findings import findings
from tools.fuzz.mutations import mutate, spoil, write
from tools.fuzz.promises import FORMATS, BrokenError, examine
from tools.fuzz.shrinking import shrink
from tools.fuzz.strategies import documents

some = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@some
@given(documents())
def test_what_is_drawn_is_right(plain: dict[str, Any]) -> None:
    """A document of the strategies has no error: constants are what the catalogs say that functions take."""
    assert [problem for problem in check(json.dumps(plain)) if problem.severity == "error"] == []


@pytest.mark.parametrize("format", FORMATS)
def test_every_promise_holds_for_what_is_drawn(format: str) -> None:
    """Saving what was read is a fixed point, digests are equal in every format, schema and checker agree."""

    @some
    @given(documents())
    def holds(plain: dict[str, Any]) -> None:
        pipeline = loads(json.dumps(plain))
        saved = dumps(pipeline, format=format)
        assert examine(saved if isinstance(saved, bytes) else saved.encode(), format) is None

    holds()


@some
@given(documents())
def test_the_canonical_form_is_a_document_of_the_same_digest(plain: dict[str, Any]) -> None:
    """What is hashed can be read back, and is its own canonical form."""
    pipeline = loads(json.dumps(plain))
    again = loads(canonical(pipeline))
    assert digest(again) == digest(pipeline)
    assert canonical(again) == canonical(pipeline)


@pytest.mark.parametrize("format", FORMATS)
def test_damage_never_surprises(format: str) -> None:
    """Whatever is done to a document or its bytes: typed answers with places, or a document that nothing is lost of.

    ``python -m tools.fuzz`` does this for as long as it is told.
    """
    rng = random.Random(f"damage {format}")
    pool = [json.loads(path.read_bytes()) for path in sorted(_ROOT.glob("examples/*.pipeline.json"))]
    pool += [json.loads(path.read_bytes()) for path in sorted(_ROOT.glob("tests/golden/*.pipeline.json"))]
    for _ in range(400):
        data = write(mutate(rng.choice(pool), pool, rng), format, rng)
        if rng.random() < 0.5:
            data = spoil(data, format, rng)
        assert examine(data, format) is None, data


_ROOT = Path(__file__).resolve().parent.parent


@pytest.mark.parametrize("path", findings(), ids=lambda path: path.name)
def test_what_was_found_once_stays_mended(path: Path) -> None:
    """An input that once broke a promise keeps it since."""
    spelling = path.suffix.lstrip(".")
    if spelling not in FORMATS:
        pytest.skip(f"this version does not read {spelling}")
    assert examine(path.read_bytes(), spelling) is None


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b'{"a": 1}', "check raises"),
        (b'{"format": "pipeline-schema/1", "steps": []}', "loads raises"),
    ],
)
def test_the_examination_sees_what_is_broken(data: bytes, what: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error of another type than a document's is a broken promise, and not the end of the campaign."""

    def fail(*arguments: object, **options: object) -> list[Problem]:
        raise KeyError("lost")

    monkeypatch.setattr(f"tools.fuzz.promises.{what.partition(' ')[0]}", fail)
    broken = examine(data, "json")
    assert isinstance(broken, BrokenError)
    assert broken.what.startswith(f"{what} KeyError in test_fuzz.py:fail")


def test_findings_are_made_small() -> None:
    """What is left of a document is what breaks the promise."""
    plain = json.loads((_ROOT / "examples/count-coins.pipeline.json").read_bytes())
    small = shrink(json.dumps(plain).encode(), lambda data: b"gaussian_blur" in data, seconds=10)
    assert small == b"gaussian_blur"


def test_the_walk_and_the_conversion_agree() -> None:
    """Examples are read by msgspec at once; one walk over their plain values gives the same document."""
    for path in sorted(_ROOT.glob("examples/*.pipeline.json")):
        problems: list[Problem] = []
        assert from_plain(json.loads(path.read_bytes()), problems) == loads(path.read_bytes())
        assert problems == []
