"""``pipeline doctor``: what runs on this machine, what is missing, and how to get it."""

from __future__ import annotations

import platform
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from pipeline_schema.cli.failures import FINE, with_exit_code
from pipeline_schema.cli.shown import Format, aside, plain, print_json
from pipeline_schema.identity import VERSION

if TYPE_CHECKING:
    from registry.resolver import Availability

__all__ = ["doctor"]


class _Catalog(msgspec.Struct, kw_only=True):
    """Which catalog answers for a library."""

    version: str
    functions: int
    exclusions: int
    installed_version: bool


@with_exit_code
def doctor(
    output: Annotated[Format, typer.Option("--format", help="How to report.")] = "text",
    catalog: Annotated[
        bool, typer.Option("--catalog", help="Say in figures how well the catalogs know what functions accept.")
    ] = False,
) -> int:
    """Say which libraries and devices there are, what is missing, and how to get it."""
    if catalog:
        from pipeline_schema.cli.quality import report

        report(output)
        return FINE
    from registry.errors import RegistryError
    from registry.libraries import plugin_faults, prefixes
    from registry.opencl import status
    from registry.resolver import availability, ensure_catalog

    # Plugins print what they like when they are imported.
    with aside():
        faults = [str(fault) for fault in plugin_faults()]
        libraries = [availability(prefix) for prefix in prefixes()]
        for library in libraries:
            if library.available:
                try:
                    ensure_catalog(library.library)
                except RegistryError as error:
                    faults.append(str(error))
        catalogs = {library.library: _look_up(library.library) for library in libraries}
    opencl = status()
    if output == "json":
        print_json(
            {
                "version": VERSION,
                "python": platform.python_version(),
                "platform": platform.platform(),
                "libraries": [msgspec.structs.asdict(library) for library in libraries],
                "catalogs": catalogs,
                "faults": faults,
                "opencl": msgspec.structs.asdict(opencl),
            }
        )
        return FINE
    print(f"pipeline-schema {VERSION}, Python {platform.python_version()}, {platform.platform()}\n")
    for library in libraries:
        print(plain(_line(library, catalogs[library.library])))
    for fault in faults:
        print(plain(f"fault    {fault}"))
    return FINE


def _look_up(library: str) -> _Catalog | None:
    from registry.catalog import load_catalog
    from registry.errors import RegistryError
    from registry.libraries import installed

    try:
        catalog = load_catalog(library)
    except RegistryError:
        return None
    found = installed(library)
    return _Catalog(
        version=catalog.version,
        functions=len(catalog.entries),
        exclusions=len(catalog.exclusions),
        installed_version=found is not None and found[1] == catalog.version,
    )


def _line(library: Availability, catalog: _Catalog | None) -> str:
    mark = "ok     " if library.available else "missing"
    what = f"{library.distribution} {library.version}" if library.version else "not installed"
    known = f"{catalog.functions} functions known" if catalog else "no catalog"
    if catalog and library.version and not catalog.installed_version:
        known += f" (of version {catalog.version})"
    line = f"{mark}  {library.library:14} {what:32} {known}"
    if library.device:
        line += f"\n{'':25}device: {library.device}"
    if library.message:
        line += f"\n{'':25}{library.message.removesuffix(f'; {library.install}')}"
    if library.install:
        line += f"\n{'':25}to get it: {library.install}"
    return line
