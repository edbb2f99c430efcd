"""Schema files: written, and compared with what is generated, so that a committed one can't go stale unseen."""

from __future__ import annotations

from pathlib import Path

from pipeline_schema.codec.json import encode_plain
from pipeline_schema.document import FORMAT_MAJOR
from pipeline_schema.errors import SchemaDriftError
from pipeline_schema.schema.document import pipeline_schema

__all__ = ["drift", "verify", "write"]


def write(folder: Path) -> list[Path]:
    """Write all schema files.

    Parameters
    ----------
    folder : Path
        Made if it is not there.

    Returns
    -------
    list of Path
        What was written.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, content in _generate().items():
        path = folder / name
        path.write_bytes(content)
        written.append(path)
    return written


def drift(folder: Path) -> list[Path]:
    """The schema files in a folder that are missing, or not what is generated now."""
    return [folder / name for name, content in _generate().items() if _read(folder / name) != content]


def verify(folder: Path) -> None:
    """Refuse schema files that are not what is generated now.

    Raises
    ------
    SchemaDriftError
        If a file is missing or differs; it names them, and what to type.
    """
    differing = drift(folder)
    if differing:
        listed = ", ".join(map(str, differing))
        raise SchemaDriftError(
            f"not what is generated now: {listed}; write it with: pipeline schema write {folder}",
            paths=tuple(map(str, differing)),
        )


def _generate() -> dict[str, bytes]:
    return {f"pipeline-{FORMAT_MAJOR}.schema.json": encode_plain(pipeline_schema()).encode()}


def _read(path: Path) -> bytes | None:
    try:
        # A checkout may have turned line ends; that is no drift.
        return path.read_bytes().replace(b"\r\n", b"\n")
    except FileNotFoundError:
        return None
