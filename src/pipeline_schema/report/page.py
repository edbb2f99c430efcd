"""The page: everything in one file, no script, nothing fetched; whole or absent."""

from __future__ import annotations

import secrets
from datetime import datetime
from importlib.resources import files
from pathlib import Path

from pipeline_schema.errors import OutputError
from pipeline_schema.identity import VERSION
from pipeline_schema.report.gathering import Gathered
from pipeline_schema.report.markup import Markup, tag
from pipeline_schema.report.sections import document_part, failures, items, pictures, steps, tables, technical
from pipeline_schema.report.wording import duration
from pipeline_schema.run.workers.guard import SCRATCH_PREFIX

__all__ = ["make_page", "write_whole"]

# Said in the page itself: a browser that opens it fetches nothing and runs nothing, whatever a name in it says.
_POLICY = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"


def make_page(gathered: Gathered) -> str:
    """The report of a run as HTML."""
    title = gathered.heads[0].name or "Pipeline run"
    sections = [
        ("failures", "Failures", failures(gathered)),
        ("pictures", "Pictures", pictures(gathered)),
        ("tables", "Tables", tables(gathered)),
        ("steps", "Time by step", steps(gathered)),
        ("items", "Items", items(gathered)),
        ("document", "Document", document_part(gathered.document)),
        ("technical", "Provenance", technical(gathered)),
    ]
    there = [(name, heading, body) for name, heading, body in sections if body is not None]
    head = tag(
        "head",
        tag("meta", charset="utf-8"),
        tag("meta", http_equiv="Content-Security-Policy", content=_POLICY),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="generator", content=f"pipeline-schema {VERSION}"),
        tag("title", f"{title}: report"),
        tag("style", Markup(files("pipeline_schema.report").joinpath("page.css").read_text("utf-8"))),
    )
    body = tag(
        "body",
        _header(gathered, title),
        tag("nav", tag("div", [tag("a", heading, href=f"#{name}") for name, heading, _ in there], class_="sheet")),
        tag(
            "main", [tag("section", tag("h2", heading), body, id=name) for name, heading, body in there], class_="sheet"
        ),
        tag("footer", f"Made by pipeline-schema {VERSION} from {gathered.folder.name}.", class_="sheet"),
    )
    return "<!DOCTYPE html>\n" + tag("html", head, body, lang="en") + "\n"


def write_whole(text: str, path: Path) -> None:
    """Write a file, in place of what has its name, or raise `OutputError` and leave that as it was."""
    part = path.with_name(f"{SCRATCH_PREFIX}{secrets.token_hex(4)}.html")
    try:
        try:
            part.write_text(text, encoding="utf-8", newline="\n")
            part.replace(path)
        finally:
            part.unlink(missing_ok=True)
    except OSError as error:
        raise OutputError(f"{path} could not be written: {error.strerror or error}", path=str(path)) from error


def _header(gathered: Gathered, title: str) -> Markup:
    heads = gathered.heads
    done, failed = gathered.states["done"], gathered.states.total() - gathered.states["done"]
    left = gathered.total - done - failed
    state = "running" if gathered.is_running else "finished" if gathered.finished and not left else "interrupted"
    badge = f"{state}, {failed:,} failed" if failed else state
    began = min(head.started for head in heads)
    ended = max(head.finished for head in heads)
    took = _seconds_between(began, ended)
    tiles = [
        ("done", f"{done:,}", "done"),
        ("failed", f"{failed:,}", "failed" if failed else ""),
        ("to come" if gathered.is_running else "not run", f"{left:,}", "") if left else None,
        ("wall clock", duration(took), "") if took is not None else None,
        ("per item, on average", duration(gathered.seconds / (done + failed)), "") if done + failed else None,
    ]
    return tag(
        "header",
        tag(
            "div",
            tag("div", tag("h1", title), tag("span", badge, class_=f"badge {_mood(state, failed)}"), class_="over"),
            tag(
                "p",
                f"{gathered.total:,} item{'' if gathered.total == 1 else 's'} · started {_readable(began)} · ",
                heads[0].platform,
                class_="soft",
            ),
            tag(
                "div",
                [
                    tag(
                        "div",
                        tag("b", value if isinstance(value, str) else f"{value:,}", class_=mood),
                        what,
                        class_="tile",
                    )
                    for what, value, mood in filter(None, tiles)
                ],
                class_="tiles",
            ),
            tag(
                "div",
                [
                    tag("i", style=f"width:{100 * count / max(1, gathered.total):.3f}%;background:var(--{colour})")
                    for count, colour in ((done, "good"), (failed, "bad"))
                    if count
                ],
                class_="progress",
            ),
            class_="sheet",
        ),
    )


def _mood(state: str, failed: int) -> str:
    return "failed" if failed or state == "interrupted" else "done"


def _seconds_between(began: str, ended: str) -> float | None:
    try:
        return (datetime.fromisoformat(ended) - datetime.fromisoformat(began)).total_seconds()
    except ValueError:
        return None


def _readable(moment: str) -> str:
    try:
        return f"{datetime.fromisoformat(moment):%Y-%m-%d %H:%M} UTC"
    except ValueError:
        return moment
