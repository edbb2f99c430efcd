"""The process in which trials run, and which may die of them: started by `registry.trials.running`, never by hand.

It reads one job from its stdin and writes one line before each stage and one after each function, so that whoever
started it knows what it was doing when it ended. Whatever libraries print goes nowhere.
"""

from __future__ import annotations

import os
import sys
import warnings
from typing import Any, BinaryIO

import msgspec

from registry.entry import Observed
from registry.errors import RegistryError
from registry.resolver import resolve
from registry.trials.calling import observe

__all__ = ["RESOLVE", "Broken", "Done", "Entered", "Job", "main"]

RESOLVE = "resolve"
"""The first stage of each function."""


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """What to try: keys in order, stages to leave out by key and why, and whether one image is enough."""

    keys: tuple[str, ...]
    skip: dict[str, dict[str, str]] = {}
    quick: bool = False


class Entered(msgspec.Struct, frozen=True, tag="entered"):
    """Said before something is done that may not end well."""

    key: str
    stage: str


class Done(msgspec.Struct, frozen=True, tag="done"):
    """Said when a function's trials are over."""

    key: str
    observed: Observed


class Broken(msgspec.Struct, frozen=True, tag="broken"):
    """Said when trials of a function failed by a fault of the trials, not of the function."""

    key: str
    message: str


def main() -> None:
    """Run one job."""
    import numpy as np

    channel = _private_channel()
    job = msgspec.json.decode(sys.stdin.buffer.read(), type=Job)
    warnings.simplefilter("ignore")
    np.seterr(all="ignore")
    for key in job.keys:
        _say(channel, Entered(key, RESOLVE))
        try:
            observed = _tried(key, job, channel)
        except Exception as error:  # Whatever it is, it must not be taken for what the function does.
            _say(channel, Broken(key, f"{type(error).__name__}: {error}"))
            raise
        _say(channel, Done(key, observed))


def _tried(key: str, job: Job, channel: BinaryIO) -> Observed:
    try:
        function = resolve(key)
    except RegistryError as error:
        return Observed(failure=f"{type(error).__name__}: {error}")

    def announce(stage: str) -> None:
        _say(channel, Entered(key, stage))

    return observe(function, skip=job.skip.get(key, {}), quick=job.quick, announce=announce)


def _private_channel() -> BinaryIO:
    """The stdout that we were given, for us alone; what others write to descriptor 1 is dropped."""
    channel = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)
    return channel


def _say(channel: BinaryIO, message: Any) -> None:
    channel.write(msgspec.json.encode(message) + b"\n")
    channel.flush()


if __name__ == "__main__":
    main()
