"""``pipeline doctor --catalog``: how well the catalogs say what functions accept."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from pipeline_schema.cli.shown import Format, plain, print_json

if TYPE_CHECKING:
    from registry.quality import Figure, Quality

__all__ = ["FIGURES", "report"]

FIGURES = {
    "narrower": "parameters of which more is known than that they take anything",
    "defaults": "defaults that their function is said to accept",
    "evidence": "parameters of which no value is refused that the library took in its own examples and tests",
    "mutations": "wrong values that are refused",
}
"""What is counted, and in words."""


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
        print_json({"libraries": [_as_json(quality) for quality in found], "all": _as_json(total), "meaning": FIGURES})
        return
    print(f"{'':30}{'functions':>9}" + "".join(f"{name:>21}" for name in FIGURES))
    for quality in (*found, total):
        name = f"{quality.library} {quality.version}" if quality.library else "all"
        cells = "".join(f"{_cell(getattr(quality, figure)):>21}" for figure in FIGURES)
        print(plain(f"{name:30}{quality.functions:>9}{cells}"))
    print()
    for name, words in FIGURES.items():
        print(f"{name:10} {words}")
    print("           which ones are not: --format json, offenders")


def _cell(figure: Figure) -> str:
    # Rounded down: 100 % says that there is no offender.
    return f"{figure.passed}/{figure.of} {int(1000 * figure.share) / 10:.1f} %" if figure.of else "-"


def _as_json(quality: Quality) -> dict[str, Any]:
    facts = {name: getattr(quality, name) for name in ("library", "version", "functions")}
    for name in FIGURES:
        figure = getattr(quality, name)
        facts[name] = {**msgspec.structs.asdict(figure), "share": figure.share}
    return facts
