"""``run.json``: what a run was made with, what it did to each input, and what it left."""

from __future__ import annotations

import importlib.metadata
import platform
import secrets
import stat
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import msgspec

from pipeline_schema.errors import OutputError, UsageError
from pipeline_schema.identity import VERSION
from pipeline_schema.run.guard import SCRATCH_PREFIX
from pipeline_schema.run.layout import RUN_FILE, safe_name
from pipeline_schema.run.messages import ErrorRecord, OutputRecord
from registry.libraries import find_library, installed
from registry.origin import Origin

__all__ = [
    "FunctionsFile",
    "InputRecord",
    "ItemRecord",
    "RunRecord",
    "StepTiming",
    "functions_files",
    "now",
    "read_folders",
    "versions",
    "write_record",
]

_FORMAT = "pipeline-run/1"


class InputRecord(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A file that an item was made from; `sha256` and `size` (in bytes) are missing if it could not be read."""

    path: str
    sha256: str | None = None
    size: int | None = None


class FunctionsFile(msgspec.Struct, frozen=True, kw_only=True):
    """A user's file that functions of the document are from, as it was when it was run."""

    path: str
    sha256: str


class StepTiming(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How long a step took, in seconds, and the memory type of its result."""

    step: str
    key: str
    seconds: float
    memory_type: str | None = None


class ItemRecord(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What became of one input.

    Attributes
    ----------
    name : str
        Also the folder of its outputs.
    state : {'done', 'failed'}
    inputs : dict of InputRecord
        By the name of the pipeline's input.
    seconds : float
        From its start to its end, all attempts together.
    attempts : int
        More than one if a worker died over it.
    steps : tuple of StepTiming
        In running order; of a failed item, those that finished.
    error : ErrorRecord or None
    outputs : tuple of OutputRecord
        Empty if it failed.
    """

    name: str
    state: Literal["done", "failed"]
    inputs: dict[str, InputRecord]
    seconds: float
    attempts: int = 1
    steps: tuple[StepTiming, ...] = ()
    error: ErrorRecord | None = None
    outputs: tuple[OutputRecord, ...] = ()


class RunRecord(msgspec.Struct, kw_only=True):
    """A run, as ``run.json`` holds it.

    Attributes
    ----------
    folder : str
        Absolute path of the output folder.
    state : {'finished', 'interrupted'}
        An interrupted run has no record of the items that it did not come to.
    digest : str
        Of the document.
    name : str or None
        Of the pipeline.
    total : int
        How many inputs there were.
    settings : dict
        What ``--set`` gave, in the document's notation.
    axes : str or None
        What ``--axes`` gave.
    versions : dict of str
        Of Python, of this program and of the libraries that the document uses.
    functions : dict of str
        Fingerprint of each function that the document names.
    functions_files : list of FunctionsFile
        Users' files that some of these are from.
    catalog_digest : str
        The sha256 of these: equal where two runs knew the same of their functions.
    platform : str
    started, finished : str
        ISO 8601, UTC.
    folders : dict of str
        Which input has which folder, of earlier runs as well.
    items : list of ItemRecord
        In the order in which they ran.
    """

    format: str = _FORMAT
    folder: str
    state: Literal["finished", "interrupted"] = "interrupted"
    digest: str
    name: str | None
    total: int
    settings: dict[str, Any]
    axes: str | None
    versions: dict[str, str]
    functions: dict[str, str]
    functions_files: list[FunctionsFile]
    catalog_digest: str
    platform: str
    started: str
    finished: str = ""
    folders: dict[str, str]
    items: list[ItemRecord]

    @property
    def failed(self) -> list[ItemRecord]:
        """The items that failed."""
        return [item for item in self.items if item.state == "failed"]

    @property
    def done(self) -> list[ItemRecord]:
        """The items whose outputs are there."""
        return [item for item in self.items if item.state == "done"]


class _Earlier(msgspec.Struct):
    format: str
    folders: dict[str, str]


def read_folders(folder: Path) -> dict[str, str]:
    """Which input has which folder, from the record of an earlier run; empty if there is none.

    Raises
    ------
    UsageError
        If what has the record's name is not a record: it is not ours to overwrite.
    """
    path = folder / RUN_FILE
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            raise UsageError(f"{path} is in the way: it is not a file of a run; choose another output folder")
        earlier = msgspec.json.decode(path.read_bytes(), type=_Earlier)
    except FileNotFoundError:
        return {}
    except msgspec.DecodeError:
        earlier = _Earlier("", {})
    if not earlier.format.startswith("pipeline-run/"):
        raise UsageError(f"{path} is in the way: it is not the record of a run; choose another output folder")
    # The file may have come with a folder from somebody else: a name of ours never leads out of it.
    return {name: path for name, path in earlier.folders.items() if name == safe_name(name)}


def write_record(record: RunRecord) -> Path:
    """Write ``run.json``, whole or not at all; raises OutputError if that fails."""
    folder = Path(record.folder)
    path, part = folder / RUN_FILE, folder / f"{SCRATCH_PREFIX}{secrets.token_hex(4)}.json"
    try:
        try:
            with part.open("xb") as file:
                file.write(msgspec.json.format(msgspec.json.encode(record), indent=2) + b"\n")
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise OutputError(f"{path} could not be written: {error.strerror or error}", path=str(path)) from error
    return path


def versions(keys: Iterable[str]) -> dict[str, str]:
    """Versions of Python, of this program and of the distributions that bring these functions."""
    found = {"python": platform.python_version(), "pipeline-schema": VERSION}
    for library in sorted({key.partition(":")[0] for key in keys} | {"numpy"}):
        try:
            # A user's own functions have no version; their files are recorded as they are.
            brought = None if find_library(library).source == "registered" else installed(library)
        except KeyError:
            continue
        if brought is not None and brought[0] not in found:
            found[brought[0]] = brought[1]
    for reader in ("tifffile", "imagecodecs"):
        found[reader] = importlib.metadata.version(reader)
    return found


def functions_files(origins: Iterable[Origin]) -> list[FunctionsFile]:
    """The files among these origins, sorted."""
    files = {origin.path: origin.sha256 for origin in origins if origin.path and origin.sha256}
    return [FunctionsFile(path=path, sha256=files[path]) for path in sorted(files)]


def now() -> str:
    """The time, as records hold it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")
