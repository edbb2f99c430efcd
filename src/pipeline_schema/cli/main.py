"""The command ``pipeline``: what it can do, and where each command is."""

from __future__ import annotations

import io
import sys
from typing import Annotated

import typer

from pipeline_schema.cli import schema
from pipeline_schema.cli.check import check
from pipeline_schema.cli.demo import demo
from pipeline_schema.cli.doctor import doctor
from pipeline_schema.cli.failures import set_debug
from pipeline_schema.cli.functions import functions
from pipeline_schema.cli.run import run
from pipeline_schema.cli.status import status
from pipeline_schema.cli.tui import tui

__all__ = ["app", "main"]

app = typer.Typer(
    name="pipeline",
    help="Image-analysis pipelines as typed documents that name functions.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


def _version(wanted: bool) -> None:
    if wanted:
        from pipeline_schema import identity

        print(identity.VERSION)
        raise typer.Exit


@app.callback()
def options(
    debug: Annotated[bool, typer.Option("--debug", help="Show tracebacks.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Show the version and end.")
    ] = False,
) -> None:
    """Image-analysis pipelines as typed documents that name functions."""
    set_debug(debug)


app.command()(demo)
app.command()(check)
app.command()(run)
app.command()(status)
app.command()(functions)
app.add_typer(schema.app, name="schema")
app.command()(doctor)
app.command()(tui)


def main() -> None:
    """Run the command line."""
    for stream in (sys.stdout, sys.stderr):
        # A name that the terminal's encoding lacks is shown escaped, and never stops a run's report.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    app(prog_name="pipeline")
