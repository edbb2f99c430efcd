"""Events of a run for other programs: lines of JSON, in a file or on stderr."""

from __future__ import annotations

import sys
from contextlib import ExitStack, suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self, TextIO

from pipeline_schema.errors import UsageError

if TYPE_CHECKING:
    from pipeline_schema.events import Event

__all__ = ["EventLines"]


class EventLines:
    """Writes each event as a line of JSON, at once; a context manager, and an `on_event` of `run_files`.

    Parameters
    ----------
    target : str or None
        A file, which is appended to; ``-`` for stderr (stdout is for the report); None for nothing.

    Raises
    ------
    UsageError
        On entering, if the file can't be opened.
    """

    def __init__(self, target: str | None) -> None:
        self._target = target
        self._stack = ExitStack()
        self._file: TextIO | None = None

    def __enter__(self) -> Self:
        if self._target == "-":
            self._file = sys.stderr
        elif self._target is not None:
            try:
                self._file = self._stack.enter_context(Path(self._target).open("a", encoding="utf-8"))
            except OSError as error:
                raise UsageError(f"--events {self._target} can't be written: {error.strerror}") from error
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def __call__(self, event: Event) -> None:
        """Write one event."""
        if self._file is None:
            return
        import msgspec

        # Whoever read our events may have gone away; the run goes on without.
        with suppress(BrokenPipeError):
            print(msgspec.json.encode(event).decode(), file=self._file, flush=True)
