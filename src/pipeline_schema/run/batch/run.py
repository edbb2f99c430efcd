"""A run over many images: what is asked for is judged, items are named and journaled, a pool works them off."""

from __future__ import annotations

import functools
import hashlib
import itertools
import os
import platform
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

import msgspec

from pipeline_schema.check import check, find_setting_problems
from pipeline_schema.check.seeds import remembers
from pipeline_schema.codec import Format, digest, dumps, loads
from pipeline_schema.codec.files import format_of, read_file
from pipeline_schema.document import Pipeline
from pipeline_schema.errors import PlanError, UsageError
from pipeline_schema.events import Event, OnEvent
from pipeline_schema.problems import blocking, summarize
from pipeline_schema.run.batch.journal import Journal
from pipeline_schema.run.batch.journal_reading import journal_path, reading
from pipeline_schema.run.batch.lock import OutputLock, lock_path
from pipeline_schema.run.batch.merge_all import merge_all
from pipeline_schema.run.batch.record import RunHeader, RunRecord, functions_files, now
from pipeline_schema.run.batch.register import refuse_what_is_no_text, register
from pipeline_schema.run.batch.run_file import write_run_file
from pipeline_schema.run.batch.schedule import Plain, Schedule
from pipeline_schema.run.batch.shards import parse_shard
from pipeline_schema.run.caching.shelf import DEFAULT_BYTES, open_folder
from pipeline_schema.run.engines.capacity import default_workers
from pipeline_schema.run.engines.cluster import DaskEngine
from pipeline_schema.run.engines.engine import Engine, Order
from pipeline_schema.run.engines.pool import WorkerPool, devices_here
from pipeline_schema.run.files.landing import say, sweep
from pipeline_schema.run.files.ngff import is_zarr
from pipeline_schema.run.files.writers import parse_array_format, parse_table_format
from pipeline_schema.run.inputs.finding import find_items
from pipeline_schema.run.inputs.layout import output_stems
from pipeline_schema.run.inputs.manifest import read_header
from pipeline_schema.run.inputs.settings import Settings, bind, required
from pipeline_schema.run.item import Found
from pipeline_schema.run.versions import versions
from pipeline_schema.run.workers.functions import ensure_catalogs
from pipeline_schema.run.workers.handshake import fingerprints_of, origins_of
from pipeline_schema.run.workers.process import Worker
from pipeline_schema.seeding import MAX_SEED
from registry.catalog import lookup

__all__ = ["RunOptions", "run_batch", "run_files"]


class RunOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What a run may be told besides its document, inputs and output folder.

    Attributes
    ----------
    settings : mapping
        Values of other inputs by name, in the document's notation; a path where the input is an image.
    axes : str or None
        What the files' axes are, over what they say.
    array_format : {'tif', 'npy', 'zarr'}
    table_format : {'csv', 'parquet'}
    merge : bool
        Whether the tables of all items are merged into ``out/<output name>.<suffix>`` in the end.
    manifest : path or None
        A table with a row for each item, instead of inputs.
    pattern, stack : str or None
        How the planes of one image are named in the folders that are the inputs.
    engine : {'process', 'dask'}
        What executes the items: processes of this machine, or a Dask cluster.
    scheduler : str or None
        Address of a Dask scheduler; None for a cluster on this machine.
    workers : int or None
        Processes at most; None for one a core, fewer on small memory.
    timeout : float or None
        In seconds, for each attempt at an item.
    memory_limit : int or None
        In bytes, for each worker.
    retries : int
        How often an item is tried again, on a fresh worker, after a worker died over it; never after an exception.
    resume : bool
        Go on with the run that is in the folder, if there is one.
    force : bool
        Make again what was done and is changed since, instead of refusing to resume.
    seed : int or None
        From 0 to 2**63 - 1: each step that draws random numbers, and of which the document says no seed, gets one that
        follows from this and from its id, for every item the same.
    fresh : bool or None
        Whether each item gets a process that has run nothing yet; None if the document has functions that remember.
    shard : str or None
        ``I/N``: of all items, only those of this part.
    durable : bool
        Flush outputs and journal to the disk, against a loss of power.
    devices : tuple of str
        GPUs that workers get in turn; empty for those of CUDA_VISIBLE_DEVICES, if it names several.
    cache : path or None
        The folder where results of steps are kept, and found again.
    cache_limit : int
        In bytes, of that folder.
    each_step : bool
        Whether `on_event` is told of steps.
    base : path or None
        The folder that ``$file`` paths are relative to; the document's own folder, where that is a file.
    """

    settings: Mapping[str, Any] = {}
    axes: str | None = None
    array_format: str = "tif"
    table_format: str = "csv"
    merge: bool = False
    manifest: str | os.PathLike[str] | None = None
    pattern: str | None = None
    stack: str | None = None
    engine: Literal["process", "dask"] = "process"
    scheduler: str | None = None
    workers: int | None = None
    timeout: float | None = None
    memory_limit: int | None = None
    retries: int = 1
    resume: bool = False
    force: bool = False
    seed: int | None = None
    fresh: bool | None = None
    shard: str | None = None
    durable: bool = False
    devices: tuple[str, ...] = ()
    cache: str | os.PathLike[str] | None = None
    cache_limit: int = DEFAULT_BYTES
    each_step: bool = True
    base: str | os.PathLike[str] | None = None


def run_batch(
    document: bytes | str | os.PathLike[str],
    inputs: Iterable[str | os.PathLike[str]],
    out: str | os.PathLike[str],
    *,
    on_event: OnEvent | None = None,
    on_worker: Callable[[Worker], None] | None = None,
    is_stopping: Callable[[], bool] = lambda: False,
    **options: Any,
) -> RunRecord:
    """Run a pipeline over files, in subprocesses, and write its outputs to a folder.

    Parameters
    ----------
    document, inputs, out, on_event, on_worker, is_stopping
        As for `run_files`.
    **options
        The fields of `RunOptions`.

    Returns
    -------
    RunRecord
        What ``run.json`` holds (of a shard, its own part). Items that failed are in it, and raise nothing. It is as
        large as the run: `run_files` returns a few words however many items there are.

    Raises
    ------
    UsageError, DocumentError, PlanError, OutputError, RunError, KeyboardInterrupt
        As `run_files`.
    """
    header = run_files(
        document,
        inputs,
        out,
        RunOptions(**options),
        on_event=on_event,
        on_worker=on_worker,
        is_stopping=is_stopping,
    )
    with reading(journal_path(Path(header.folder), header.shard)) as journal:
        return RunRecord(
            **{name: getattr(header, name) for name in RunHeader.__struct_fields__},
            folders=dict(journal.claims()),
            items=list(journal.records()),
        )


def run_files(
    document: bytes | str | os.PathLike[str],
    inputs: Iterable[str | os.PathLike[str]],
    out: str | os.PathLike[str],
    options: RunOptions,
    *,
    on_event: OnEvent | None = None,
    on_worker: Callable[[Worker], None] | None = None,
    is_stopping: Callable[[], bool] = lambda: False,
    make_engine: Callable[[Order, int], Engine] | None = None,
) -> RunHeader:
    """Run a pipeline over files, in memory that does not grow with their number.

    Parameters
    ----------
    document : bytes or path
        The document as JSON, or the file that holds it in the format that its suffix says.
    inputs : iterable of path
        Files, folders and globs (see `find_items`), for the one input of the pipeline that nothing else gives.
    out : path
        Made if it is not there. Outputs go to ``out/<item>/<output name>.<suffix>``, what became of each item to
        ``out/journal.sqlite`` at once and to ``out/run.json`` in the end.
    options : RunOptions
    on_event : callable, optional
        Called with each `Event` as it happens, in this thread.
    on_worker : callable, optional
        Called with each worker as it starts, in a thread of its own: whoever wants to stop the run at once ends it,
        and raises from `on_event`, which is told of the death.
    is_stopping : callable
        Asked every second at least. Once it says so, the items that are being worked at are finished, and no other.
    make_engine : callable, optional
        Gives what executes the items, for the document and a number of workers, instead of a pool of processes here.

    Returns
    -------
    RunHeader
        What is known of the run as a whole. What became of each item is in the journal.

    Raises
    ------
    UsageError
        If an option, an input or the output folder makes no sense, or what is resumed was changed; nothing was run.
    DocumentError, PlanError
        With all problems, before anything runs.
    OutputError
        If the journal or the record can't be written.
    RunError
        If workers die before they are of use.
    KeyboardInterrupt
        After what was done has been recorded; also when `is_stopping` said so before all was done.
    """
    form: Format = "json"
    if not isinstance(document, bytes):
        path = Path(document)
        form = format_of(path)
        try:
            document = read_file(path)
        except OSError as error:
            raise UsageError(f"{path} can't be read: {say(error)}") from error
        options = msgspec.structs.replace(options, base=path.parent if options.base is None else options.base)
    base = None if options.base is None else Path(options.base)
    pipeline = loads(document, format=form)
    ensure_catalogs(pipeline)
    _refuse_problems(document, base, form)
    if form != "json":
        document = dumps(pipeline).encode()  # what workers are sent
    columns = None if options.manifest is None else read_header(Path(options.manifest))
    bound = bind(pipeline.inputs, options.settings, axes=options.axes, columns=columns)
    _refuse_settings(pipeline, bound)
    workers = _refuse_options(options)
    found = _find(inputs, pipeline, bound, options)
    # Enough of the items to know how many workers they need; the others come as they are named.
    head = list(itertools.islice(found, workers))
    for used in (out, base or "", *bound.paths.values(), *(file for item in head for file in _files(item))):
        refuse_what_is_no_text(used)
    if not str(out):
        raise UsageError("the output folder has no name; say '.' for the current one")
    functions, origins = fingerprints_of(pipeline), origins_of(pipeline)
    cache = open_folder(options.cache, options.cache_limit)
    out, is_made = _make_folder(Path(out))
    header = RunHeader(
        folder=str(out),
        digest=digest(pipeline),
        name=pipeline.name,
        total=0,
        settings={**bound.values, **bound.paths},
        axes=bound.axes,
        versions=versions(functions, _formats(options, bound, head)),
        functions=functions,
        functions_files=functions_files(origins),
        catalog_digest=hashlib.sha256(msgspec.json.encode(functions, order="sorted")).hexdigest(),
        platform=platform.platform(),
        array_format=options.array_format,
        table_format=options.table_format,
        workers=min(workers, len(head)),
        seed=options.seed,
        fresh=_remembers(functions) if options.fresh is None else options.fresh,
        shard=options.shard,
        started=now(),
    )
    run = _Run(header, document, options, bound, on_event, is_stopping)
    try:
        with OutputLock(out, options.shard):
            sweep(out, options.shard)
            order = Order(
                document=document,
                base=None if base is None else str(base.absolute()),
                fingerprints=functions,
                origins=origins,
                cache=cache,
                seed=options.seed,
            )
            engine = (make_engine or _engine(options, out, on_worker))(order, header.workers)
            run.work(itertools.chain(head, found), engine)
    except BaseException:
        if is_made:
            with suppress(OSError):
                out.rmdir()
        raise
    return header


class _Run:
    """A run in a folder that is locked for it."""

    def __init__(
        self,
        header: RunHeader,
        document: bytes,
        options: RunOptions,
        bound: Settings,
        on_event: OnEvent | None,
        is_stopping: Callable[[], bool],
    ) -> None:
        self._header = header
        self._document = document
        self._options = options
        self._bound = bound
        self._on_event = on_event
        self._is_stopping = is_stopping
        self._out = Path(header.folder)

    def work(self, found: Iterator[Found], engine: Engine) -> None:
        """Name the items while the engine starts, then work them off; the engine is closed in any case."""
        header, is_over = self._header, False
        path = journal_path(self._out, header.shard)
        is_new = not path.exists()
        try:
            with Journal(path, durable=self._options.durable) as journal:
                try:
                    with journal.transaction():
                        notes = register(
                            journal,
                            header,
                            self._document,
                            found,
                            resume=self._options.resume,
                            force=self._options.force,
                            paths=self._bound.paths,
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
        finally:
            engine.close(now=True)
        if not is_over:
            raise KeyboardInterrupt

    def _plain(self, stems: tuple[str, ...]) -> Plain:
        options, bound = self._options, self._bound
        return Plain(
            out=self._out,
            stems=stems,
            paths=bound.paths,
            values=bound.values,
            axes=bound.axes,
            array_format=options.array_format,
            table_format=options.table_format,
            retries=options.retries,
            shard=options.shard,
            fresh=self._header.fresh,
            each_step=options.each_step,
            durable=options.durable,
        )

    def _tell(self, event: Event) -> None:
        if self._on_event is not None:
            self._on_event(event)


def _engine(
    options: RunOptions, out: Path, on_worker: Callable[[Worker], None] | None
) -> Callable[[Order, int], Engine]:
    if options.engine == "dask":
        return functools.partial(
            DaskEngine,
            out=out,
            proof=lock_path(out, options.shard).name,
            scheduler=options.scheduler,
            timeout=options.timeout,
            memory_limit=options.memory_limit,
        )
    return functools.partial(
        WorkerPool,
        timeout=options.timeout,
        memory_limit=options.memory_limit,
        devices=options.devices or devices_here(),
        on_worker=on_worker,
    )


def _find(
    inputs: Iterable[str | os.PathLike[str]], pipeline: Pipeline, bound: Settings, options: RunOptions
) -> Iterator[Found]:
    free = {name: given for name, given in pipeline.inputs.items() if name not in {**bound.values, **bound.paths}}
    return find_items(
        inputs,
        varied=bound.varied,
        manifest=options.manifest,
        inputs=free,
        required=required(pipeline.inputs, options.settings),
        judge=_judge(pipeline),
        pattern=options.pattern,
        stack=options.stack,
    )


def _files(found: Found) -> Iterator[Path]:
    for given in found.inputs.values():
        yield from given.files()


def _refuse_problems(document: bytes, base: Path | None, format: Format) -> None:
    errors = blocking(check(document, format=format, base=base))
    if errors:
        raise PlanError(f"the pipeline can't run:\n{summarize(errors)}", problems=errors)


def _refuse_settings(pipeline: Pipeline, bound: Settings) -> None:
    """Refuse values that no function takes before there is a folder: each item would fail of them."""
    for name, value in bound.values.items():
        if (fault := _fault(pipeline, name, value)) is not None:
            raise UsageError(f"--set {name}: {fault}")


def _fault(pipeline: Pipeline, name: str, value: Any) -> str | None:
    """Why no function takes a value for an input, if none does."""
    for problem in find_setting_problems(pipeline, {name: value}):
        hint = f"; did you mean {' or '.join(problem.suggestions)}?" if problem.suggestions else ""
        return problem.message + hint
    return None


def _judge(pipeline: Pipeline) -> Callable[[str, Any], str | None]:
    """`_fault` for the cells of a manifest: a column of a hundred thousand rows has few values, mostly."""

    @functools.lru_cache(maxsize=4096)
    def judged(name: str, encoded: bytes) -> str | None:
        return _fault(pipeline, name, msgspec.json.decode(encoded))

    return lambda name, value: judged(name, msgspec.json.encode(value))


def _remembers(keys: Iterable[str]) -> bool:
    """Whether an item would depend on those that its process had before."""
    return any(remembers(lookup(key)) for key in keys)


def _refuse_options(options: RunOptions) -> int:
    """Refuse numbers that make no sense; returns how many workers there may be."""
    parse_array_format(options.array_format)
    parse_table_format(options.table_format)
    if options.timeout is not None and not options.timeout > 0:
        raise UsageError(f"the timeout is {options.timeout:g} s; an item needs more than 0")
    if options.retries < 0:
        raise UsageError(f"--retries is {options.retries}; 0 is the fewest")
    if options.workers is not None and options.workers < 1:
        raise UsageError(f"--workers is {options.workers}; a run needs one")
    if options.force and not options.resume:
        raise UsageError("--force is for --resume: without it, everything is made again anyway")
    if options.seed is not None and not (type(options.seed) is int and 0 <= options.seed <= MAX_SEED):
        raise UsageError(f"--seed is {options.seed}; it is an integer from 0 to 2**63 - 1")
    if options.shard is not None and parse_shard(options.shard) is None:
        raise UsageError("a shard is I/N; leave it out for all items")
    if options.scheduler is not None and options.engine != "dask":
        raise UsageError("--scheduler is for --engine dask")
    if options.scheduler is not None and options.workers is not None:
        raise UsageError("--workers is for this machine; a scheduler has the workers that were started for it")
    if options.engine == "dask" and options.devices:
        raise UsageError("--devices is for the processes of this machine; a Dask worker says itself which GPU it has")
    return options.workers or default_workers()


def _formats(options: RunOptions, bound: Settings, head: Iterable[Found]) -> list[str]:
    """The distributions that files of this run are read or written by, beside those of every run."""
    used = ["pyarrow"] if options.table_format == "parquet" else []
    read = [*map(Path, bound.paths.values()), *(file for item in head for file in _files(item))]
    if options.array_format == "zarr" or any(map(is_zarr, read)):
        used.append("zarr")
    return used


def _make_folder(out: Path) -> tuple[Path, bool]:
    is_there = out.is_dir()
    try:
        out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        what = "it is no folder" if isinstance(error, FileExistsError | NotADirectoryError) else say(error)
        raise UsageError(f"{out} can't be the output folder: {what}") from error
    return out.resolve(), not is_there
