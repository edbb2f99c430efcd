"""How many workers a machine takes, and how much memory each may have."""

from __future__ import annotations

import os
import re
from pathlib import Path

from pipeline_schema.errors import UsageError

__all__ = ["available_memory", "default_workers", "parse_size"]

# What a worker with the libraries and a few images of a few megapixels has; whoever has larger ones says --workers.
_WORKER_BYTES = 2**30
_SIZE = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(?:([kmgt])(i?)b?|b)?\s*", re.IGNORECASE)
_LIMITS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))


def default_workers() -> int:
    """One for each core that this process may use, and no more than one for each GiB of memory; at least one."""
    return max(1, min(_cores(), available_memory() // _WORKER_BYTES))


def available_memory() -> int:
    """The machine's memory in bytes, or what a container may have of it."""
    import psutil

    total = int(psutil.virtual_memory().total)
    for path in _LIMITS:
        try:
            total = min(total, int(path.read_text()))
        except (OSError, ValueError):
            continue  # not there, or "max"
    return total


def parse_size(text: str) -> int:
    """Bytes of a size like ``4G``, ``512MiB``, ``1.5 GB`` or ``100000``.

    Raises
    ------
    UsageError
        If it is none, or zero.
    """
    found = _SIZE.fullmatch(text)
    if found is None:
        raise UsageError(f"{text!r} is no size; write it like 512M, 4G or 4GiB")
    number, unit, binary = found.groups()
    step = 1024 if binary or not text.strip().lower().endswith("b") else 1000
    size = int(float(number) * (step ** " kmgt".index(unit.lower()) if unit else 1))
    if not size:
        raise UsageError(f"{text!r} is no memory at all; write a size like 512M or 4G")
    return size


def _cores() -> int:
    # What a scheduler or taskset leaves to this process, where the system tells.
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
