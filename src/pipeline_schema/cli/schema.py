"""``pipeline schema``: the JSON Schema that editors read, written or compared."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipeline_schema.cli.failures import FAILED, FINE, with_exit_code

__all__ = ["app"]

app = typer.Typer(help="Write the JSON Schema of documents, or compare it with what is written.", no_args_is_help=True)

Folder = Annotated[Path, typer.Argument(metavar="[DIR]", help="Where the schemas are.")]


@app.command()
@with_exit_code
def write(folder: Folder = Path("schemas")) -> int:
    """Write the schemas into a folder."""
    from pipeline_schema.schema import write as write_schemas

    for path in write_schemas(folder):
        print(f"wrote {path}")
    return FINE


@app.command()
@with_exit_code
def check(folder: Folder = Path("schemas")) -> int:
    """Say which schemas in a folder are not what this version writes."""
    from pipeline_schema.schema import drift

    drifted = drift(folder)
    for path in drifted:
        print(f"{path} is not what this version writes; run `pipeline schema write {folder}`")
    if not drifted:
        print(f"{folder}: the schemas are as this version writes them")
    return FAILED if drifted else FINE
