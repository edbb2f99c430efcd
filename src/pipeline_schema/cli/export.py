"""``pipeline functions export``: what is known of a library as a file, for machines where it is not installed."""

from __future__ import annotations

from pathlib import Path

from pipeline_schema.cli.failures import FINE
from pipeline_schema.cli.shown import aside
from pipeline_schema.errors import UsageError

__all__ = ["export"]


def export(library: str, out: Path | None) -> int:
    """Write the catalog of a library.

    Parameters
    ----------
    library : str
        The prefix of its keys.
    out : Path or None
        The file to write, whole or not at all; None is stdout.

    Raises
    ------
    UsageError
        If the file can't be written there.
    RegistryError
        If nothing is known of the library, and it can't be imported here.
    """
    from registry.catalog import encode, load_catalog
    from registry.resolver import ensure_catalog

    with aside():
        ensure_catalog(library)
    catalog = load_catalog(library)
    text = encode(catalog)
    if out is None:
        print(text.decode(), end="")
        return FINE
    part = out.with_name(f".{out.name}.part")
    try:
        part.write_bytes(text)
        part.replace(out)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise UsageError(f"{out} can't be written: {error.strerror or error}") from error
    print(f"wrote {out}: {len(catalog)} functions of {catalog.distribution} {catalog.version}")
    return FINE
