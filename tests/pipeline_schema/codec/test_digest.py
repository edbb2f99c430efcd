"""The digest is the same in every process, whatever its hash seed, and in every format (P5)."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline_schema.codec import digest, dumps, loads
from tools.fuzz.campaign import seeds
from tools.fuzz.promises import FORMATS

_PROGRAM = """
import json, sys
from pipeline_schema.codec import digest, loads
print(json.dumps([digest(loads(text)) for text in json.load(sys.stdin)]))
"""


@pytest.fixture(scope="module")
def texts() -> list[str]:
    """Examples, golden documents, and some drawn from the catalogs; those that open."""
    return [text for plain in seeds(5, 40) if _opens(text := json.dumps(plain))]


def _opens(text: str) -> bool:
    try:
        loads(text)
    except ValueError:
        return False
    return True


@pytest.mark.parametrize("hash_seed", ["0", "1", "4294967295"])
def test_it_is_the_same_in_every_process(hash_seed: str, texts: list[str], tmp_path: Path) -> None:
    """Another process, another folder, another order of hashes: the same digests."""
    done = subprocess.run(
        [sys.executable, "-P", "-c", _PROGRAM],
        input=json.dumps(texts), cwd=tmp_path, env={**os.environ, "PYTHONHASHSEED": hash_seed},
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    assert json.loads(done.stdout) == [digest(loads(text)) for text in texts]


@pytest.mark.parametrize("format", FORMATS)
def test_it_is_the_same_in_every_format(format: str, texts: list[str]) -> None:
    """Saved in any format and opened again, a document has the digest that it had."""
    for text in texts:
        pipeline = loads(text)
        assert digest(loads(dumps(pipeline, format=format), format=format)) == digest(pipeline)
