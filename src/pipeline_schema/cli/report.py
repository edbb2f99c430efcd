"""``pipeline report``: what became of a run, as one page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipeline_schema.cli.failures import FINE, with_exit_code
from pipeline_schema.cli.shown import plain

__all__ = ["report"]


@with_exit_code
def report(
    folder: Annotated[Path, typer.Argument(metavar="OUT", help="The output folder of a run.")],
    out: Annotated[
        Path | None, typer.Option("-o", "--out", metavar="FILE", help="The page; OUT/report.html if not given.")
    ] = None,
    document: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The pipeline's document, where OUT has no journal that holds it."),
    ] = None,
    pictures: Annotated[int, typer.Option(min=0, help="How many items to show and measure, evenly spread.")] = 24,
    items: Annotated[int, typer.Option(min=0, help="How many items to list with their files.")] = 500,
) -> int:
    """Write one HTML page that says what became of a run: pictures, tables, times, failures, provenance."""
    from pipeline_schema.report.document import read_document
    from pipeline_schema.report.gathering import gather
    from pipeline_schema.report.page import make_page, write_page
    from pipeline_schema.run.layout import REPORT_FILE

    gathered = gather(folder, rows=items, pictures=pictures)
    if document is not None:
        gathered.document = read_document(document, {head.digest for head in gathered.heads})
    target = folder / REPORT_FILE if out is None else out
    write_page(make_page(gathered), target)
    print(plain(str(target)))
    return FINE
