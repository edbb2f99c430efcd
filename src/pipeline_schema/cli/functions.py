"""``pipeline functions``: what a document can name."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, get_args

import typer

from pipeline_schema.cli.export import export
from pipeline_schema.cli.failures import FAILED, FINE, with_exit_code
from pipeline_schema.cli.own_functions import FunctionsFiles, load_own_functions
from pipeline_schema.cli.plugins import discover_plugins
from pipeline_schema.cli.show import record, show
from pipeline_schema.cli.shown import Format, aside, plain, print_json
from pipeline_schema.errors import UsageError
from pipeline_schema.problems import closest

__all__ = ["functions"]


@with_exit_code
def functions(
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="[PATTERN] | show KEY | export", help="Part of a key, a key to show, or what to do."),
    ] = None,
    library: Annotated[str | None, typer.Option(help="Only of this library, for example skimage.")] = None,
    memory_type: Annotated[str | None, typer.Option(help="Only those that work on this memory type.")] = None,
    kind: Annotated[str | None, typer.Option(help="Only those that give this: image, labels, mask, table, ...")] = None,
    trait: Annotated[str | None, typer.Option(help="Only those that are: random, stateful, mutates, callback.")] = None,
    excluded: Annotated[bool, typer.Option("--excluded", help="What is left out, and why.")] = False,
    out: Annotated[Path | None, typer.Option("-o", "--out", help="Where export writes; stdout if not given.")] = None,
    own: FunctionsFiles = None,
    output: Annotated[Format, typer.Option("--format", help="How to report.")] = "text",
) -> int:
    """List the functions that a document can name, show one (show KEY), or write a catalog (export --library L)."""
    words = words or []
    load_own_functions(own)
    _refuse_unknown(library, memory_type, kind, trait)
    if words[:1] == ["show"] and len(words) == 2:
        discover_plugins(words[1].partition(":")[0])
        show(words[1], output)
        return FINE
    if words == ["export"] and library is not None:
        return export(library, out)
    if len(words) > 1 or words in (["show"], ["export"]):
        raise UsageError(
            "call it as `pipeline functions [PATTERN]`, `pipeline functions show KEY` or "
            "`pipeline functions export --library LIBRARY [-o FILE]`"
        )
    if out is not None:
        raise UsageError("-o is where `pipeline functions export` writes; a list is written to stdout")
    discover_plugins(library)
    pattern = words[0] if words else None
    if excluded:
        return _list_excluded(pattern, library, output)
    return _list(pattern, library, memory_type, kind, trait, output)


def _refuse_unknown(library: str | None, memory_type: str | None, kind: str | None, trait: str | None) -> None:
    """Tell a misspelled filter from one that nothing matches."""
    from registry.entry import FunctionKind, Trait
    from registry.libraries import find_library, prefixes
    from registry.memory import MEMORY_TYPES

    known = [
        ("memory type", memory_type, MEMORY_TYPES),
        ("kind", kind, get_args(FunctionKind)),
        ("trait", trait, get_args(Trait)),
    ]
    if library is not None:
        try:
            find_library(library)
        except KeyError:
            known.append(("library", library, prefixes()))
    for what, given, all_known in known:
        if given is not None and given not in all_known:
            near = closest(given, all_known)
            hint = f"; did you mean {' or '.join(near)}?" if near else ""
            raise UsageError(f"no {what} {given!r}; known are {', '.join(all_known)}{hint}")


def _list(
    pattern: str | None,
    library: str | None,
    memory_type: str | None,
    kind: str | None,
    trait: str | None,
    output: Format,
) -> int:
    from registry.resolver import describe, keys

    with aside():
        entries = [describe(key) for key in keys(pattern, library=library, memory_type=memory_type, kind=kind)]
    entries = [entry for entry in entries if trait is None or trait in entry.traits]
    if output == "json":
        print_json([record(entry) for entry in entries])
        return FINE
    width = max((len(entry.key) for entry in entries), default=0)
    for entry in entries:
        print(plain(f"{entry.key:{width}}  {entry.summary}"))
    if not entries:
        print("no function matches; `pipeline functions` lists all")
    return FINE if entries else FAILED


def _list_excluded(pattern: str | None, library: str | None, output: Format) -> int:
    from registry.resolver import exclusions

    with aside():
        rows = [row for row in exclusions(library) if pattern is None or pattern.lower() in row.key.lower()]
    if output == "json":
        print_json(rows)
    else:
        width = max((len(row.key) for row in rows), default=0)
        for row in rows:
            print(plain(f"{row.key:{width}}  {row.reason:<17}  {row.note}".rstrip()))
    return FINE
