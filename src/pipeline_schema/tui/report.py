"""What a run tells, in lines for people."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from rich.text import Text

from pipeline_schema.events import Event
from pipeline_schema.run.batch.record import RunRecord
from pipeline_schema.run.channel.messages import ErrorRecord, OutputRecord
from pipeline_schema.tui.literal import plain

__all__ = ["event_line", "record_lines"]


def event_line(event: Event, *, several: bool = False) -> Text | None:
    """An event as a line, of several images one for each at its end; None for those that only move the progress bar."""
    match event.kind:
        case "worker-ready":
            return Text("worker ready", style="dim")
        case "item-finished" if several:
            took = f"{event.seconds:8.3f} s" if event.seconds is not None else ""
            return Text.assemble(("✓ ", "green"), plain(event.item or ""), (took, "dim"))
        case "item-failed" if several:
            return Text.assemble(("✗ ", "red"), plain(event.item or ""))
        case "item-started" if not several:
            return Text(plain(event.item or ""), style="bold")
        case "step-finished":
            took = f"{event.seconds:8.3f} s" if event.seconds is not None else ""
            return Text.assemble(("  ✓ ", "green"), plain(f"{event.step:<16}"), (plain(f" {took}  {event.key}"), "dim"))
        case "note":
            return Text(plain(f"  {event.message}"), style="yellow")
        case _:
            return None


def record_lines(record: RunRecord) -> Iterator[Text]:
    """What came out of a run: each output with its kind, its shape and its file, or what went wrong, and where."""
    for item in record.items:
        yield Text("")
        if item.error is not None:
            yield _failure(item.name, item.error)
            continue
        yield Text.assemble((plain(item.name), "bold"), (f"  done in {item.seconds:.2f} s", "green"))
        for output in item.outputs:
            yield _output(output, Path(record.folder) / item.name)


def _output(output: OutputRecord, folder: Path) -> Text:
    size = "" if output.shape is None else "  " + (" x ".join(map(str, output.shape)) or "one value")
    dtype = f"  {output.dtype}" if output.shape is not None and output.dtype else ""
    line = Text.assemble("  ", (plain(output.name), "bold cyan"), f"  {output.kind}{size}{dtype}")
    return line.append(plain(f"\n    {folder / output.file}"), style="dim")


def _failure(name: str, error: ErrorRecord) -> Text:
    # Our own errors say all there is to say, the step included.
    is_ours = error.step is not None or error.module.partition(".")[0] in ("pipeline_schema", "registry")
    what = error.message if is_ours else f"{error.type}: {error.message}"
    notes = "".join(f"\n  {note}" for note in error.notes)
    return Text.assemble((plain(name), "bold"), ("  failed: ", "bold red"), plain(what + notes))
