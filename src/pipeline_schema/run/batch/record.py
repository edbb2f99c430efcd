"""``run.json``: what a run was made with, what it did to each input, and what it left."""

from __future__ import annotations

import re
import secrets
import stat
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal

import msgspec

from pipeline_schema.errors import OutputError, UsageError
from pipeline_schema.run.channel.messages import ErrorRecord, InputRecord, OutputRecord, StepTiming
from pipeline_schema.run.inputs.layout import RUN_FILE, safe_name
from pipeline_schema.run.workers.guard import SCRATCH_PREFIX
from registry.origin import Origin

__all__ = [
    "FunctionsFile",
    "InputRecord",
    "ItemRecord",
    "RunHeader",
    "RunRecord",
    "StepTiming",
    "check_record",
    "functions_files",
    "now",
    "read_folders",
    "write_record",
]

_FORMAT = "pipeline-run/1"
_HEAD = 4096
_IS_RECORD = re.compile(rb'\s*\{\s*"format":\s*"pipeline-run/')


class FunctionsFile(msgspec.Struct, frozen=True, kw_only=True):
    """A user's file that functions of the document are from, as it was when it was run."""

    path: str
    sha256: str


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
    columns : dict of str
        What is known of it besides: well, site, columns of a manifest.
    """

    name: str
    state: Literal["done", "failed"]
    inputs: dict[str, InputRecord]
    seconds: float
    attempts: int = 1
    steps: tuple[StepTiming, ...] = ()
    error: ErrorRecord | None = None
    outputs: tuple[OutputRecord, ...] = ()
    columns: dict[str, str] = {}


class RunHeader(msgspec.Struct, kw_only=True):
    """What is known of a run as a whole.

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
    array_format, table_format : str
    workers : int
        Processes at most.
    seed : int or None
        What ``--seed`` gave.
    fresh : bool
        Whether each item had a process of its own.
    shard : str or None
        Which part of a job array this is, as ``2/3``; None in a record over all of them.
    started, finished : str
        ISO 8601, UTC; when it was begun or resumed, and when it ended.
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
    array_format: str = "tif"
    table_format: str = "csv"
    workers: int = 1
    seed: int | None = None
    fresh: bool = False
    shard: str | None = None
    started: str
    finished: str = ""


class RunRecord(RunHeader, kw_only=True):
    """A run, as ``run.json`` holds it.

    Attributes
    ----------
    folders : dict of str
        Which input has which folder, of earlier runs as well.
    items : list of ItemRecord
        In the order of the inputs.
    """

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


def check_record(folder: Path) -> bool:
    """Whether there is the record of an earlier run.

    Raises
    ------
    UsageError
        If what has the record's name is not a record: it is not ours to overwrite.
    """
    path = folder / RUN_FILE
    try:
        if not stat.S_ISREG(path.lstat().st_mode):
            raise UsageError(f"{path} is in the way: it is not a file of a run; choose another output folder")
        with path.open("rb") as file:
            # Of a hundred thousand items, only how it begins.
            head = file.read(_HEAD)
    except FileNotFoundError:
        return False
    if not _IS_RECORD.match(head):
        raise UsageError(f"{path} is in the way: it is not the record of a run; choose another output folder")
    return True


def read_folders(folder: Path) -> dict[str, str]:
    """Which input has which folder, from the record of an earlier run; empty if there is none.

    Raises
    ------
    UsageError
        As `check_record`.
    """
    if not check_record(folder):
        return {}
    try:
        earlier = msgspec.json.decode((folder / RUN_FILE).read_bytes(), type=_Earlier)
    except msgspec.DecodeError as error:
        path = folder / RUN_FILE
        raise UsageError(
            f"{path} is in the way: it is not the whole record of a run ({error}); choose another output folder"
        ) from error
    # The file may have come with a folder from somebody else: a name of ours never leads out of it.
    return {name: path for name, path in earlier.folders.items() if name == safe_name(name)}


def write_record(header: RunHeader, folders: Iterable[tuple[str, str]], items: Iterable[ItemRecord]) -> Path:
    """Write ``run.json``, whole or not at all, item by item: it may be larger than memory.

    Parameters
    ----------
    header : RunHeader
    folders : iterable of (str, str)
        Name and input, of `RunRecord.folders`.
    items : iterable of ItemRecord

    Raises
    ------
    OutputError
        If the system refuses.
    """
    folder = Path(header.folder)
    path, part = folder / RUN_FILE, folder / f"{SCRATCH_PREFIX}{secrets.token_hex(4)}.json"
    try:
        try:
            with part.open("xb") as file:
                file.writelines(_lines(header, folders, items))
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise OutputError(f"{path} could not be written: {error.strerror or error}", path=str(path)) from error
    return path


def _lines(header: RunHeader, folders: Iterable[tuple[str, str]], items: Iterable[ItemRecord]) -> Iterator[bytes]:
    fields = {name: getattr(header, name) for name in RunHeader.__struct_fields__}
    yield _pretty(fields).removesuffix(b"\n}") + b',\n  "folders": {'
    between = b""
    for name, source in folders:
        yield between + b"\n    " + msgspec.json.encode(name) + b": " + msgspec.json.encode(source)
        between = b","
    yield (b"\n  }" if between else b"}") + b',\n  "items": ['
    between = b""
    for item in items:
        yield between + b"\n    " + _pretty(item).replace(b"\n", b"\n    ")
        between = b","
    yield b"\n  ]\n}\n" if between else b"]\n}\n"


def _pretty(value: Any) -> bytes:
    # A line break in text is written as an escape, so each in here begins a line.
    return msgspec.json.format(msgspec.json.encode(value), indent=2)


def functions_files(origins: Iterable[Origin]) -> list[FunctionsFile]:
    """The files among these origins, sorted."""
    files = {origin.path: origin.sha256 for origin in origins if origin.path and origin.sha256}
    return [FunctionsFile(path=path, sha256=files[path]) for path in sorted(files)]


def now() -> str:
    """The time, as records hold it."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")
