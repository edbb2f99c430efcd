"""``pipeline functions show KEY``: all that is known of one function, for people and for programs."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import msgspec

from pipeline_schema.cli.shown import Format, plain, print_json

if TYPE_CHECKING:
    from registry.correspondence import Counterpart
    from registry.entry import FunctionEntry, Parameter

__all__ = ["record", "show"]

_OBSERVED_STACK = {
    "slices": "as for each of its slices",
    "values": "other values than for its slices",
    "shape": "another shape than its slices together",
    "error": "an error",
}


def show(key: str, output: Format) -> None:
    """Print what is known of a function: parameters, results, what it did in trials, and who else does the same.

    Parameters
    ----------
    key : str
        A key or an alias.
    output : {'text', 'json'}

    Raises
    ------
    InvalidKeyError, UnknownKeyError, SourceUnavailableError
        As for `registry.describe`.
    """
    from registry.catalog import load_catalog, versions_with
    from registry.correspondence import counterparts
    from registry.devices import find_obstacle
    from registry.documentation import documentation_url
    from registry.resolver import describe

    entry = describe(key)
    catalog = load_catalog(entry.library)
    obstacle = find_obstacle(entry.library)
    others = counterparts(entry.key)
    url = documentation_url(entry, catalog.version)
    versions = versions_with(entry.key)
    if output == "json":
        more = {"missing": obstacle, "documentation": url, "versions": versions, "counterparts": others}
        print_json(record(entry) | {"distribution": catalog.distribution, "version": catalog.version} | more)
        return
    lines = [entry.key, f"    {entry.summary}", ""]
    lines += _facts(entry, f"{catalog.distribution} {catalog.version}", versions, url)
    if obstacle is not None:
        lines.append(f"not available here: {obstacle.message}")
    lines += ["", "parameters:" if entry.parameters else "no parameters"]
    lines += [line for parameter in entry.parameters for line in _parameter(parameter, entry.flow)]
    if others:
        lines += ["", "counterparts:"]
        lines += [line for other in others for line in _counterpart(other)]
    print(plain("\n".join(lines)))


def record(entry: FunctionEntry) -> dict[str, Any]:
    """An entry in full, defaults written out, for programs."""
    return {field: getattr(entry, field) for field in entry.__struct_fields__} | {"fingerprint": entry.fingerprint}


def _facts(entry: FunctionEntry, catalog: str, versions: tuple[str, ...], url: str | None) -> Iterator[str]:
    flow = f"what flows in is bound to {entry.flow}" if entry.flow else "nothing flows in"
    yield f"gives {entry.kind}, works on {entry.input_memory_type}; {flow}"
    if len(entry.outputs) > 1:
        yield "results: " + ", ".join(f"{index} {result.name}" for index, result in enumerate(entry.outputs))
    if entry.traits:
        yield f"traits: {', '.join(entry.traits)}"
    if entry.aliases:
        yield f"also known as {', '.join(entry.aliases)}"
    yield f"from {catalog}" + (f"; known in {', '.join(versions)}" if len(versions) > 1 else "")
    if url is not None:
        yield f"documented at {url}"
    yield from _deprecation(entry)
    yield from _observations(entry)


def _deprecation(entry: FunctionEntry) -> Iterator[str]:
    gone = entry.deprecated
    if gone is None:
        return
    if gone.replacement or gone.since or gone.removal:
        when = f" since {gone.since}" if gone.since else ""
        until = f", to be removed in {gone.removal}" if gone.removal else ""
        instead = f"; use {gone.replacement}" if gone.replacement else ""
        differs = ", which gives other results" if gone.replacement and gone.differs else ""
        yield f"deprecated{when}{until}{instead}{differs}"
    for old, new in gone.renamed.items():
        yield f"parameter {old} is now called {new}" if new else f"parameter {old} goes away"


def _observations(entry: FunctionEntry) -> Iterator[str]:
    seen = entry.observed
    if seen is None:
        return
    if seen.failure:
        yield f"in trials it never ran: {seen.failure}"
    for image, result in seen.results.items():
        yield f"in trials, {image} gave {result}"
    if seen.stack:
        yield f"in trials, a stack gave {_OBSERVED_STACK[seen.stack]}"
    if seen.range in ("unit", "input"):
        yield "in trials, values were " + ("between 0 and 1" if seen.range == "unit" else "in the counts of the input")
    if seen.mutates:
        yield f"in trials it changed {', '.join(seen.mutates)}"
    if seen.random:
        yield "in trials, two calls gave two results"


def _parameter(parameter: Parameter, flow: str | None, depth: int = 1) -> Iterator[str]:
    indent = "    " * depth
    types = " | ".join(parameter.types)
    default = "required" if parameter.required else f"default {_json(parameter.default)}"
    choices = f", one of {', '.join(map(_json, parameter.choices))}" if parameter.choices else ""
    holds = f", holds {parameter.holds}" if parameter.holds else ""
    role = ", written by the library" if parameter.role == "output" else holds
    yield f"{indent}{parameter.name}: {types}, {default}{choices}{role}" + (" (@)" if parameter.name == flow else "")
    if parameter.doc:
        yield f"{indent}    {parameter.doc}"
    for field in parameter.fields:
        yield from _parameter(field, None, depth + 1)


def _counterpart(other: Counterpart) -> Iterator[str]:
    yield f"    {other.key}"
    renamed = {ours: theirs for ours, theirs in other.parameters.items() if theirs and theirs != (ours,)}
    if renamed:
        yield "        " + ", ".join(f"{ours} is {' and '.join(theirs)}" for ours, theirs in renamed.items())
    lost = [ours for ours, theirs in other.parameters.items() if not theirs]
    if lost:
        yield f"        has no {', '.join(lost)}"
    if other.only_there:
        yield f"        has besides {', '.join(other.only_there)}"
    if other.note:
        yield f"        {other.note}"


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()
