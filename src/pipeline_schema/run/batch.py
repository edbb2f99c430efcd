"""A run over many images: one warm worker, outputs whole or absent, a failure that costs one item."""

from __future__ import annotations

import hashlib
import os
import platform
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from pipeline_schema.check import check, find_setting_problems
from pipeline_schema.codec import digest, loads
from pipeline_schema.codec.files import read_file
from pipeline_schema.document import Pipeline
from pipeline_schema.errors import OutputError, PlanError, RunTimeoutError, UsageError, WorkerDiedError
from pipeline_schema.events import Event, OnEvent
from pipeline_schema.problems import blocking, summarize
from pipeline_schema.run.digests import sha256_of_input
from pipeline_schema.run.functions import ensure_catalogs
from pipeline_schema.run.handshake import fingerprints_of, origins_of
from pipeline_schema.run.inputs import find_items
from pipeline_schema.run.item import Found, ItemInput
from pipeline_schema.run.landing import check_way, discard, land, new_scratch, say, sweep
from pipeline_schema.run.layout import output_stems
from pipeline_schema.run.lock import OutputLock
from pipeline_schema.run.manifest import read_header
from pipeline_schema.run.merging import Part, merge_tables
from pipeline_schema.run.messages import ErrorRecord, Failed, OutputRecord, RunItem, record_error
from pipeline_schema.run.naming import Claims, Namer
from pipeline_schema.run.process import Worker
from pipeline_schema.run.record import (
    InputRecord,
    ItemRecord,
    RunRecord,
    StepTiming,
    functions_files,
    now,
    read_folders,
    versions,
    write_record,
)
from pipeline_schema.run.settings import Settings, bind, required
from pipeline_schema.run.writers import parse_array_format, parse_table_format
from registry.origin import Origin

__all__ = ["run_batch"]


