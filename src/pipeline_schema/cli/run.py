"""``pipeline run``: a document over one or many images, in subprocesses."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from pipeline_schema.cli.events import EventLines
from pipeline_schema.cli.failures import FAILED, FINE, with_exit_code
from pipeline_schema.cli.own_functions import FunctionsFiles, load_own_functions
from pipeline_schema.cli.progress import RunProgress
from pipeline_schema.cli.shown import Format, aside, plain
from pipeline_schema.errors import UsageError

if TYPE_CHECKING:
    from pipeline_schema.events import Event
    from pipeline_schema.run.batch.record import ItemRecord, RunHeader

__all__ = ["report", "run"]

# More lines than that are for `pipeline status` and run.json.
_SHOWN = 20


@with_exit_code
def run(
    document: Annotated[Path, typer.Argument(metavar="FILE", help="The pipeline's document.")],
    out: Annotated[str, typer.Option("-o", "--out", metavar="FOLDER", help="For outputs; made if it is not there.")],
    inputs: Annotated[
        list[str] | None, typer.Argument(metavar="INPUT...", help="Images, plates, folders of images, or globs.")
    ] = None,
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="The value of another input.")
    ] = None,
    axes: Annotated[
        str | None, typer.Option(help="The images' axes, for example ZYX, over what the files say.")
    ] = None,
    manifest: Annotated[
        Path | None, typer.Option(metavar="CSV", help="A row for each item, a column for each input.")
    ] = None,
    pattern: Annotated[
        str | None, typer.Option(help="How planes are named, for example '{well}_s{site}_w{C}_z{Z}.tif'.")
    ] = None,
    stack: Annotated[str | None, typer.Option(metavar="AXES", help="With --pattern: the axes to stack.")] = None,
    skip_incomplete: Annotated[
        bool,
        typer.Option("--skip-incomplete", help="With --pattern: images that lack planes fail, others run."),
    ] = False,
    array_format: Annotated[
        Literal["tif", "npy", "zarr"], typer.Option(help="How arrays are written; npy is exact.")
    ] = "tif",
    table_format: Annotated[Literal["csv", "parquet"], typer.Option(help="How tables are written.")] = "csv",
    merge: Annotated[
        bool, typer.Option("--merge-tables", help="Also write one table over all items, for each table.")
    ] = False,
    engine: Annotated[
        Literal["process", "dask"], typer.Option(help="What runs the items: processes here, or a Dask cluster.")
    ] = "process",
    scheduler: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="Of a Dask scheduler, for example tcp://node1:8786.")
    ] = None,
    workers: Annotated[
        int | None, typer.Option(metavar="N", help="Processes; one a core, fewer on small memory, if not given.")
    ] = None,
    timeout: Annotated[float | None, typer.Option(metavar="SECONDS", help="The longest an image may take.")] = None,
    memory_limit: Annotated[
        str | None, typer.Option(metavar="SIZE", help="The most memory a worker may have, for example 4G.")
    ] = None,
    retries: Annotated[int, typer.Option(help="Tries more after a worker died over an image.")] = 1,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with the run in the folder, if there is one.")
    ] = False,
    force: Annotated[
        bool, typer.Option("--force", help="With --resume: make again what was changed, instead of refusing.")
    ] = False,
    seed: Annotated[
        int | None, typer.Option(metavar="N", min=0, help="For steps that draw random numbers and have no seed.")
    ] = None,
    fresh: Annotated[
        bool | None,
        typer.Option("--fresh/--no-fresh", help="A new process for each image; by itself where functions remember."),
    ] = None,
    shard: Annotated[
        str | None,
        typer.Option(metavar="I/N", help="One part of N; by itself in a job array. 'none': all items there too."),
    ] = None,
    durable: Annotated[bool, typer.Option("--durable", help="Flush to the disk, against a loss of power.")] = False,
    devices: Annotated[
        str | None, typer.Option(metavar="LIST", help="GPUs that workers get in turn, for example 0,1.")
    ] = None,
    cache: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Keep results of steps, and run only what was changed.")
    ] = None,
    cache_size: Annotated[str, typer.Option(metavar="SIZE", help="How much the cache may hold.")] = "10GiB",
    crate: Annotated[
        bool, typer.Option("--crate", help="Also make OUT a Workflow Run RO-Crate (pipeline-schema\\[crate]).")
    ] = False,
    events: Annotated[
        str | None, typer.Option(metavar="FILE", help="Write events as lines of JSON; '-' is stderr.")
    ] = None,
    own: FunctionsFiles = None,
    output: Annotated[Format, typer.Option("--format", help="How to report.")] = "text",
) -> int:
    """Run a pipeline over images; outputs go to OUT/<image>/, the record to OUT/run.json."""
    from pipeline_schema.run.batch.interrupts import two_step_interrupts
    from pipeline_schema.run.batch.options import RunOptions
    from pipeline_schema.run.batch.run import run_files
    from pipeline_schema.run.batch.shards import find_shard, parse_shard
    from pipeline_schema.run.engines.capacity import parse_size
    from pipeline_schema.run.inputs.settings import parse_settings

    given = inputs or []
    if not given and manifest is None:
        raise UsageError("no input: give images, folders of images or quoted globs, or --manifest")
    part = find_shard() if shard is None else parse_shard(shard)
    if part is not None and sys.stderr is not None:
        print(f"shard {part} of the items, as {part.source} says", file=sys.stderr)
    if crate:
        _refuse_crate(None if part is None else str(part))
    each_step = len(given) == 1 and Path(given[0]).is_file()
    options = RunOptions(
        settings=parse_settings(settings or []),
        axes=axes,
        manifest=manifest,
        pattern=pattern,
        stack=stack,
        skip_incomplete=skip_incomplete,
        array_format=array_format,
        engine=engine,
        scheduler=scheduler,
        table_format=table_format,
        merge=merge,
        workers=workers,
        timeout=timeout,
        memory_limit=None if memory_limit is None else parse_size(memory_limit),
        retries=retries,
        resume=resume,
        force=force,
        seed=seed,
        fresh=fresh,
        shard=None if part is None else str(part),
        durable=durable,
        devices=tuple(device.strip() for device in (devices or "").split(",") if device.strip()),
        cache=cache,
        cache_limit=parse_size(cache_size),
        each_step=each_step or events is not None,
    )
    load_own_functions(own)
    with (
        aside(),
        EventLines(events) as lines,
        RunProgress(each_step=each_step, quiet=events == "-") as progress,
        two_step_interrupts() as is_stopping,
    ):

        def tell(event: Event) -> None:
            lines(event)
            progress(event)

        try:
            header = run_files(document, given, out, options, on_event=tell, is_stopping=is_stopping)
        except KeyboardInterrupt:
            progress.say("what was done is kept: the same command with --resume goes on with the rest")
            raise
    if crate:
        from pipeline_schema.report.crate import write_crate

        write_crate(Path(header.folder), b"")
    return _print_record(header) if output == "json" else report(header)


def _refuse_crate(shard: str | None) -> None:
    """Refuse, before anything runs, a crate that could not be made in the end."""
    from pipeline_schema.report.crate import needs_rocrate

    if shard is not None:
        raise UsageError("--crate is for a run that is whole; when all shards are over: pipeline report OUT --crate")
    if (install := needs_rocrate()) is not None:
        raise UsageError(f"--crate needs the package rocrate: {install}")


def report(header: RunHeader) -> int:
    """Say what became of the images, and where the outputs are; returns the exit code."""
    from pipeline_schema.run.batch.journal_reading import journal_path, reading

    folder = Path(header.folder)
    with reading(journal_path(folder, header.shard)) as journal:
        done, failed = journal.count("done"), journal.count("failed")
        records = journal.records() if header.total <= _SHOWN else journal.failed()
        for number, item in enumerate(records):
            if number == _SHOWN:
                print(f"and {failed - _SHOWN} more that failed; pipeline status --all {folder} names them")
                break
            _tell(item, folder)
    print(plain(f"{done} of {header.total} done; the record is {folder / 'run.json'}"))
    return FAILED if failed else FINE


def _tell(item: ItemRecord, folder: Path) -> None:
    if item.error is None:
        where = ", ".join(str(folder / item.name / output.file) for output in item.outputs)
        print(plain(f"done    {item.name}: {where or 'no outputs'}"))
        return
    print(plain(f"failed  {item.name}: {item.error.message}"))
    for note in item.error.notes:
        print(plain(f"        {note}"))


def _print_record(header: RunHeader) -> int:
    """Print ``run.json``, piece by piece: it may be larger than memory."""
    import shutil

    from pipeline_schema.run.batch.journal_reading import journal_path, reading

    folder = Path(header.folder)
    with (folder / "run.json").open(encoding="utf-8") as file:
        shutil.copyfileobj(file, sys.stdout)
    with reading(journal_path(folder, header.shard)) as journal:
        return FAILED if journal.count("failed") else FINE
