"""``pipeline tui``: the terminal interface."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipeline_schema.cli.failures import FINE, with_exit_code
from pipeline_schema.cli.own_functions import FunctionsFiles, load_own_functions
from pipeline_schema.cli.plugins import discover_plugins
from pipeline_schema.errors import UsageError

__all__ = ["tui"]


@with_exit_code
def tui(
    document: Annotated[Path | None, typer.Argument(metavar="[FILE]", help="A document to open.")] = None,
    own: FunctionsFiles = None,
) -> int:
    """Build a pipeline in the terminal, run it, and export its document."""
    try:
        from pipeline_schema.tui.app import PipelineApp
    except ModuleNotFoundError as error:
        if error.name is None or error.name.split(".")[0] != "textual":
            raise
        raise UsageError("the terminal interface needs textual; pip install 'pipeline-schema[tui]'") from None
    load_own_functions(own)
    discover_plugins()
    PipelineApp(document).run()
    return FINE
