"""Progress of a run on stderr: a bar with rate and remaining time where a terminal is, plain lines elsewhere."""

from __future__ import annotations

import contextlib
import sys
import time
from datetime import timedelta
from types import TracebackType
from typing import TYPE_CHECKING, Self

from pipeline_schema.cli.shown import plain

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from pipeline_schema.events import Event

__all__ = ["RunProgress"]

# Each item has a line of its own in a short run; in a longer one, a line every so often says how it stands.
_LINES = 50
_SECONDS = 10.0


class RunProgress:
    """Shows the events of a run; a context manager, and the `on_event` of `run_files`.

    Parameters
    ----------
    each_step : bool
        Whether steps are shown, as for a single image.
    quiet : bool
        Whether nothing is: stderr is for something else.
    """

    def __init__(self, *, each_step: bool = False, quiet: bool = False) -> None:
        self._each_step = each_step
        self._quiet = quiet or sys.stderr is None
        self._steps = 1
        self._ended = self._kept = 0
        self._began: float | None = None
        self._said = 0.0
        self._bar: Progress | None = None
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        if not self._quiet and sys.stderr.isatty():
            from rich.console import Console
            from rich.markup import escape
            from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

            self._escape = escape
            self._bar = Progress(
                TextColumn("{task.description}"),
                BarColumn(),
                TextColumn("{task.fields[count]}"),
                TimeElapsedColumn(),
                TextColumn("left"),
                TimeRemainingColumn(),
                console=Console(stderr=True),
            )
            self._bar.start()
            self._task = self._bar.add_task("starting workers", total=None, count="")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def __call__(self, event: Event) -> None:
        """Show one event."""
        if event.kind == "worker-ready":
            self._steps = event.total or 1
        if event.kind == "item-started" and self._began is None:
            self._began = time.monotonic()
        if event.kind in ("item-finished", "item-failed"):
            self._ended += 1
        if event.kind == "item-kept":
            self._kept += 1
        if self._bar is not None:
            self._draw(self._bar, event)
        elif not self._quiet:
            self._say(event)

    def say(self, sentence: str) -> None:
        """Say something of one's own."""
        if self._bar is not None:
            self._bar.console.print(plain(sentence), markup=False, highlight=False, soft_wrap=True)
        elif not self._quiet:
            # Whoever read our progress may have gone away; the run goes on without.
            with contextlib.suppress(BrokenPipeError):
                print(plain(sentence), file=sys.stderr, flush=True)

    def _draw(self, bar: Progress, event: Event) -> None:
        assert self._task is not None
        scale = self._steps if self._each_step else 1
        match event.kind:
            case "item-started":
                bar.update(self._task, total=(event.total or 1) * scale)
                bar.update(self._task, description=self._escape(plain(event.item or "")))
            case "step-started" if self._each_step:
                bar.update(self._task, description=self._escape(plain(event.step or "")))
            case "step-finished" if self._each_step:
                bar.advance(self._task)
            case "item-finished" | "item-failed":
                over = self._ended + self._kept
                bar.update(
                    self._task, completed=over * scale, count=f"{over}/{event.total}  {self._per_minute():.0f}/min"
                )
        if event.kind in ("item-failed", "note"):
            self.say(_sentence(event))

    def _say(self, event: Event) -> None:
        is_long = (event.total or 0) > _LINES
        told = {"item-failed", "note"} | ({"step-finished"} if self._each_step else set())
        if event.kind in (told if is_long else told | {"item-finished"}):
            self.say(_sentence(event))
        if is_long and event.kind in ("item-finished", "item-failed") and event.total is not None:
            now = time.monotonic()
            if now - self._said >= _SECONDS or self._ended + self._kept == event.total:
                self._said = now
                self.say(self._standing(event.total))

    def _standing(self, total: int) -> str:
        rate = self._per_minute()
        over = self._ended + self._kept
        left = timedelta(minutes=round((total - over) / rate, 2)) if rate else None
        about = "" if left is None else f", about {str(left).partition('.')[0]} left"
        return f"{over} of {total} items, {rate:.1f} a minute{about}"

    def _per_minute(self) -> float:
        took = time.monotonic() - (self._began or 0.0)
        return self._ended / max(took, 1e-3) * 60


def _sentence(event: Event) -> str:
    count = "" if event.index is None else f"[{event.index + 1}/{event.total}] "
    took = "" if event.seconds is None else f"  {event.seconds:.2f} s"
    match event.kind:
        case "step-finished":
            where = f" on {event.memory_type}" if event.memory_type else ""
            where += "".join(f", {many} {way}" for way, many in (event.conversions or {}).items())
            return f"  {count}{event.step}: {event.key}{where}{'  cached' if event.message == 'cached' else took}"
        case "item-finished":
            return f"{count}{event.item}: done{took}"
        case "item-failed":
            return f"{count}{event.item}: failed: {event.message}"
    return f"{event.item}: {event.message}" if event.item else f"{event.message}"
