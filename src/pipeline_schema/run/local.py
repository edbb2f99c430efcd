"""Run a pipeline once, in a subprocess on this machine: values in, values out."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pipeline_schema.calling import require_inputs
from pipeline_schema.check import check
from pipeline_schema.codec import Format, dumps, loads
from pipeline_schema.document import Pipeline
from pipeline_schema.errors import PlanError
from pipeline_schema.events import Event, OnEvent
from pipeline_schema.problems import blocking, summarize
from pipeline_schema.run.caching.shelf import open_folder
from pipeline_schema.run.workers.functions import ensure_catalogs
from pipeline_schema.run.workers.handshake import fingerprints_of, origins_of
from pipeline_schema.run.workers.process import Worker
from pipeline_schema.seeding import require_seed

__all__ = ["run", "run_bytes"]


def run(
    pipe: Pipeline,
    inputs: Mapping[str, Any],
    *,
    on_event: OnEvent | None = None,
    base: str | Path | None = None,
    timeout: float | None = None,
    cache: str | Path | None = None,
    seed: int | None = None,
) -> dict[str, Any]:
    """Run a pipeline in a subprocess.

    Parameters
    ----------
    pipe : Pipeline
    inputs : mapping
        A value for each of the pipeline's inputs; those with a default may be left out.
    on_event : callable, optional
        Called with each `Event` as it happens, in the calling thread.
    base : path, optional
        The folder that ``$file`` paths are relative to.
    timeout : float, optional
        In seconds, for everything together; None waits for ever.
    cache : path, optional
        The folder where results of steps are kept, and found again.
    seed : int, optional
        From 0 to 2**63 - 1: each step that draws random numbers, and of which the document says no seed, gets one that
        follows from this and from its id. Its generator is new at each call.

    Returns
    -------
    dict
        Output name to value: numpy arrays, Python scalars, tuples, dicts of arrays.

    Raises
    ------
    DocumentError
        If `pipe` holds a value that a document can't.
    PlanError
        With all problems, before anything runs.
    ArgumentError
        If an input is missing, unknown, or has another number of axes than the document declares.
    StepError
        If a function raises; with its step, key and remote traceback.
    RunTimeoutError, WorkerDiedError
        If no results came.
    """
    return run_bytes(
        dumps(pipe).encode(), inputs, on_event=on_event, base=base, timeout=timeout, cache=cache, seed=seed
    )


def run_bytes(
    document: bytes,
    inputs: Mapping[str, Any],
    *,
    format: Format = "json",
    on_event: OnEvent | None = None,
    base: str | Path | None = None,
    timeout: float | None = None,
    cache: str | Path | None = None,
    seed: int | None = None,
) -> dict[str, Any]:
    """Run a document in a subprocess: bytes in, results out, for use inside somebody else's program.

    Parameters
    ----------
    document : bytes
    format : {'json', 'yaml', 'msgpack'}
        Of the document.
    inputs, on_event, base, timeout, cache, seed
        As for `run`.

    Returns
    -------
    dict
        As for `run`.

    Raises
    ------
    DocumentError
        If the document can't be read; with all problems and their lines.
    PlanError, ArgumentError, StepError, RunTimeoutError, WorkerDiedError
        As for `run`.
    """
    began = time.monotonic()

    def left() -> float | None:
        return None if timeout is None else max(0.0, began + timeout - time.monotonic())

    folder = None if base is None else Path(base)
    pipeline = loads(document, format=format)
    ensure_catalogs(pipeline)
    errors = blocking(check(document, format=format, base=folder))
    if errors:
        raise PlanError(f"the pipeline can't run:\n{summarize(errors)}", problems=errors)
    # Before a process is started for them.
    require_inputs(pipeline.inputs, inputs)
    if seed is not None:
        require_seed(seed)
    if format != "json":
        document = dumps(pipeline).encode()  # what workers are sent
    folder_of_steps = open_folder(cache)
    # One process for one call: it rounds as this one does.
    with Worker(single_threaded=False) as worker:
        ready = worker.load(
            document,
            base=folder,
            fingerprints=fingerprints_of(pipeline),
            origins=origins_of(pipeline),
            cache=folder_of_steps,
            seed=seed,
            timeout=left(),
        )
        if on_event is not None:
            on_event(Event(kind="worker-ready", total=len(ready.steps)))
        return worker.run_values(inputs, on_event=on_event, timeout=left())
