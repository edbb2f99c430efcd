"""The schedule of a run: which item is tried when and how often, and when its outputs are moved and journaled.

All of it happens in the parent, in one thread. Items stream from the journal to an engine, outcomes stream back, and
every quarter of a second, or when many have come, they are committed and their outputs moved:

1. in one transaction: the hashes of the outputs that are about to move, the items whose outputs were moved after the
   transaction before, and the items that failed;
2. the outputs are moved.

Killed between any two of these, a run that is resumed can tell what is in an item's folder.
"""

from __future__ import annotations

import itertools
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import msgspec

from pipeline_schema.errors import ImageError, OutputError
from pipeline_schema.events import Event, OnEvent
from pipeline_schema.run.batch.journal import Journal
from pipeline_schema.run.batch.journal_reading import Entry
from pipeline_schema.run.batch.record import ItemRecord
from pipeline_schema.run.batch.resume import is_whole
from pipeline_schema.run.channel.messages import ErrorRecord, InputRecord, RunItem, record_error
from pipeline_schema.run.engines.engine import Attempt, Engine, Outcome
from pipeline_schema.run.files.flushing import flush_folder
from pipeline_schema.run.files.landing import check_way, discard, earlier_outputs, land
from pipeline_schema.run.files.made_from import look_at
from pipeline_schema.run.item import ItemInput

__all__ = ["Plain", "Schedule"]

_COMMIT_SECONDS = 0.25
_COMMIT_ITEMS = 256


class Plain(msgspec.Struct, frozen=True, kw_only=True):
    """What all items of a run have in common.

    Attributes
    ----------
    out : Path
    scratch : str
        What the paths of scratch folders begin with.
    stems : tuple of str
        Of the output files.
    paths : dict of str
        Images that every item gets, by input.
    values : dict
        Other values by input, in the document's notation.
    axes : str or None
    array_format, table_format : str
    retries : int
        After a worker died over an item.
    fresh : bool
        Whether each item gets a process that has run nothing yet.
    each_step : bool
        Whether events of steps are told.
    durable : bool
        Whether outputs are flushed to the disk.
    """

    out: Path
    scratch: str
    stems: tuple[str, ...]
    paths: Mapping[str, str] = {}
    values: Mapping[str, Any] = {}
    axes: str | None = None
    array_format: str = "tif"
    table_format: str = "csv"
    retries: int = 1
    fresh: bool = False
    each_step: bool = True
    durable: bool = False


@dataclass(slots=True)
class _At:
    """An item that is being worked at."""

    entry: Entry
    attempt: Attempt
    attempts: int = 1
    seconds: float = 0.0


@dataclass(slots=True)
class _Landing:
    """An item whose outputs are whole, in its scratch folder."""

    at: _At
    record: ItemRecord


@dataclass(slots=True)
class _Pending:
    """What the next transaction will say."""

    landing: list[_Landing] = field(default_factory=list)
    done: list[str] = field(default_factory=list)
    failed: list[ItemRecord] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.landing) + len(self.done) + len(self.failed)


