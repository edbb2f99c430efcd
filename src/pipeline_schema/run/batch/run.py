"""A run over many images, in the order in which it is quickest: workers start first, and the rest is done meanwhile."""

from __future__ import annotations

import functools
import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipeline_schema.errors import UsageError
from pipeline_schema.events import OnEvent
from pipeline_schema.run.batch.options import RunOptions
from pipeline_schema.run.batch.request import judge, read_request, refuse_what_is_no_text
from pipeline_schema.run.caching.shelf import open_folder
from pipeline_schema.run.engines.engine import Engine, Order
from pipeline_schema.run.engines.pool import WorkerPool, devices_here
from pipeline_schema.run.files.landing import new_scratch
from pipeline_schema.run.workers.handshake import fingerprints_of, origins_of
from pipeline_schema.run.workers.process import Worker

if TYPE_CHECKING:
    from pipeline_schema.run.batch.record import RunHeader, RunRecord

__all__ = ["run_batch", "run_files"]


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
    from pipeline_schema.run.batch.run_file import read_whole

    return read_whole(header)


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
        Gives what executes the items, for an order and a number of workers, instead of what `options` says.

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
    if not str(out):
        raise UsageError("the output folder has no name; say '.' for the current one")
    refuse_what_is_no_text(out)
    out = _resolved(Path(out))
    request = read_request(document, inputs, options)
    if options.cache is not None:
        judge(request)  # before a folder is made for what can't run
    functions, origins = fingerprints_of(request.pipeline), origins_of(request.pipeline)
    order = Order(
        document=request.document,
        base=None if request.base is None else str(request.base.absolute()),
        scratch=f"{new_scratch(out, options.shard)}-",
        fingerprints=functions,
        origins=origins,
        cache=open_folder(options.cache, options.cache_limit),
        seed=options.seed,
    )
    # Its workers start, which takes as long as all that follows until they are needed.
    engine = (make_engine or _engine(options, out, on_worker))(order, request.workers)
    try:
        if options.cache is None:
            judge(request)
        # Loaded meanwhile as well.
        from pipeline_schema.run.batch.work import work

        return work(request, order, engine, out, options, on_event=on_event, is_stopping=is_stopping)
    finally:
        engine.close(now=True)


def _engine(
    options: RunOptions, out: Path, on_worker: Callable[[Worker], None] | None
) -> Callable[[Order, int], Engine]:
    if options.engine == "dask":
        from pipeline_schema.run.batch.lock import lock_path
        from pipeline_schema.run.engines.cluster import DaskEngine

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


def _resolved(out: Path) -> Path:
    try:
        return out.resolve()
    except (OSError, RuntimeError) as error:  # links in a circle are a RuntimeError up to Python 3.12
        raise UsageError(f"{out} can't be the output folder: its links lead nowhere") from error
