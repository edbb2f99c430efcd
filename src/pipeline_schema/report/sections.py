"""The sections of the page, each from what was gathered; None where a run has nothing to say in it."""

from __future__ import annotations

import itertools
import json

from pipeline_schema.report.chart import bar, histogram
from pipeline_schema.report.gathering import Failures, Gathered, StepTimes
from pipeline_schema.report.markup import Markup, join, tag
from pipeline_schema.report.pictures import picture_of
from pipeline_schema.report.tables import Table, read_scalars, summarize_tables
from pipeline_schema.report.wording import duration, figure, size
from pipeline_schema.run.batch.record import ItemRecord

__all__ = ["document_part", "failures", "items", "pictures", "steps", "tables", "technical"]

_MAX_TRACEBACK = 20_000


def failures(gathered: Gathered) -> Markup | None:
    """What went wrong, each kind once, with how often and where."""
    if not gathered.failures:
        return None
    kinds = sorted(gathered.failures.values(), key=lambda kind: -kind.count)
    more = gathered.failures_left_out
    return join(map(_failure, kinds), tag("p", f"and {more:,} more, of other kinds", class_="soft") if more else None)


def _failure(kind: Failures) -> Markup:
    error = kind.first.error
    assert error is not None
    where = f"in step {error.step} ({error.key})" if error.step else ""
    hidden = kind.count - len(kind.names)
    return tag(
        "div",
        tag(
            "p",
            tag("b", f"{kind.count:,} item{'' if kind.count == 1 else 's'} failed {where}".rstrip()),
            f" · {error.type}" + (f" · {kind.first.attempts} attempts" if kind.first.attempts > 1 else ""),
        ),
        tag("p", error.message),
        [tag("p", note, class_="soft") for note in error.notes],
        tag("p", ", ".join(kind.names) + (f" and {hidden:,} more" if hidden else ""), class_="small soft"),
        tag("details", tag("summary", f"Traceback of {kind.first.name}"), tag("pre", error.traceback[-_MAX_TRACEBACK:]))
        if error.traceback
        else None,
        class_="failure",
    )


def pictures(gathered: Gathered) -> Markup | None:
    """Some items to be looked at."""
    chosen = gathered.sample.items
    if not chosen:
        return None
    some = len(chosen) < gathered.states["done"]
    said = f"{len(chosen)} of {gathered.states['done']:,} items, evenly spread; " if some else ""
    return join(
        tag("p", f"{said}brightness by the 0.3rd and 99.7th percentile of each.", class_="soft small"),
        tag("div", [_figure(item, gathered) for item in chosen], class_="pictures"),
    )


def _figure(item: ItemRecord, gathered: Gathered) -> Markup:
    folder = gathered.folder / item.name
    picture = picture_of(item, folder)
    shown = (
        tag("img", src=picture.png, width=picture.width, height=picture.height, alt=picture.caption, loading="lazy")
        if picture.png
        else tag("div", picture.caption, class_="none")
    )
    values = [f"{name} {value}" for name, value in read_scalars(item, folder).items()]
    columns = [f"{name} {value}" for name, value in item.columns.items()]
    return tag(
        "figure",
        tag("div", shown, class_="frame"),
        tag(
            "figcaption",
            tag("b", item.name),
            tag("div", " · ".join(values)) if values else None,
            tag("div", " · ".join(columns), class_="soft") if columns else None,
            tag("div", picture.caption, class_="soft") if picture.png else None,
        ),
    )


def tables(gathered: Gathered) -> Markup | None:
    """The tables that were measured: figures over the items that are looked at, and the first rows of one."""
    found = summarize_tables(gathered.sample.items, gathered.folder)
    return join(map(_table, found)) if found else None


def _table(table: Table) -> Markup:
    numeric = [column for column in table.columns if column.values]
    heads = ("mean", "sd", "min", "median", "max")
    return join(
        tag("h3", table.name),
        tag("p", f"{table.rows:,} rows of {table.items:,} items", class_="soft small"),
        tag(
            "div",
            tag(
                "table",
                tag(
                    "tr", tag("th", "column"), [tag("th", head, class_="number") for head in heads], tag("th", "values")
                ),
                [
                    tag(
                        "tr",
                        tag("td", column.name, class_="name"),
                        [tag("td", figure(value), class_="number") for value in column.figures().values()],
                        tag("td", histogram(column.counts(), f"how the values of {column.name} are spread")),
                    )
                    for column in numeric
                ],
            ),
            class_="wide",
        )
        if numeric
        else None,
        tag(
            "details",
            tag("summary", f"First rows of {table.item}"),
            tag(
                "div",
                tag(
                    "table",
                    tag("tr", [tag("th", title, class_="number") for title in table.titles]),
                    [tag("tr", [tag("td", cell, class_="number") for cell in row]) for row in table.first],
                ),
                class_="wide",
            ),
        ),
    )


