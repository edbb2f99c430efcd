"""``pipeline run``: a document over one or many images, in a subprocess."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from pipeline_schema.cli.failures import FAILED, FINE, with_exit_code
from pipeline_schema.cli.own_functions import FunctionsFiles, load_own_functions
from pipeline_schema.cli.progress import RunProgress
from pipeline_schema.cli.shown import Format, aside, plain, print_json

if TYPE_CHECKING:
    from pipeline_schema.run.record import RunRecord

__all__ = ["report", "run"]


@with_exit_code
def run(
    document: Annotated[Path, typer.Argument(metavar="FILE", help="The pipeline's document.")],
    out: Annotated[str, typer.Option("-o", "--out", metavar="FOLDER", help="For outputs; made if it is not there.")],
    inputs: Annotated[
        list[str] | None, typer.Argument(metavar="INPUT...", help="Images, plates, folders of images, or globs.")
    ] = None,
    manifest: Annotated[
        str | None, typer.Option(metavar="FILE.csv", help="A row for each item, a column for each input.")
    ] = None,
    pattern: Annotated[
        str | None, typer.Option(help="How files of a plane are named: '{well}_s{site}_w{C}_z{Z}.tif'.")
    ] = None,
    stack: Annotated[str | None, typer.Option(help="Letters of the pattern that become axes: CZ.")] = None,
    settings: Annotated[
        list[str] | None, typer.Option("--set", metavar="NAME=VALUE", help="The value of another input.")
    ] = None,
    axes: Annotated[
        str | None, typer.Option(help="The images' axes, for example ZYX, over what the files say.")
    ] = None,
    array_format: Annotated[
        Literal["tif", "npy", "zarr"], typer.Option(help="How arrays are written; npy is exact.")
    ] = "tif",
    table_format: Annotated[Literal["csv", "parquet"], typer.Option(help="How tables are written.")] = "csv",
    merge: Annotated[
        bool, typer.Option("--merge-tables", help="Also write one table over all items, for each table.")
    ] = False,
    timeout: Annotated[float | None, typer.Option(metavar="SECONDS", help="The longest an image may take.")] = None,
    retries: Annotated[int, typer.Option(help="Tries more after a worker died over an image.")] = 1,
    own: FunctionsFiles = None,
    output: Annotated[Format, typer.Option("--format", help="How to report.")] = "text",
) -> int:
    """Run a pipeline over images; outputs go to OUT/<image>/, the record to OUT/run.json."""
    from pipeline_schema.run.batch import run_batch
    from pipeline_schema.run.settings import parse_settings

    load_own_functions(own)
    with aside(), RunProgress(each_step=len(inputs or ()) == 1) as progress:
        record = run_batch(
            document,
            inputs or [],
            out,
            settings=parse_settings(settings or []),
            axes=axes,
            array_format=array_format,
            table_format=table_format,
            manifest=manifest,
            pattern=pattern,
            stack=stack,
            merge=merge,
            on_event=progress,
            timeout=timeout,
            retries=retries,
        )
    if output == "json":
        print_json(record)
    else:
        report(record)
    return FAILED if record.failed else FINE


def report(record: RunRecord) -> None:
    """Say what became of each image, and where the outputs are."""
    folder = Path(record.folder)
    for item in record.items:
        if item.error is None:
            where = ", ".join(str(folder / item.name / output.file) for output in item.outputs)
            print(plain(f"done    {item.name}: {where or 'no outputs'}"))
        else:
            print(plain(f"failed  {item.name}: {item.error.message}"))
            for note in item.error.notes:
                print(plain(f"        {note}"))
    print(plain(f"{len(record.done)} of {record.total} done; the record is {folder / 'run.json'}"))
