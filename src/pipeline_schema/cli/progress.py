"""Progress of a run on stderr: a bar where a terminal is, plain lines elsewhere."""

from __future__ import annotations

import contextlib
import sys
from types import TracebackType
from typing import TYPE_CHECKING, Self

from pipeline_schema.cli.shown import plain

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

    from pipeline_schema.events import Event

__all__ = ["RunProgress"]


class RunProgress:
    """Shows the events of a run; a context manager, and the `on_event` of `run_batch`.

    Parameters
    ----------
    each_step : bool
        Whether plain lines tell every step, as for a single image.
    """

    def __init__(self, *, each_step: bool = False) -> None:
        self._each_step = each_step
        self._steps = 1
        self._bar: Progress | None = None
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        if sys.stderr is not None and sys.stderr.isatty():
            from rich.console import Console
            from rich.markup import escape
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

            self._escape = escape
            self._bar = Progress(
                TextColumn("{task.description}"),
                BarColumn(),
                MofNCompleteColumn(),
                TextColumn("steps"),
                TimeElapsedColumn(),
                console=Console(stderr=True),
            )
            self._bar.start()
            self._task = self._bar.add_task("starting the worker", total=None)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def __call__(self, event: Event) -> None:
        """Show one event."""
        if self._bar is None:
            self._say(event)
        else:
            self._draw(self._bar, event)

    def _draw(self, bar: Progress, event: Event) -> None:
        assert self._task is not None
        what = self._escape(plain(f"{event.item or ''} {event.step or ''}".strip()))
        match event.kind:
            case "worker-ready":
                self._steps = event.total or 1
                bar.update(self._task, description="worker ready")
            case "item-started":
                bar.update(self._task, description=what, total=(event.total or 1) * self._steps)
                bar.update(self._task, completed=(event.index or 0) * self._steps)
            case "step-started":
                bar.update(self._task, description=what)
            case "step-finished":
                bar.advance(self._task)
            case "item-finished":
                bar.update(self._task, completed=((event.index or 0) + 1) * self._steps)
            case "item-failed" | "note":
                bar.console.print(plain(_sentence(event)), markup=False, highlight=False, soft_wrap=True)

    def _say(self, event: Event) -> None:
        if sys.stderr is None:
            return
        told = event.kind in ("item-finished", "item-failed", "note")
        if told or (self._each_step and event.kind == "step-finished"):
            # Whoever read our progress may have gone away; the run goes on without.
            with contextlib.suppress(BrokenPipeError):
                print(plain(_sentence(event)), file=sys.stderr, flush=True)


def _sentence(event: Event) -> str:
    count = "" if event.index is None else f"[{event.index + 1}/{event.total}] "
    took = "" if event.seconds is None else f"  {event.seconds:.2f} s"
    match event.kind:
        case "step-finished":
            where = f" on {event.memory_type}" if event.memory_type else ""
            return f"  {count}{event.step}: {event.key}{where}{took}"
        case "item-finished":
            return f"{count}{event.item}: done{took}"
        case "item-failed":
            return f"{count}{event.item}: failed: {event.message}"
    return f"{event.item}: {event.message}" if event.item else f"{event.message}"