def steps(gathered: Gathered) -> Markup | None:
    """Where the time went."""
    if not gathered.steps:
        return None
    total = sum(times.total for times in gathered.steps.values())
    longest = max(times.total for times in gathered.steps.values())
    outside = gathered.seconds - total
    heads = [("step", "what"), ("share of all", "bars"), ("total", "number"), ("median", "number"),
             ("95 % within", "number wider"), ("longest", "number wider")]  # fmt: skip
    return join(
        tag("div", [tag("div", name, class_=f"head {kind}") for name, kind in heads],
            [_step(name, times, total, longest) for name, times in gathered.steps.items()], class_="steps"),
        tag("p", f"{duration(total)} in steps, {duration(max(0.0, outside))} for reading, writing and all else, "
            "summed over all items.", class_="soft small"),
    )  # fmt: skip


def _step(name: str, times: StepTimes, total: float, longest: float) -> list[Markup]:
    share = times.total / total if total else 0.0
    memory = " · ".join(memory for memory in times.memory if memory)
    return [
        tag(
            "div",
            tag("b", name),
            tag("div", times.key, f" on {memory}" if memory else "", class_="small soft"),
            class_="what",
        ),
        tag("div", bar(times.total / longest if longest else 0.0, f"{share:.0%} of the time"), class_="bars"),
        tag("div", duration(times.total), tag("div", f"{share:.0%}", class_="small soft"), class_="number"),
        tag("div", duration(times.quantile(0.5)), class_="number"),
        tag("div", duration(times.quantile(0.95)), class_="number wider"),
        tag("div", duration(times.most), class_="number wider"),
    ]


def items(gathered: Gathered) -> Markup | None:
    """Each item: state, columns, files with their sums."""
    if not gathered.items:
        return None
    left = gathered.states.total() - len(gathered.items)
    return join(
        tag(
            "div",
            tag(
                "table",
                tag(
                    "tr",
                    tag("th", "item"),
                    tag("th", "state"),
                    tag("th", "time", class_="number"),
                    [tag("th", column) for column in gathered.columns],
                    tag("th", "files"),
                ),
                [_row(item, gathered.columns) for item in gathered.items],
            ),
            class_="wide",
        ),
        tag("p", f"and {left:,} more, in run.json", class_="soft") if left > 0 else None,
    )


def _row(item: ItemRecord, columns: list[str]) -> Markup:
    known = item.columns
    files = [
        (f"in · {name}", given.path, given.size, given.sha256, "") for name, given in item.inputs.items()
    ] + [
        (f"out · {output.name}", f"{item.name}/{output.file}", output.size, output.sha256, _described(output))
        for output in item.outputs
    ]  # fmt: skip
    return tag(
        "tr",
        tag("td", item.name, class_="name"),
        tag("td", item.state, class_="done" if item.state == "done" else "failed"),
        tag("td", duration(item.seconds), class_="number"),
        [tag("td", known.get(column, "")) for column in columns],
        tag(
            "td",
            tag(
                "details",
                tag("summary", f"{len(item.inputs)} in, {len(item.outputs)} out"),
                [
                    tag(
                        "p",
                        tag("b", which),
                        f" {path} ",
                        tag(
                            "span",
                            " · ".join(filter(None, (what, size(count) if count is not None else ""))),
                            class_="soft",
                        ),
                        tag("br"),
                        tag("code", f"sha256 {digest}" if digest else "could not be read", class_="soft"),
                        class_="small",
                    )
                    for which, path, count, digest, what in files
                ],
            ),
        ),
    )


def _described(output: object) -> str:
    shape = getattr(output, "shape", None)
    dtype = getattr(output, "dtype", None) or ""
    return f"{dtype} {' x '.join(map(str, shape))}" if shape else ""


def document_part(document: bytes) -> Markup | None:
    """The document, as it was written."""
    return tag("pre", document.decode("utf-8", "replace")) if document else None


def technical(gathered: Gathered) -> Markup:
    """With what it was made: versions, sums, settings."""
    head = gathered.heads[0]
    facts = [
        ("document", tag("code", f"sha256 {head.digest}")),
        ("functions", tag("code", f"sha256 {head.catalog_digest}")),
        ("written to", head.folder),
        ("platform", head.platform),
        ("started", head.started),
        ("finished", head.finished or "not"),
        ("settings", tag("code", json.dumps(head.settings, ensure_ascii=False)) if head.settings else "none"),
        *((["axes", head.axes],) if head.axes else ()),
        *((file.path, tag("code", f"sha256 {file.sha256}")) for file in head.functions_files),
    ]
    versions = dict(itertools.chain.from_iterable(each.versions.items() for each in gathered.heads))
    return tag(
        "div",
        tag("dl", [(tag("dt", name), tag("dd", value)) for name, value in facts]),
        tag("dl", [(tag("dt", name), tag("dd", version)) for name, version in sorted(versions.items())]),
        class_="halves",
    )