class Schedule:
    """Works through the items of a journal.

    Parameters
    ----------
    journal : Journal
    engine : Engine
        Started.
    plain : Plain
    total : int
        How many items there are.
    on_event : callable, optional
    is_stopping : callable
        Asked again and again: once it says so, no item is begun any more, and those at work are finished.
    """

    def __init__(
        self,
        journal: Journal,
        engine: Engine,
        plain: Plain,
        *,
        total: int,
        on_event: OnEvent | None = None,
        is_stopping: Callable[[], bool] = lambda: False,
    ) -> None:
        self._journal = journal
        self._engine = engine
        self._plain = plain
        self._total = total
        self._on_event = on_event
        self._is_stopping = is_stopping
        self._at: dict[int, _At] = {}
        self._scratches = itertools.count()
        self._pending = _Pending()
        self._promised: deque[_Landing] = deque()
        self._committed = float("-inf")
        self.failed = 0
        self.kept = 0

    def run(self) -> bool:
        """Work until nothing is left; returns whether nothing is, so False if it was stopped.

        Raises
        ------
        OutputError
            If the journal can't be written: nothing could be remembered.
        RunError
            If no worker lives long enough to be of use.
        """
        entries = self._journal.entries()
        try:
            left, stopping, dropped = True, False, False
            while left or self._at or self._pending:
                if not stopping and (left or self._at) and self._is_stopping():
                    dropped = self._stop() or left
                    left, stopping = False, True
                for _ in range(self._engine.capacity - len(self._at)):
                    left = left and self._feed(entries)
                self._receive(wait=not left or len(self._at) >= self._engine.capacity)
                self._commit(at_once=not self._at and not left)
        except OutputError:
            raise
        except BaseException:
            # What was computed is not lost, whatever ends the run; the first reason is the one to tell.
            with suppress(OutputError):
                self._on_event = None
                self._move()
                self._commit(at_once=True)
                self._commit(at_once=True)
            raise
        return not dropped

    def _stop(self) -> bool:
        """Begin nothing more; returns whether anything was dropped for it."""
        dropped = self._engine.drop_waiting()
        for number in dropped:
            del self._at[number]
        count = len(self._at)
        what = "1 item that is" if count == 1 else f"{count} items that are"
        self._tell(Event(kind="note", message=f"stopping: the {what} being worked at will be finished"))
        return bool(dropped)

    def _feed(self, entries: Iterator[Entry]) -> bool:
        """Look at the next item and have it run if it has to; returns whether there may be another."""
        entry = next(entries, None)
        if entry is None:
            return False
        if entry.state in ("done", "landing") and entry.record is not None:
            if is_whole(entry.record, self._plain.out):
                self.kept += 1
                if entry.state == "landing":
                    self._pending.done.append(entry.name)
                self._tell(Event(kind="item-kept", item=entry.name, index=entry.number, total=self._total))
                return True
            self._journal.reset(entry.name)
        at = _At(entry, self._attempt(entry))
        if entry.found.fault:
            self._fail(at, record_error(ImageError(entry.found.fault)), {}, None)
            return True
        try:
            check_way(self._plain.out / entry.name, self._plain.stems, self._journal.is_input)
        except OutputError as error:
            self._fail(at, record_error(error), {}, None)
            return True
        self._at[entry.number] = at
        self._engine.submit(at.attempt)
        return True

    def _attempt(self, entry: Entry, *, fresh: bool = False) -> Attempt:
        plain = self._plain
        given = {**entry.found.inputs, **{name: ItemInput(path=path) for name, path in plain.paths.items()}}
        item = RunItem(
            name=entry.name,
            inputs=given,
            scratch=f"{plain.scratch}{next(self._scratches)}",
            settings=dict(plain.values),
            axes=plain.axes,
            array_format=plain.array_format,
            table_format=plain.table_format,
            each_step=plain.each_step,
            durable=plain.durable,
        )
        return Attempt(number=entry.number, item=item, fresh=fresh or plain.fresh)

    def _receive(self, *, wait: bool) -> None:
        """Take what the engine has to tell, and wait for it if there is nothing else to do."""
        due = self._committed + _COMMIT_SECONDS - time.monotonic() if self._pending else 1.0
        told = self._engine.receive(max(due, 0.0) if wait and self._at else 0.0)
        while told is not None:
            if isinstance(told, Event):
                # An engine knows an item's number, and not how many there are; of steps, it knows both.
                self._tell(msgspec.structs.replace(told, total=self._total) if told.kind == "item-started" else told)
            else:
                self._take(told)
            if len(self._pending) >= _COMMIT_ITEMS:
                return
            told = self._engine.receive(0.0)

    def _take(self, outcome: Outcome) -> None:
        at = self._at[outcome.number]
        at.seconds += outcome.seconds
        if outcome.died and at.attempts <= self._plain.retries:
            message = outcome.error.message if outcome.error else "the worker died"
            self._tell(Event(kind="note", item=at.entry.name, message=f"{message}; trying again on a fresh worker"))
            self._drop_scratch(at)
            at.attempts += 1
            at.attempt = self._attempt(at.entry, fresh=True)
            self._engine.submit(at.attempt)
            return
        del self._at[outcome.number]
        if outcome.done is None:
            error = outcome.error or ErrorRecord(type="RunError", module="pipeline_schema.errors", message="no result")
            self._drop_scratch(at)
            folder = self._plain.out / at.entry.name
            if left := earlier_outputs(folder, self._plain.stems):
                # Nobody's results are removed, and nobody should take them for those of this run.
                note = f"what an earlier run made is still in {folder}: {', '.join(left)}"
                error = msgspec.structs.replace(error, notes=(*error.notes, note))
            self._fail(at, error, outcome.inputs, outcome)
            return
        record = ItemRecord(
            name=at.entry.name,
            state="done",
            inputs=dict(outcome.inputs),
            seconds=at.seconds,
            attempts=at.attempts,
            steps=outcome.steps,
            outputs=outcome.done.outputs,
            columns=at.entry.found.columns,
        )
        self._pending.landing.append(_Landing(at, record))

    def _fail(self, at: _At, error: ErrorRecord, inputs: Mapping[str, InputRecord], outcome: Outcome | None) -> None:
        given = {name: each for name, each in at.attempt.item.inputs.items() if any(each.files())}
        seen = {name: inputs.get(name) or look_at(each) for name, each in given.items()}
        record = ItemRecord(
            name=at.entry.name,
            state="failed",
            inputs=seen,
            seconds=at.seconds,
            attempts=at.attempts,
            steps=outcome.steps if outcome else (),
            error=error,
            columns=at.entry.found.columns,
        )
        self.failed += 1
        self._pending.failed.append(record)
        told = Event(
            kind="item-failed",
            item=record.name,
            index=at.entry.number,
            total=self._total,
            seconds=at.seconds,
            step=error.step,
            key=error.key,
            message=error.message,
        )
        self._tell(told)

    def _commit(self, *, at_once: bool) -> None:
        """Commit what is pending and move the outputs that the transaction tells of, if it is time to."""
        if not self._pending:
            return
        is_due = time.monotonic() - self._committed >= _COMMIT_SECONDS or len(self._pending) >= _COMMIT_ITEMS
        if not at_once and not is_due:
            return
        written, self._pending = self._pending, _Pending()
        if self._plain.durable and written.done:
            flush_folder(self._plain.out)
        self._journal.write((each.record for each in written.landing), written.done, written.failed)
        self._promised.extend(written.landing)
        self._move()
        self._committed = time.monotonic()

    def _move(self) -> None:
        while self._promised:
            self._land(self._promised.popleft())

    def _land(self, landing: _Landing) -> None:
        at, record = landing.at, landing.record
        folder = self._plain.out / record.name
        try:
            land(Path(at.attempt.item.scratch), folder, (each.file for each in record.outputs), self._journal.is_input)
            if self._plain.durable:
                flush_folder(folder)
        except OutputError as error:
            self._drop_scratch(at)
            self._fail(at, record_error(error), record.inputs, None)
            return
        self._pending.done.append(record.name)
        told = Event(
            kind="item-finished",
            item=record.name,
            index=at.entry.number,
            total=self._total,
            seconds=record.seconds,
        )
        self._tell(told)

    def _drop_scratch(self, at: _At) -> None:
        discard(Path(at.attempt.item.scratch))

    def _tell(self, event: Event) -> None:
        if self._on_event is not None:
            self._on_event(event)