def run_batch(
    document: bytes | str | os.PathLike[str],
    inputs: Iterable[str | os.PathLike[str]],
    out: str | os.PathLike[str],
    *,
    settings: Mapping[str, Any] | None = None,
    axes: str | None = None,
    array_format: str = "tif",
    table_format: str = "csv",
    manifest: str | os.PathLike[str] | None = None,
    pattern: str | None = None,
    stack: str | None = None,
    merge: bool = False,
    on_event: OnEvent | None = None,
    timeout: float | None = None,
    retries: int = 1,
    base: str | os.PathLike[str] | None = None,
    on_worker: Callable[[Worker], None] | None = None,
) -> RunRecord:
    """Run a pipeline over files, in a subprocess, and write its outputs to a folder.

    Parameters
    ----------
    document : bytes or path
        The document, or the file that holds it.
    inputs : iterable of path
        Files, folders and globs (see `find_items`), for the one input of the pipeline that nothing else gives.
    out : path
        Made if it is not there. Outputs go to ``out/<input stem>/<output name>.<suffix>``, the record to
        ``out/run.json``.
    settings : mapping, optional
        Values of other inputs by name, in the document's notation; a path where the input is an image.
    axes : str, optional
        What the files' axes are, over what they say.
    array_format : {'tif', 'npy', 'zarr'}
    table_format : {'csv', 'parquet'}
    manifest : path, optional
        A table of items, instead of `inputs`.
    pattern, stack : str, optional
        How files of one plane each are named, and which letters of their names become axes.
    merge : bool
        Whether the tables of all items are merged into ``out/<output name>.<suffix>``.
    on_event : callable, optional
        Called with each `Event` as it happens, in this thread.
    timeout : float, optional
        In seconds, for each item.
    retries : int
        How often an item is tried again, on a fresh worker, after a worker died over it; never after an exception.
    base : path, optional
        The folder that ``$file`` paths are relative to; the document's own folder, where that is a file.
    on_worker : callable, optional
        Called with each worker as it starts: whoever wants to stop the run kills it from another thread, and raises
        from `on_event`, which is told of the death.

    Returns
    -------
    RunRecord
        What ``run.json`` holds. Items that failed are in it, and raise nothing.

    Raises
    ------
    UsageError
        If an option, an input or the output folder makes no sense; nothing was run.
    DocumentError, PlanError
        With all problems, before anything runs.
    KeyboardInterrupt
        After what was done has been recorded.
    """
    if not isinstance(document, bytes):
        path = Path(document)
        try:
            document = read_file(path)
        except OSError as error:
            raise UsageError(f"{path} can't be read: {say(error)}") from error
        base = path.parent if base is None else base
    folder = None if base is None else Path(base)
    pipeline = loads(document)
    ensure_catalogs(pipeline)
    _refuse_problems(document, folder)
    columns = None if manifest is None else read_header(Path(manifest))
    bound = bind(pipeline.inputs, settings or {}, axes=axes, columns=columns)
    _refuse_settings(pipeline, bound)
    parse_array_format(array_format)
    parse_table_format(table_format)
    if timeout is not None and not timeout > 0:
        raise UsageError(f"the timeout is {timeout:g} s; an item needs more than 0")
    items = list(
        find_items(
            inputs,
            varied=bound.varied,
            manifest=manifest,
            inputs={name: one for name, one in pipeline.inputs.items() if name not in (settings or {})},
            required=required(pipeline.inputs, settings or {}),
            pattern=pattern,
            stack=stack,
        )
    )
    for used in (out, folder or "", *bound.paths.values()):
        _refuse_what_is_no_text(used)
    if not str(out):
        raise UsageError("the output folder has no name; say '.' for the current one")
    out = _make_folder(Path(out))
    with OutputLock(out):
        sweep(out)
        kept = read_folders(out)
        claims = Claims(kept)
        names = list(map(Namer(claims).name, items))
        functions = fingerprints_of(pipeline)
        origins = origins_of(pipeline)
        record = RunRecord(
            folder=str(out),
            digest=digest(pipeline),
            name=pipeline.name,
            total=len(items),
            settings={**bound.values, **bound.paths},
            axes=bound.axes,
            versions=versions(functions),
            functions=functions,
            functions_files=functions_files(origins),
            catalog_digest=hashlib.sha256(msgspec.json.encode(functions, order="sorted")).hexdigest(),
            platform=platform.platform(),
            started=now(),
            folders=kept | claims.owners,
            items=[],
        )
        batch = _Batch(
            document=document,
            base=folder,
            functions=functions,
            origins=origins,
            settings=bound,
            array_format=array_format,
            table_format=table_format,
            out=out,
            inputs=frozenset(
                Path(os.path.realpath(file))
                for found in items
                for source in found.inputs.values()
                for file in source.files()
            ),
            on_event=on_event,
            timeout=timeout,
            retries=retries,
            on_worker=on_worker,
        )
        with batch:
            # A document that can't run here is no run: it raises before there is anything to record.
            batch.start()
            # A killed run leaves this: which folders it claimed, and that an earlier record no longer holds.
            write_record(record)
            try:
                for index, (name, found) in enumerate(zip(names, items, strict=True)):
                    record.items.append(batch.run(name, found, index, len(items)))
                if merge:
                    _merge(out, record, dict(zip(names, items, strict=True)))
                record.state = "finished"
            finally:
                record.finished = now()
                write_record(record)
    return record


def _merge(out: Path, record: RunRecord, items: Mapping[str, Found]) -> None:
    tables = {
        output.file for item in record.done for output in item.outputs if output.file.endswith((".csv", ".parquet"))
    }

    def parts(file: str) -> Iterator[Part]:
        for item in record.done:
            if any(output.file == file for output in item.outputs):
                yield Part(item.name, items[item.name].columns, out / item.name / file)

    for file in sorted(tables):
        merge_tables(partial(parts, file), out / file)


def _refuse_problems(document: bytes, base: Path | None) -> None:
    errors = blocking(check(document, base=base))
    if errors:
        raise PlanError(f"the pipeline can't run:\n{summarize(errors)}", problems=errors)


def _refuse_settings(pipeline: Pipeline, bound: Settings) -> None:
    """Refuse values that no function takes before there is a folder: each item would fail of them."""
    for problem in find_setting_problems(pipeline, bound.values):
        hint = f"; did you mean {' or '.join(problem.suggestions)}?" if problem.suggestions else ""
        raise UsageError(f"--set {problem.parameter}: {problem.message}{hint}")


def _refuse_what_is_no_text(path: str | os.PathLike[str]) -> None:
    # Neither JSON nor a message to the worker can hold such a name: found later, it would cost the run its record.
    name = os.fspath(Path(path).absolute())
    try:
        name.encode()
    except UnicodeEncodeError:
        raise UsageError(f"the name {name!a} is not UTF-8; rename it, or use a UTF-8 locale") from None


def _make_folder(out: Path) -> Path:
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        what = "it is no folder" if isinstance(error, FileExistsError | NotADirectoryError) else say(error)
        raise UsageError(f"{out} can't be the output folder: {what}") from error
    return out.resolve()


