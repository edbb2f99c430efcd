"""``pipeline doctor --catalog``: how well the catalogs know what functions take, and what functions do."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

import msgspec

from pipeline_schema.cli.shown import Format, plain, print_json

if TYPE_CHECKING:
    from registry.quality import Figure, Quality

__all__ = ["BEHAVIOUR", "FIGURES", "report"]

FIGURES = {
    "narrower": "parameters of which more is known than that they take anything",
    "defaults": "defaults that are of the types and choices that are known of their parameter",
    "evidence": "parameters of which no value is refused that the library took in its own examples and tests",
    "mutations": "wrong values that are refused",
}
"""What is counted of parameters, and in words."""

BEHAVIOUR = {
    "tried": "functions that were called on small images",
    "ran": "that gave a result",
    "ended": "that ended or blocked their process on an image",
    "stacks": "that give for a stack what they give for its slices",
    "mixed": "that give something else for a stack, or refuse it",
    "unit": "whose floats of an integer image are between 0 and 1",
    "counts": "whose floats of an integer image are on its scale",
    "other": "whose floats of an integer image are on another",
    "mutates": "that wrote into an argument",
    "random": "that gave two results for one call",
}
"""What is counted of trials, and in words."""


def report(output: Format) -> None:
    """Print the figures of each library's catalog, and of all together.

    Parameters
    ----------
    output : {'text', 'json'}
        JSON names the offenders as well.
    """
    from registry.catalog import load_catalog
    from registry.errors import RegistryError
    from registry.libraries import prefixes
    from registry.quality import measure

    found: list[Quality] = []
    for prefix in prefixes():
        try:
            found.append(measure(load_catalog(prefix)))
        except RegistryError:
            continue  # known by name only: there is nothing to measure
    total = found[0]
    for quality in found[1:]:
        total += quality
    if output == "json":
        print_json({
            "libraries": [_as_json(quality) for quality in found],
            "all": _as_json(total),
            "meaning": FIGURES | BEHAVIOUR,
        })  # fmt: skip
        return
    rows = (*found, total)
    _print_table(("functions", *FIGURES), [_row(q, (q.functions, *_figures(q))) for q in rows], (9, 19, 19, 19, 19))
    _print_words(FIGURES)
    print("           which ones are not: --format json, offenders\n")
    _print_table(tuple(BEHAVIOUR), [_row(q, _counts(q)) for q in rows if q.behaviour.tried], (7,) * len(BEHAVIOUR))
    _print_words(BEHAVIOUR)


def _row(quality: Quality, cells: Iterable[object]) -> tuple[str, list[str]]:
    return f"{quality.library} {quality.version}" if quality.library else "all", [str(cell) for cell in cells]


def _figures(quality: Quality) -> list[str]:
    return [_cell(getattr(quality, name)) for name in FIGURES]


def _counts(quality: Quality) -> list[int]:
    return [getattr(quality.behaviour, name) for name in BEHAVIOUR]


def _cell(figure: Figure) -> str:
    # Rounded down: 100 % says that there is no offender.
    return f"{figure.passed}/{figure.of} {int(1000 * figure.share) / 10:.1f} %" if figure.of else "-"


def _print_table(head: tuple[str, ...], rows: list[tuple[str, list[str]]], widths: tuple[int, ...]) -> None:
    for name, cells in (("", list(head)), *rows):
        line = "".join(f" {cell:>{width}}" for cell, width in zip(cells, widths, strict=True))
        print(plain(f"{name:20}{line}"))
    print()


def _print_words(meaning: Mapping[str, str]) -> None:
    for name, words in meaning.items():
        print(f"{name:10} {words}")


def _as_json(quality: Quality) -> dict[str, Any]:
    facts = {name: getattr(quality, name) for name in ("library", "version", "functions")}
    for name in FIGURES:
        figure = getattr(quality, name)
        facts[name] = {**msgspec.structs.asdict(figure), "share": figure.share}
    return facts | {"behaviour": msgspec.structs.asdict(quality.behaviour)}
