"""A run, from what was asked for and judged to its record: locked, registered, worked off and written down.

Loaded while the workers start.
"""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

import msgspec

from pipeline_schema.codec import digest
from pipeline_schema.errors import UsageError
from pipeline_schema.events import Event, OnEvent
from pipeline_schema.run.batch.journal import Journal
from pipeline_schema.run.batch.journal_reading import journal_path
from pipeline_schema.run.batch.lock import OutputLock
from pipeline_schema.run.batch.merge_all import merge_all
from pipeline_schema.run.batch.options import RunOptions
from pipeline_schema.run.batch.record import RunHeader, functions_files, now
from pipeline_schema.run.batch.register import register
from pipeline_schema.run.batch.request import Request
from pipeline_schema.run.batch.run_file import write_run_file
from pipeline_schema.run.batch.schedule import Plain, Schedule
from pipeline_schema.run.engines.engine import Engine, Order
from pipeline_schema.run.files.landing import say, sweep
from pipeline_schema.run.files.ngff import is_zarr
from pipeline_schema.run.inputs.layout import output_stems
from pipeline_schema.run.versions import versions
from pipeline_schema.unsteady import remembers
from registry.catalog import lookup

__all__ = ["work"]


def work(
    request: Request,
    order: Order,
    engine: Engine,
    out: Path,
    options: RunOptions,
    *,
    on_event: OnEvent | None,
    is_stopping: Callable[[], bool],
) -> RunHeader:
    """Work off what was asked for and judged.

    Parameters
    ----------
    request : Request
    order : Order
        What the engine makes ready.
    engine : Engine
        Whoever made it closes it, also when this raises.
    out : Path
        Real, of the output folder; made if it is not there.
    options : RunOptions
    on_event, is_stopping
        As for `run_files`, as are the errors.

    Returns
    -------
    RunHeader
    """
    is_there = out.is_dir()
    try:
        _make_folder(out)
        header = _header(request, order, out, options)
        with OutputLock(out, options.shard):
            sweep(out, options.shard)
            _Run(header, request, order, options, on_event, is_stopping).work(engine)
    except BaseException:
        if not is_there:
            with suppress(OSError):
                out.rmdir()
        raise
    return header


def _header(request: Request, order: Order, out: Path, options: RunOptions) -> RunHeader:
    return RunHeader(
        folder=str(out),
        digest=digest(request.pipeline),
        name=request.pipeline.name,
        total=0,
        settings={**request.bound.values, **request.bound.paths},
        axes=request.bound.axes,
        versions=versions(order.fingerprints, _formats(options, request)),
        functions=dict(order.fingerprints),
        functions_files=functions_files(order.origins),
        catalog_digest=hashlib.sha256(msgspec.json.encode(order.fingerprints, order="sorted")).hexdigest(),
        platform=platform.platform(),
        array_format=options.array_format,
        table_format=options.table_format,
        workers=request.workers,
        seed=options.seed,
        fresh=_remembers(order.fingerprints) if options.fresh is None else options.fresh,
        shard=options.shard,
        started=now(),
    )


class _Run:
    """A run in a folder that is locked for it."""

    def __init__(
        self,
        header: RunHeader,
        request: Request,
        order: Order,
        options: RunOptions,
        on_event: OnEvent | None,
        is_stopping: Callable[[], bool],
    ) -> None:
        self._header = header
        self._request = request
        self._order = order
        self._options = options
        self._on_event = on_event
        self._is_stopping = is_stopping
        self._out = Path(header.folder)

    def work(self, engine: Engine) -> None:
        """Name the items while the engine starts, then work them off."""
        header, is_over = self._header, False
        path = journal_path(self._out, header.shard)
        is_new = not path.exists()
        with Journal(path, durable=self._options.durable) as journal:
            try:
                with journal.transaction():
                    notes = register(
                        journal,
                        header,
                        self._request.document,
                        self._request.found,
                        resume=self._options.resume,
                        force=self._options.force,
                        paths=self._request.bound.paths,
                    )
                    # A document that can't run here is no run: it raises before there is anything to record.
                    ready = engine.start()
                for note in notes:
                    self._tell(Event(kind="note", message=note))
            except BaseException:
                if is_new:
                    journal.close()
                    path.unlink(missing_ok=True)
                raise
            write_run_file(journal)
            schedule = Schedule(
                journal,
                engine,
                self._plain(tuple(output_stems(ready.outputs).values())),
                total=header.total,
                on_event=self._on_event,
                is_stopping=self._is_stopping,
            )
            try:
                is_over = schedule.run()
                if is_over:
                    header.state = "finished"
            finally:
                engine.close(now=not is_over)
                if not is_over:
                    sweep(self._out, header.shard)
                header.finished = now()
                journal.write_header(header)
                write_run_file(journal)
            if is_over and self._options.merge:
                merge_all(header)
        if not is_over:
            raise KeyboardInterrupt

    def _plain(self, stems: tuple[str, ...]) -> Plain:
        options, bound = self._options, self._request.bound
        return Plain(
            out=self._out,
            scratch=self._order.scratch,
            stems=stems,
            paths=bound.paths,
            values=bound.values,
            axes=bound.axes,
            array_format=options.array_format,
            table_format=options.table_format,
            retries=options.retries,
            fresh=self._header.fresh,
            each_step=options.each_step,
            durable=options.durable,
        )

    def _tell(self, event: Event) -> None:
        if self._on_event is not None:
            self._on_event(event)


def _remembers(keys: Iterable[str]) -> bool:
    """Whether an item would depend on those that its process had before."""
    return any(remembers(lookup(key)) for key in keys)


def _formats(options: RunOptions, request: Request) -> list[str]:
    """The distributions that files of this run are read or written by, beside those of every run."""
    used = ["pyarrow"] if options.table_format == "parquet" else []
    if options.array_format == "zarr" or any(is_zarr(Path(path)) for path in request.paths()):
        used.append("zarr")
    return used


def _make_folder(out: Path) -> None:
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        what = "it is no folder" if isinstance(error, FileExistsError | NotADirectoryError) else say(error)
        raise UsageError(f"{out} can't be the output folder: {what}") from error
