"""``pipeline convert``: a document in another format, with all that it holds."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipeline_schema.cli.failures import FINE, with_exit_code
from pipeline_schema.cli.shown import plain

__all__ = ["convert"]


@with_exit_code
def convert(
    document: Annotated[Path, typer.Argument(metavar="IN", help="A document: .json, .yaml, .yml or .msgpack.")],
    out: Annotated[Path, typer.Argument(metavar="OUT", help="The file to write; its suffix says the format.")],
    force: Annotated[bool, typer.Option("--force", help="Write over OUT if it is there.")] = False,
) -> int:
    """Write a document in another format: same keys, same order, notes and words of newer formats included."""
    from pipeline_schema import codec
    from pipeline_schema.codec.files import DocumentExistsError, format_of, read_file, write_file
    from pipeline_schema.errors import UsageError

    source, target = format_of(document), format_of(out)
    try:
        text = read_file(document)
    except OSError as error:
        raise UsageError(f"{document} can't be read: {error.strerror or error}") from error
    written = codec.convert(text, source=source, target=target)
    try:
        write_file(out, written.encode() if isinstance(written, str) else written, replace=force)
    except DocumentExistsError as error:
        raise UsageError(f"{out} is there already; --force writes over it") from error
    print(plain(f"wrote {out}"))
    return FINE
