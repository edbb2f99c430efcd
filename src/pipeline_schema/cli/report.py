"""``pipeline report``: what became of a run, as one page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipeline_schema.cli.failures import FINE, with_exit_code
from pipeline_schema.cli.shown import plain
from pipeline_schema.errors import UsageError

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
    crate: Annotated[
        bool, typer.Option("--crate", help="Also make OUT a Workflow Run RO-Crate (pipeline-schema\\[crate]).")
    ] = False,
    agent: Annotated[
        str | None, typer.Option(metavar="WHO", help="With --crate: who ran it, a name or an ORCID's address.")
    ] = None,
    items: Annotated[int, typer.Option(min=0, help="How many items to list with their files.")] = 500,
) -> int:
    """Write one HTML page that says what became of a run: pictures, tables, times, failures, provenance."""
    from pipeline_schema.report.document import read_document
    from pipeline_schema.report.gathering import gather
    from pipeline_schema.report.page import make_page, write_whole
    from pipeline_schema.run.inputs.layout import REPORT_FILE

    gathered = gather(folder, rows=items, pictures=pictures)
    if document is not None:
        gathered.document = read_document(document, {head.digest for head in gathered.heads})
    if crate:
        from pipeline_schema.report.crate import write_crate

        print(plain(str(write_crate(folder, gathered.document, agent=agent))))
    elif agent is not None:
        raise UsageError("--agent is for --crate: the page names nobody")
    target = folder / REPORT_FILE if out is None else out
    write_whole(make_page(gathered), target)
    print(plain(str(target)))
    return FINE
