"""What a report says of a whole run, gathered while its items pass by: bounded, however many there are."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from pipeline_schema.errors import UsageError
from pipeline_schema.report.recorded import Recorded
from pipeline_schema.run.batch.journal_reading import find_journals, reading
from pipeline_schema.run.batch.lock import holder_of, lock_path
from pipeline_schema.run.batch.record import ItemRecord, RunHeader
from pipeline_schema.run.batch.run_file import combine, peers_of
from pipeline_schema.run.inputs.layout import RUN_FILE, safe_name

__all__ = ["Failures", "Gathered", "Sample", "StepTimes", "gather"]

_BINS_PER_OCTAVE = 16
_FAILURES_TOLD = 20
_NAMES_TOLD = 20


@dataclass
class StepTimes:
    """How long one step took, over all items.

    Attributes
    ----------
    key : str
    count : int
    total, least, most : float
        In seconds.
    memory : Counter of str
        Where its results were.
    bins : Counter of int
        How often it took about ``2 ** (bin / 16)`` seconds.
    """

    key: str
    count: int = 0
    total: float = 0.0
    least: float = math.inf
    most: float = 0.0
    memory: Counter[str] = field(default_factory=Counter)
    bins: Counter[int] = field(default_factory=Counter)

    def add(self, seconds: float, memory: str | None) -> None:
        self.count += 1
        self.total += seconds
        self.least, self.most = min(self.least, seconds), max(self.most, seconds)
        self.memory[memory or ""] += 1
        self.bins[round(math.log2(max(seconds, 1e-9)) * _BINS_PER_OCTAVE)] += 1

    def quantile(self, share: float) -> float:
        """The seconds that this share of the items took at most, within 5 %."""
        passed = 0
        for number, count in sorted(self.bins.items()):
            passed += count
            if passed >= share * self.count:
                return float(min(max(2 ** (number / _BINS_PER_OCTAVE), self.least), self.most))
        return 0.0


@dataclass
class Failures:
    """Items that failed in the same way: one of them in full, and the names of the first."""

    first: ItemRecord
    count: int = 0
    names: list[str] = field(default_factory=list)


class Sample:
    """Items that are evenly spread over all that pass by, from the first on.

    Parameters
    ----------
    most : int
        How many are kept.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._every = 1
        self._seen = 0
        self._kept: list[ItemRecord] = []

    def add(self, item: ItemRecord) -> None:
        if self._seen % self._every == 0 and self._most:
            self._kept.append(item)
            if len(self._kept) > 2 * self._most:
                del self._kept[1::2]
                self._every *= 2
        self._seen += 1

    @property
    def items(self) -> list[ItemRecord]:
        """Those that were kept."""
        if len(self._kept) <= self._most:
            return self._kept
        return [self._kept[index * len(self._kept) // self._most] for index in range(self._most)]


@dataclass
class Gathered:
    """A run, as a report needs it.

    Attributes
    ----------
    folder : Path
        Where the outputs are now; the record says where they were written.
    heads : list of RunHeader
        One, or one a shard.
    is_running : bool
    document : bytes
        As the journal holds it; empty if there is none.
    states : Counter of str
    seconds : float
        Of all items together.
    steps : dict of StepTimes
        By step, in running order.
    failures : dict of Failures
        By what they have in common: step, type and message. Of further kinds only the number is known.
    failures_left_out : int
    items : list of ItemRecord
        The first ones.
    sample : Sample
        Of the items that are done.
    columns : list of str
        What is known of items besides.
    """

    folder: Path
    heads: list[RunHeader] = field(default_factory=list)
    is_running: bool = False
    document: bytes = b""
    states: Counter[str] = field(default_factory=Counter)
    seconds: float = 0.0
    steps: dict[str, StepTimes] = field(default_factory=dict)
    failures: dict[tuple[str, str, str], Failures] = field(default_factory=dict)
    failures_left_out: int = 0
    items: list[ItemRecord] = field(default_factory=list)
    sample: Sample = field(default_factory=lambda: Sample(0))
    columns: list[str] = field(default_factory=list)

    @property
    def total(self) -> int:
        """How many items the run was given."""
        return max(sum(head.total for head in self.heads), self.states.total())

    @property
    def finished(self) -> bool:
        """Whether it came to its end, in all its shards."""
        return combine(self.heads).state == "finished"


def gather(folder: Path, *, rows: int, pictures: int) -> Gathered:
    """Read what a run left, or what one that goes on has left so far: its journals, else its record.

    Parameters
    ----------
    folder : Path
        The output folder.
    rows : int
        How many items to keep with all that is known of them.
    pictures : int
        How many done items to keep to be looked at.

    Raises
    ------
    UsageError
        If it is no output folder, or its record is damaged.
    """
    gathered = Gathered(folder, sample=Sample(pictures))
    headers = [header for path in find_journals(folder) if (header := _header(path)) is not None]
    if headers:
        latest = max(headers, key=lambda header: header.started)
        # The folder may have been moved since.
        for path, header in peers_of(msgspec.structs.replace(latest, folder=str(folder))):
            gathered.is_running |= holder_of(lock_path(folder, header.shard)) is not None
            with reading(path) as journal:
                for item in journal.records():
                    _add(gathered, item, rows, path)
                gathered.heads.append(header)
                gathered.document = journal.document()
        return gathered
    record = folder / RUN_FILE
    if not record.is_file():
        what = "has no journal and no run.json: it is no output folder of a run" if folder.is_dir() else "is no folder"
        raise UsageError(f"{folder} {what}")
    recorded = Recorded(record)
    for item in recorded:
        _add(gathered, item, rows, record)
    gathered.heads.append(recorded.head)
    return gathered


def _header(path: Path) -> RunHeader | None:
    with reading(path) as journal:
        return journal.header()


def _add(gathered: Gathered, item: ItemRecord, rows: int, source: Path) -> None:
    # It may have come from somebody else: a name that leads out of the folder is no item's.
    if item.name != safe_name(item.name):
        raise UsageError(f"{source} is no record of a run: an item is named {item.name!a}")
    gathered.states[item.state] += 1
    gathered.seconds += item.seconds
    for step in item.steps:
        if step.step not in gathered.steps:
            gathered.steps[step.step] = StepTimes(step.key)
        gathered.steps[step.step].add(step.seconds, step.memory_type)
    if len(gathered.items) < rows:
        gathered.items.append(item)
        gathered.columns += [name for name in item.columns if name not in gathered.columns]
    if item.error is not None:
        kind = (item.error.step or "", item.error.type, item.error.message.replace(item.name, "…"))
        if kind not in gathered.failures and len(gathered.failures) >= _FAILURES_TOLD:
            gathered.failures_left_out += 1
            return
        failures = gathered.failures.setdefault(kind, Failures(item))
        failures.count += 1
        if len(failures.names) < _NAMES_TOLD:
            failures.names.append(item.name)
    else:
        gathered.sample.add(item)
