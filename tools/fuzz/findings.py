"""Findings: inputs that once broke a promise, each a file that every test run examines again."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Final

__all__ = ["FOLDER", "findings", "keep"]

FOLDER: Final = Path(__file__).parents[2] / "tests" / "findings"


def findings() -> list[Path]:
    """The files of all findings; a suffix is the format that it is read as."""
    return sorted(path for path in FOLDER.iterdir() if path.suffix in (".json", ".yaml", ".msgpack"))


def keep(data: bytes, format: str, what: str) -> Path:
    """Write a finding, named after the promise that it broke; the same bytes are the same file."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    words = re.sub(r"[^a-z0-9]+", "-", what.lower()).strip("-")[:60]
    path = FOLDER / f"{words}-{hashlib.sha256(data).hexdigest()[:8]}.{format}"
    path.write_bytes(data)
    return path
