"""A worker made ready, and one attempt at an item by it: the same whatever engine it is that holds the worker."""

from __future__ import annotations

import time
from collections.abc import Callable

from pipeline_schema.errors import MemoryLimitError, RunError, WorkerDiedError
from pipeline_schema.events import Event
from pipeline_schema.run.channel.messages import ErrorRecord, Failed, Ready, StepTiming, record_error
from pipeline_schema.run.engines.engine import Attempt, Order, Outcome
from pipeline_schema.run.workers.memory_watch import MemoryWatch
from pipeline_schema.run.workers.process import Worker

__all__ = ["make_ready", "run_attempt"]

_LOAD_SECONDS = 600.0


def make_ready(worker: Worker, order: Order) -> Ready:
    """Let a worker plan the document of an order; raises as `Worker.load`."""
    worker.own_scratch(order.scratch)
    return worker.load(
        order.document,
        base=order.base,
        fingerprints=order.fingerprints,
        origins=order.origins,
        cache=order.cache,
        seed=order.seed,
        timeout=_LOAD_SECONDS,
    )


def run_attempt(
    worker: Worker,
    attempt: Attempt,
    *,
    timeout: float | None,
    watch: MemoryWatch | None,
    tell: Callable[[Event], None],
) -> Outcome:
    """Run an item on a worker that has its document loaded.

    Parameters
    ----------
    worker : Worker
        Afterwards it may be dead.
    attempt : Attempt
    timeout : float, optional
        In seconds.
    watch : MemoryWatch, optional
        Ends the worker if it takes too much memory.
    tell : callable
        Called with ``item-started``, and with the events of steps if the item asks for them.

    Returns
    -------
    Outcome
        Errors of the item and of the worker are in it; nothing is raised.
    """
    steps: list[StepTiming] = []

    def observe(event: Event) -> None:
        if event.kind == "step-finished":
            steps.append(StepTiming.of(event))
        tell(event)

    tell(Event(kind="item-started", item=attempt.item.name, index=attempt.number))
    if watch is not None:
        watch.add(worker)
    began = time.perf_counter()
    try:
        answer = worker.run_item(attempt.item, on_event=observe, timeout=timeout)
    except (RunError, OSError) as error:
        seconds = time.perf_counter() - began
        used = None if watch is None else watch.take_away(worker)
        return Outcome(
            number=attempt.number,
            error=record_error(error) if watch is None or used is None else _over(used, watch.limit),
            died=used is None and isinstance(error, WorkerDiedError),
            steps=tuple(steps),
            seconds=seconds,
        )
    seconds = time.perf_counter() - began
    if watch is not None:
        watch.take_away(worker)
    return Outcome(
        number=attempt.number,
        done=None if isinstance(answer, Failed) else answer,
        error=answer.error if isinstance(answer, Failed) else None,
        inputs=answer.inputs,
        steps=answer.steps,
        seconds=seconds,
    )


def _over(used: int, limit: int) -> ErrorRecord:
    error = MemoryLimitError(
        f"the worker had {used / 2**20:,.0f} MiB, and {limit / 2**20:,.0f} MiB are allowed (--memory-limit); "
        "it was ended",
        limit=limit,
        used=used,
    )
    return record_error(error)
