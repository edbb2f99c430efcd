"""``--functions FILE``: a user's own functions, which documents then name as ``local:<file's stem>.<name>``."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Annotated

import typer

from pipeline_schema.cli.shown import aside
from pipeline_schema.errors import UsageError

__all__ = ["FunctionsFiles", "load_own_functions"]

FunctionsFiles = Annotated[
    list[Path] | None,
    typer.Option(
        "--functions", metavar="FILE.py", help="Your own functions: local:<stem>.<name>. It is run. Repeatable."
    ),
]


def load_own_functions(paths: Iterable[Path] | None) -> None:
    """Run files of functions, so that this process and its workers know them.

    Raises
    ------
    UsageError
        If there is no such file, or its name can't be part of a key.
    RegistryError
        If a file can't be run, or offers what can't be registered; with file and line.
    """
    if not paths:
        return
    from registry.errors import InvalidKeyError
    from registry.local import load_functions

    for path in paths:
        if not path.is_file():
            raise UsageError(f"--functions {path}: there is no such file")
        try:
            with aside():
                load_functions(path)
        except InvalidKeyError as error:
            raise UsageError(f"--functions {path}: {error}") from error
