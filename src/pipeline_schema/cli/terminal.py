"""The terminal that a report is printed on: how wide it is, and whether it shows colours."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Sequence

from pipeline_schema.cli.checked import Checked
from pipeline_schema.cli.reports import text

__all__ = ["print_report", "shows_colours"]

# Of a log, or of what another program reads.
_WIDTH = 120
_NARROWEST = 40


def shows_colours() -> bool:
    """Whether stdout is a terminal that shows colours, or is said to be one.

    ``NO_COLOR`` and ``FORCE_COLOR`` count if they are set to anything, the first of the two first.
    """
    if os.environ.get("NO_COLOR"):
        return False
    return bool(os.environ.get("FORCE_COLOR")) or (sys.stdout.isatty() and os.environ.get("TERM") != "dumb")


def print_report(files: Sequence[Checked]) -> None:
    """Print what was found in documents, for people."""
    width = max(shutil.get_terminal_size().columns, _NARROWEST) if sys.stdout.isatty() else _WIDTH
    if not shows_colours():
        print(text.report(files, width=width), end="")
        return
    # Loaded only where there are colours to show: it takes as long as checking a hundred documents.
    from rich.console import Console
    from rich.text import Text

    console = Console(force_terminal=True, highlight=False, soft_wrap=True)
    for line in text.lines(files, width=width):
        console.print(Text.assemble(*line))
