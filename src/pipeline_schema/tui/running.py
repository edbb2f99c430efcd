"""A run that can be stopped: `run_batch` in a thread, and the way to end its worker from another."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from pathlib import Path

from pipeline_schema.document import Input
from pipeline_schema.errors import PipelineError, UsageError
from pipeline_schema.events import Event, OnEvent
from pipeline_schema.run.batch.record import RunRecord
from pipeline_schema.run.batch.run import run_batch
from pipeline_schema.run.inputs.settings import parse_settings
from pipeline_schema.run.workers.process import Worker

__all__ = ["Running", "StoppedError", "varied_input"]


class StoppedError(Exception):
    """The run was stopped by the person who started it."""


def varied_input(inputs: Mapping[str, Input]) -> str | None:
    """The input that the image is for: the first that has no default; None if there is none."""
    return next((name for name, given in inputs.items() if not given.has_default), None)


class Running:
    """One run of a document on an image, or a folder of them.

    Parameters
    ----------
    document : bytes
    typed : mapping of str
        What was typed for each input of the pipeline; empty for its default.
    varied : str or None
        The input that gets the images.
    out : Path
        The folder for the outputs.
    base : Path or None
        The document's folder.
    on_event : callable
        Called in the thread that runs.
    """

    def __init__(
        self,
        document: bytes,
        typed: Mapping[str, str],
        *,
        varied: str | None,
        out: Path,
        base: Path | None,
        on_event: OnEvent,
    ) -> None:
        self._document = document
        self._typed = typed
        self._varied = varied
        self._out = out
        self._base = base
        self._tell = on_event
        self._stopped = threading.Event()
        self._workers: list[Worker] = []

    def run(self) -> RunRecord:
        """Run; returns when all is done.

        Raises
        ------
        StoppedError
            If `stop` was called.
        PipelineError, RegistryError
            If nothing could be run. What fails on an image is in the record.
        """
        try:
            others = {name: text for name, text in self._typed.items() if name != self._varied and text.strip()}
            image = self._typed.get(self._varied or "", "").strip()
            if self._varied is not None and not image:
                raise UsageError(f"type the path of an image for the input {self._varied}")
            return run_batch(
                self._document,
                [Path(image).expanduser()] if image else [],
                self._out,
                settings=parse_settings(f"{name}={text}" for name, text in others.items()),
                base=self._base,
                on_event=self._observe,
                on_worker=self._meet,
                is_stopping=self._stopped.is_set,
            )
        except (PipelineError, KeyboardInterrupt) as error:
            if self._stopped.is_set():
                raise StoppedError from error
            raise

    def stop(self) -> None:
        """End the run and its workers, from any thread; what was written whole stays."""
        self._stopped.set()
        for worker in self._workers:
            worker.end()

    def _meet(self, worker: Worker) -> None:
        self._workers.append(worker)
        self._leave_if_stopped()

    def _observe(self, event: Event) -> None:
        self._leave_if_stopped()
        self._tell(event)

    def _leave_if_stopped(self) -> None:
        if self._stopped.is_set():
            raise StoppedError
