"""Engines: how an attempt at an item is executed, as apart from when, how often, and what becomes of its outputs.

An engine is given attempts and gives outcomes. It knows nothing of names, journals, retries or places of outputs: the
parent decides those (`pipeline_schema.run.batch.schedule`). `pipeline_schema.run.engines.pool` is the engine of
processes on this machine; another one needs no more than the methods below.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

import msgspec

from pipeline_schema.events import Event
from pipeline_schema.run.channel.messages import (
    CacheFolder,
    ErrorRecord,
    InputRecord,
    ItemDone,
    Ready,
    RunItem,
    StepTiming,
)
from registry.origin import Origin

__all__ = ["Attempt", "Engine", "Order", "Outcome"]


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """One try at one item.

    Attributes
    ----------
    number : int
        Of the item in its run; comes back with the outcome.
    item : RunItem
        Its scratch folder is unique to this attempt, and one of those of the order.
    fresh : bool
        Whether it needs a process that has run nothing yet: an earlier one died over this item, and what items before
        left in it may have been why. Such attempts go first.
    """

    number: int
    item: RunItem
    fresh: bool = False


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """What became of an attempt: `done` or `error`.

    Attributes
    ----------
    number : int
        Of the item.
    done : ItemDone or None
        The outputs are whole, in the scratch folder.
    error : ErrorRecord or None
    died : bool
        Whether the process ended under the item, so that another attempt may succeed.
    inputs : dict of InputRecord
        Empty if the process did not live to tell.
    steps : tuple of StepTiming
        Those that finished.
    seconds : float
    """

    number: int
    done: ItemDone | None = None
    error: ErrorRecord | None = None
    died: bool = False
    inputs: dict[str, InputRecord] = {}
    steps: tuple[StepTiming, ...] = ()
    seconds: float = 0.0


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What every process of an engine is to make ready.

    Attributes
    ----------
    document : bytes
        JSON.
    base : str or None
        The folder that ``$file`` paths are relative to.
    fingerprints : mapping of str
        What the parent knows of the document's functions, by key; a process that knows them otherwise refuses.
    origins : tuple of Origin
        Where those of them are that only the parent was told of.
    scratch : str
        What the paths of all scratch folders begin with: nobody else has such.
    cache : CacheFolder or None
        Where results of steps are kept, and found again.
    seed : int or None
        For the steps that draw random numbers and have no seed of their own.
    """

    document: bytes
    scratch: str
    base: str | None = None
    fingerprints: Mapping[str, str] = {}
    origins: tuple[Origin, ...] = ()
    cache: CacheFolder | None = None
    seed: int | None = None


class Engine(Protocol):
    """Executes attempts. Its methods are called from one thread, and none but `start` and `receive` waits."""

    @property
    def capacity(self) -> int:
        """How many attempts it takes at once: enough that nothing waits for the parent."""
        ...

    def start(self) -> Ready:
        """Wait until the document is planned somewhere; raises what keeps it from running anywhere."""
        ...

    def submit(self, attempt: Attempt) -> None:
        """Take an attempt."""
        ...

    def receive(self, timeout: float) -> Event | Outcome | None:
        """The next thing that happened, in the order in which it did; None if there was none in `timeout` seconds.

        Each attempt gives ``item-started`` (with the item's name), events of its steps if it asks for them, notes, and
        one outcome, unless it was dropped. Raises what ends the run: no process lives long enough to be of use.
        """
        ...

    def drop_waiting(self) -> list[int]:
        """Forget the attempts that have not begun; returns their numbers. They give no outcome."""
        ...

    def close(self, *, now: bool = False) -> None:
        """End everything that was started, when it is idle, or `now`; closing again does nothing."""
        ...
