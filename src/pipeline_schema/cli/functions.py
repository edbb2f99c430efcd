"""``pipeline functions``: what a document can name."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import msgspec
import typer

from pipeline_schema.cli.failures import FAILED, FINE, with_exit_code
from pipeline_schema.cli.shown import Format, plain, print_json
from pipeline_schema.errors import UsageError

if TYPE_CHECKING:
    from registry.entry import FunctionEntry, Parameter

__all__ = ["functions"]


@with_exit_code
def functions(
    words: Annotated[
        list[str] | None, typer.Argument(metavar="[PATTERN] | show KEY", help="Part of a key, or a key to show.")
    ] = None,
    library: Annotated[str | None, typer.Option(help="Only of this library, for example skimage.")] = None,
    memory_type: Annotated[str | None, typer.Option(help="Only those that work on this memory type.")] = None,
    kind: Annotated[str | None, typer.Option(help="Only those that give this: image, labels, mask, table, ...")] = None,
    excluded: Annotated[bool, typer.Option("--excluded", help="What is left out, and why.")] = False,
    output: Annotated[Format, typer.Option("--format", help="How to report.")] = "text",
) -> int:
    """List the functions that a document can name, or show one (functions show KEY)."""
    words = words or []
    if words[:1] == ["show"] and len(words) == 2:
        return _show(words[1], output)
    if len(words) > 1 or words == ["show"]:
        raise UsageError("call it as `pipeline functions [PATTERN]` or `pipeline functions show KEY`")
    pattern = words[0] if words else None
    if excluded:
        return _list_excluded(pattern, library, output)
    return _list(pattern, library, memory_type, kind, output)


def _list(pattern: str | None, library: str | None, memory_type: str | None, kind: str | None, output: Format) -> int:
    from registry.resolver import describe, keys

    entries = [describe(key) for key in keys(pattern, library=library, memory_type=memory_type, kind=kind)]
    if output == "json":
        print_json([_record(entry) for entry in entries])
        return FINE
    width = max((len(entry.key) for entry in entries), default=0)
    for entry in entries:
        print(plain(f"{entry.key:{width}}  {entry.summary}"))
    if not entries:
        print("no function matches; `pipeline functions` lists all")
    return FINE if entries else FAILED


def _list_excluded(pattern: str | None, library: str | None, output: Format) -> int:
    from registry.resolver import exclusions

    rows = [row for row in exclusions(library) if pattern is None or pattern.lower() in row.key.lower()]
    if output == "json":
        print_json(rows)
    else:
        width = max((len(row.key) for row in rows), default=0)
        for row in rows:
            print(plain(f"{row.key:{width}}  {row.reason:<17}  {row.note}".rstrip()))
    return FINE


def _show(key: str, output: Format) -> int:
    from registry.libraries import missing
    from registry.resolver import describe

    entry = describe(key)
    gap = missing(entry.library)
    if output == "json":
        print_json(_record(entry) | {"missing": gap})
        return FINE
    print(plain(f"{entry.key}\n    {entry.summary}\n"))
    print(
        f"gives {entry.kind}, works on {entry.input_memory_type}; what flows in is bound to {entry.flow or 'nothing'}"
    )
    for parameter in entry.parameters:
        print(plain(_line(parameter)))
    if len(entry.outputs) > 1:
        print("results: " + ", ".join(f"{index} {result.name}" for index, result in enumerate(entry.outputs)))
    if entry.aliases:
        print(f"also known as {', '.join(entry.aliases)}")
    if gap is not None:
        print(plain(f"not available here: {gap.message}; {gap.install}"))
    return FINE


def _line(parameter: Parameter) -> str:
    types = " | ".join(parameter.types)
    default = "required" if parameter.required else f"default {msgspec.json.encode(parameter.default).decode()}"
    choices = f", one of {', '.join(map(str, parameter.choices))}" if parameter.choices else ""
    return f"    {parameter.name}: {types}, {default}{choices}\n        {parameter.doc}".rstrip()


def _record(entry: FunctionEntry) -> dict[str, Any]:
    """An entry in full, defaults written out, for programs."""
    return {field: getattr(entry, field) for field in entry.__struct_fields__} | {"fingerprint": entry.fingerprint}
