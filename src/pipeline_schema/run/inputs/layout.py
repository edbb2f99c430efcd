"""Where outputs go: ``OUT/<item>/<output name>.<ext>``, under names that every file system takes."""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Iterable
from pathlib import PurePath

__all__ = [
    "CRATE_FILE",
    "DOCUMENT_FILE",
    "JOURNAL",
    "REPORT_FILE",
    "RUN_FILE",
    "folded",
    "output_stems",
    "safe_name",
    "short_hash",
    "stem_of",
]

RUN_FILE = "run.json"
REPORT_FILE = "report.html"
CRATE_FILE = "ro-crate-metadata.json"
DOCUMENT_FILE = "document.pipeline.json"
# Of a shard: journal.2-of-3.sqlite.
JOURNAL = "journal"

# A folder's name may have 255 bytes; the rest is for a suffix.
_LONGEST = 180
_FORBIDDEN = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*]')
_FILES = "|".join(map(re.escape, (RUN_FILE, REPORT_FILE, CRATE_FILE, DOCUMENT_FILE)))
_OURS = re.compile(rf"{_FILES}|{JOURNAL}\.(?:.*\.)?sqlite.*", re.IGNORECASE)
# A merged table is called as an output is, and which outputs there will be is not known when items get their names.
_TABLE = re.compile(r"\.(?=(?:csv|parquet)\Z)", re.IGNORECASE)
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³])(?:\..*)?", re.IGNORECASE)


def output_stems(names: Iterable[str]) -> dict[str, str]:
    """A file's stem for each output of a pipeline: its name, made unique where case is ignored."""
    stems: dict[str, str] = {}
    taken: set[str] = set()
    for name in names:
        stem = safe_name(name)
        if folded(stem) in taken:
            stem = f"{stem}-{short_hash(name)}"
        taken.add(folded(stem))
        stems[name] = stem
    return stems


def stem_of(path: PurePath) -> str:
    """The name of a file without its suffix; ``.ome.tif`` is one suffix."""
    stem = path.stem
    return stem[: -len(".ome")] if stem.lower().endswith(".ome") and len(stem) > len(".ome") else stem


def safe_name(name: str) -> str:
    """A name that Linux, macOS and Windows all take for a folder or file, and that is none of our own."""
    # Bytes of a name that is no text (Linux allows it) come as lone surrogates.
    text = name.encode("utf-8", "replace").decode()
    safe = _FORBIDDEN.sub("_", unicodedata.normalize("NFC", text)).strip(" ").rstrip(". ")
    if safe.startswith("."):
        safe = "_" + safe[1:]
    safe = _TABLE.sub("_", safe)
    if not safe or _RESERVED.fullmatch(safe) or _OURS.fullmatch(safe):
        safe = f"_{safe}"
    encoded = safe.encode()
    if len(encoded) > _LONGEST:
        suffix = f"-{short_hash(name)}"
        safe = encoded[: _LONGEST - len(suffix)].decode("utf-8", "ignore") + suffix
    return safe


def folded(name: str) -> str:
    """The name as a file system that ignores case sees it."""
    return unicodedata.normalize("NFC", name.casefold())


def short_hash(text: str) -> str:
    """Eight characters that differ where the text does."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:8]
