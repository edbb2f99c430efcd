"""The published schema and the checker agree on every document, or differ for a reason that stands in a table (P4)."""

from __future__ import annotations

import json
import random
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline_schema.check import check
from pipeline_schema.codec.json import decode_plain
from pipeline_schema.errors import DocumentError
from tools.fuzz.agreement import ONLY_CHECK, disagreement, reason, validator
from tools.fuzz.campaign import seeds
from tools.fuzz.findings import findings
from tools.fuzz.mutations import mutate

ROOT = Path(__file__).resolve().parents[3]
DRAWN = 60
MUTATED = 400
NEWER = {
    "format": "pipeline-schema/1.9",
    "inputs": {"image": {}},
    "steps": [{"function": "numpy:add", "params": {"x2": {"$dict": [[1, 2], [True, 3]]}}}],
}


def files() -> list[Path]:
    """Documents that stand in files: examples, golden, hostile, what was found once."""
    folders = ("examples", "tests/golden", "tests/hostile")
    found = [path for folder in folders for path in sorted((ROOT / folder).glob("*.pipeline.json"))]
    return [*found, *(path for path in findings() if path.suffix == ".json")]


def plains() -> Iterator[Any]:
    """Every document that can be decoded: those of files, drawn ones, and damaged ones."""
    for path in files():
        try:
            yield decode_plain(path.read_bytes())
        except DocumentError:
            continue
    yield NEWER
    pool = [plain for plain in seeds(4, DRAWN) if validator().is_valid(plain)]
    yield from pool
    rng = random.Random(4)
    for _ in range(MUTATED):
        yield mutate(rng.choice(pool), pool, rng)


@pytest.fixture(scope="module")
def compared() -> Counter[str]:
    """How often the two agree, and how often they differ, by reason."""
    found: Counter[str] = Counter()
    for plain in plains():
        problems = check(json.dumps(plain))
        wrong = disagreement(plain, problems)
        assert wrong is None, (wrong, json.dumps(plain)[:2_000])
        errors = [problem for problem in problems if problem.severity == "error"]
        right = validator().is_valid(plain)
        if right == (not errors):
            found["both take it" if right else "both refuse it"] += 1
        elif right:
            found.update({known.why for problem in errors if (known := reason(problem)) is not None})
            found["only check refuses it"] += 1
    return found


def test_they_agree_or_there_is_a_reason(compared: Counter[str]) -> None:
    """Of each of the three answers there are some; the schema alone refuses nothing."""
    assert compared["both take it"] >= DRAWN
    assert compared["both refuse it"] >= MUTATED / 4
    assert sum(compared.values()) > MUTATED + DRAWN
    assert compared["only check refuses it"]


def test_no_reason_is_there_in_vain(compared: Counter[str]) -> None:
    """Each row of the table is needed, but for those of texts, of this machine, and of the size of whole documents."""
    elsewhere = ("parse-error", "limit-exceeded", "path-error", "version-mismatch")
    needed = {known.why for known in ONLY_CHECK if known.code not in elsewhere}
    assert needed <= set(compared)


@pytest.mark.parametrize("path", files(), ids=lambda path: path.name.removesuffix(".pipeline.json"))
def test_what_stands_in_files_is_compared_as_text(path: Path) -> None:
    """As an editor has it: with what a decoder refuses, too."""
    data = path.read_bytes()
    try:
        plain = json.loads(data)
    except (ValueError, RecursionError):
        return
    assert disagreement(plain, check(data, base=path.parent)) is None