@dataclass(kw_only=True)
class _Batch:
    """What all items of a run share: the worker, and how to get a fresh one."""

    document: bytes
    base: Path | None
    functions: Mapping[str, str]
    origins: tuple[Origin, ...]
    settings: Settings
    array_format: str
    table_format: str
    out: Path
    inputs: frozenset[Path]
    on_event: OnEvent | None
    timeout: float | None
    retries: int
    on_worker: Callable[[Worker], None] | None
    _worker: Worker | None = None
    _stems: tuple[str, ...] = ()

    def __enter__(self) -> _Batch:
        return self

    def __exit__(self, *_: object) -> None:
        if self._worker is not None:
            self._worker.close()

    def start(self) -> Worker:
        """A worker with the document loaded: the one there is, or a fresh one."""
        if self._worker is not None and self._worker.alive:
            return self._worker
        if self._worker is not None:
            self._worker.close()
        self._worker = worker = Worker()
        if self.on_worker is not None:
            self.on_worker(worker)
        ready = worker.load(self.document, base=self.base, fingerprints=self.functions, origins=self.origins)
        self._stems = tuple(output_stems(ready.outputs).values())
        self._tell(Event(kind="worker-ready", total=len(ready.steps)))
        return worker

    def run(self, name: str, found: Found, index: int, total: int) -> ItemRecord:
        """Run one item, as often as it takes, and put its outputs in their place."""
        began = time.perf_counter()
        files = found.inputs | {which: ItemInput(path=path) for which, path in self.settings.paths.items()}
        self._tell(Event(kind="item-started", item=name, index=index, total=total))
        attempts = 0
        while True:
            attempts += 1
            timings: list[StepTiming] = []
            outputs: tuple[OutputRecord, ...] = ()
            error: ErrorRecord | None = None
            try:
                check_way(self.out / name, self._stems, self.inputs)
                outputs, error = self._attempt(name, files, timings)
            except WorkerDiedError as died:
                if attempts <= self.retries:
                    self._tell(Event(kind="note", item=name, message=f"{died}; trying again on a fresh worker"))
                    continue
                error = record_error(died)
            except (RunTimeoutError, OutputError) as failure:
                error = record_error(failure)
            break
        seconds = time.perf_counter() - began
        if error is None:
            self._tell(Event(kind="item-finished", item=name, index=index, total=total, seconds=seconds))
        else:
            told = Event(
                kind="item-failed",
                item=name,
                index=index,
                total=total,
                seconds=seconds,
                step=error.step,
                key=error.key,
                message=error.message,
            )
            self._tell(told)
        return ItemRecord(
            name=name,
            state="failed" if error else "done",
            inputs={which: _input_record(source) for which, source in files.items() if source.path},
            seconds=seconds,
            attempts=attempts,
            steps=tuple(timings),
            error=error,
            outputs=outputs,
        )

    def _attempt(
        self, name: str, files: dict[str, ItemInput], timings: list[StepTiming]
    ) -> tuple[tuple[OutputRecord, ...], ErrorRecord | None]:
        def observe(event: Event) -> None:
            if event.kind == "step-finished" and event.step is not None:
                timings.append(
                    StepTiming(
                        step=event.step,
                        key=event.key or "",
                        seconds=event.seconds or 0.0,
                        memory_type=event.memory_type,
                    )
                )
            self._tell(event)

        worker = self.start()
        scratch = new_scratch(self.out)
        item = RunItem(
            name=name,
            inputs=files,
            scratch=str(scratch),
            settings=self.settings.values,
            axes=self.settings.axes,
            array_format=self.array_format,
            table_format=self.table_format,
        )
        try:
            answer = worker.run_item(item, on_event=observe, timeout=self.timeout)
            if isinstance(answer, Failed):
                return (), answer.error
            land(scratch, self.out / name, (output.file for output in answer.outputs), self.inputs)
            return answer.outputs, None
        finally:
            # After landing there is nothing left to discard.
            discard(scratch)
            worker.forget(scratch)

    def _tell(self, event: Event) -> None:
        if self.on_event is not None:
            self.on_event(event)


def _input_record(source: ItemInput) -> InputRecord:
    try:
        digest, size = sha256_of_input(source)
    except OSError:
        return InputRecord(path=source.path)
    return InputRecord(path=source.path, sha256=digest, size=size)
