"""How a run stands: read from its journals, while it goes on or afterwards, without keeping it from going on."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Literal

import msgspec

from pipeline_schema.errors import UsageError
from pipeline_schema.run.batch.journal_reading import JournalReader, find_journals, reading
from pipeline_schema.run.batch.lock import holder_of, lock_path
from pipeline_schema.run.batch.record import RunHeader
from pipeline_schema.run.batch.run_file import combine, peers_of

__all__ = ["Failure", "PartStatus", "RunStatus", "read_status"]

# A rate of the last minutes tells more of what is left than that of a run that was paused over night.
_RATE_SECONDS = 300.0


class Failure(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An item that failed."""

    name: str
    message: str
    attempts: int = 1
    step: str | None = None


class PartStatus(msgspec.Struct, frozen=True, kw_only=True):
    """How one shard stands.

    Attributes
    ----------
    shard : str
        ``I/N``.
    state : {'running', 'finished', 'interrupted'}
    total, done, failed : int
        Items.
    """

    shard: str
    state: Literal["running", "finished", "interrupted"]
    total: int
    done: int
    failed: int


class RunStatus(msgspec.Struct, frozen=True, kw_only=True):
    """How a run stands.

    Attributes
    ----------
    folder : str
    name : str or None
        Of the pipeline.
    state : {'running', 'finished', 'interrupted'}
    holder : str or None
        Which process runs it, where and since when.
    total, done, failed, waiting : int
        Items; waiting are those that are being worked at as well.
    per_minute : float or None
        Items that ended in a minute, of the last five; None if nothing runs.
    seconds_left : float or None
        At that rate.
    started, finished : str
    shards : tuple of PartStatus
        Of a job array, those that were begun.
    missing : tuple of str
        Of a job array, those that were not.
    failures : tuple of Failure
        By item, at most as many as were asked for.
    """

    folder: str
    name: str | None
    state: Literal["running", "finished", "interrupted"]
    holder: str | None
    total: int
    done: int
    failed: int
    waiting: int
    per_minute: float | None
    seconds_left: float | None
    started: str
    finished: str
    shards: tuple[PartStatus, ...] = ()
    missing: tuple[str, ...] = ()
    failures: tuple[Failure, ...] = ()


def read_status(out: Path, *, failures: int | None = None) -> RunStatus:
    """Read how the run in a folder stands.

    Parameters
    ----------
    out : Path
    failures : int, optional
        How many to name; None for all.

    Raises
    ------
    UsageError
        If there is no run, or its journal can't be read.
    """
    headers = [header for path in find_journals(out) if (header := _header(path)) is not None]
    if not headers:
        why = "its items are not named yet" if find_journals(out) else "it has no journal.sqlite"
        raise UsageError(f"there is no run in {out}: {why}")
    latest = max(headers, key=lambda header: header.started)
    # The folder may have been moved since.
    peers = peers_of(msgspec.structs.replace(latest, folder=str(out)))
    parts, named, recent, holder = [], list[Failure](), 0, None
    for path, header in peers:
        held = holder_of(lock_path(out, header.shard))
        holder = holder or held
        with reading(path) as journal:
            parts.append(_part(journal, header, is_running=held is not None))
            recent += journal.count_ended(since=max(time.time() - _RATE_SECONDS, _seconds(header.started)))
            named += itertools.islice(_failures(journal), None if failures is None else failures - len(named))
    whole = combine([header for _, header in peers])
    total, done, failed = (sum(getattr(part, field) for part in parts) for field in ("total", "done", "failed"))
    running_for = time.time() - _seconds(whole.started)
    rate = recent / min(_RATE_SECONDS, max(running_for, 1.0)) if recent and holder else None
    return RunStatus(
        folder=str(out),
        name=whole.name,
        state="running" if holder else whole.state,
        holder=str(holder) if holder else None,
        total=total,
        done=done,
        failed=failed,
        waiting=total - done - failed,
        per_minute=None if rate is None else rate * 60,
        seconds_left=None if rate is None else (total - done - failed) / rate,
        started=whole.started,
        finished="" if holder else whole.finished,
        shards=tuple(parts) if latest.shard else (),
        missing=_missing(parts),
        failures=tuple(named),
    )


def _header(path: Path) -> RunHeader | None:
    with reading(path) as journal:
        return journal.header()


def _part(journal: JournalReader, header: RunHeader, *, is_running: bool) -> PartStatus:
    return PartStatus(
        shard=header.shard or "1/1",
        state="running" if is_running else header.state,
        total=header.total,
        # One that is about to land is computed, and there before anyone can look.
        done=journal.count("done") + journal.count("landing"),
        failed=journal.count("failed"),
    )


def _failures(journal: JournalReader) -> Iterator[Failure]:
    for record in journal.failed():
        error = record.error
        yield Failure(
            name=record.name,
            message=error.message if error else "",
            attempts=record.attempts,
            step=error.step if error else None,
        )


def _missing(parts: list[PartStatus]) -> tuple[str, ...]:
    there = {part.shard for part in parts}
    count = int(parts[0].shard.partition("/")[2])
    return tuple(shard for number in range(1, count + 1) if (shard := f"{number}/{count}") not in there)


def _seconds(when: str) -> float:
    return datetime.fromisoformat(when).timestamp()
