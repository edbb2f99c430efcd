"""Shards: the part of a run that is one task of a job array."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Mapping

import msgspec

from pipeline_schema.errors import UsageError

__all__ = ["Shard", "find_shard", "parse_shard"]

_SHARD = re.compile(r"(\d+)/(\d+)")


class Shard(msgspec.Struct, frozen=True):
    """One of several parts that together do all items.

    Attributes
    ----------
    index : int
        From 1.
    count : int
    source : str
        Who says so: ``--shard``, or a variable of the environment.
    """

    index: int
    count: int
    source: str = "--shard"

    def __str__(self) -> str:
        return f"{self.index}/{self.count}"

    def has(self, name: str) -> bool:
        """Whether an item is in this shard: by a hash of its name, so whatever else there is."""
        number = int.from_bytes(hashlib.sha256(name.encode()).digest()[:8], "big")
        return number % self.count == self.index - 1


def parse_shard(text: str) -> Shard | None:
    """The shard that ``I/N`` stands for; None for ``none``.

    Raises
    ------
    UsageError
        If it is none.
    """
    if text == "none":
        return None
    found = _SHARD.fullmatch(text)
    if found is None or not 1 <= int(found[1]) <= int(found[2]):
        raise UsageError(f"--shard {text!a} is not I/N, with I from 1 to N, or none")
    return Shard(int(found[1]), int(found[2]))


def find_shard(environment: Mapping[str, str] = os.environ) -> Shard | None:
    """The shard that this task of a job array is, as SLURM, Grid Engine or LSF tell it; None outside of one.

    PBS does not tell its tasks how many they are: there say ``--shard $PBS_ARRAY_INDEX/N``.

    Raises
    ------
    UsageError
        If the numbers of the array's tasks have gaps, or are not all told.
    """
    for variable, first, last, step in (
        ("SLURM_ARRAY_TASK_ID", "SLURM_ARRAY_TASK_MIN", "SLURM_ARRAY_TASK_MAX", "SLURM_ARRAY_TASK_STEP"),
        ("SGE_TASK_ID", "SGE_TASK_FIRST", "SGE_TASK_LAST", "SGE_TASK_STEPSIZE"),
        ("LSB_JOBINDEX", "LSB_JOBINDEX_FIRST", "LSB_JOBINDEX_END", "LSB_JOBINDEX_STEP"),
    ):
        # Grid Engine says "undefined", and LSF 0, where a job is no array.
        own = environment.get(variable, "")
        if not own.isdecimal() or (variable == "LSB_JOBINDEX" and own == "0"):
            continue
        numbers = [environment.get(name, default) for name, default in ((first, "1"), (last, ""), (step, "1"))]
        if not all(number.isdecimal() for number in numbers):
            raise UsageError(f"{variable} is {own}, and {last} does not say how many tasks there are; use --shard I/N")
        low, high, stride = map(int, numbers)
        count = (high - low) // (stride or 1) + 1
        told = environment.get("SLURM_ARRAY_TASK_COUNT") if variable.startswith("SLURM") else None
        index, rest = divmod(int(own) - low, stride or 1)
        if rest or not 0 <= index < count or (told is not None and told != str(count)):
            raise UsageError(
                f"the tasks of the job array are not evenly numbered ({variable}={own} of {low} to {high}), so which "
                "part this one is can't be told; use --shard I/N"
            )
        return Shard(index + 1, count, source=variable) if count > 1 else None
    if environment.get("PBS_ARRAY_INDEX") or environment.get("PBS_ARRAYID"):
        raise UsageError(
            "this is a task of a PBS job array, which does not say how many tasks there are; use "
            "--shard $PBS_ARRAY_INDEX/N, or --shard none for all items"
        )
    return None
