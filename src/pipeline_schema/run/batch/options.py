"""What a run may be told, and what of it makes no sense."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any, Literal

import msgspec

from pipeline_schema.errors import UsageError
from pipeline_schema.run.batch.shards import parse_shard
from pipeline_schema.run.caching.shelf import DEFAULT_BYTES
from pipeline_schema.run.files.writers import parse_array_format, parse_table_format
from pipeline_schema.seeding import MAX_SEED

__all__ = ["RunOptions", "refuse_options"]


class RunOptions(msgspec.Struct, frozen=True, kw_only=True):
    """What a run may be told besides its document, inputs and output folder.

    Attributes
    ----------
    settings : mapping
        Values of other inputs by name, in the document's notation; a path where the input is an image.
    axes : str or None
        What the files' axes are, over what they say.
    array_format : {'tif', 'npy', 'zarr'}
    table_format : {'csv', 'parquet'}
    merge : bool
        Whether the tables of all items are merged into ``out/<output name>.<suffix>`` in the end.
    manifest : path or None
        A table with a row for each item, instead of inputs.
    pattern, stack : str or None
        How the planes of one image are named in the folders that are the inputs.
    skip_incomplete : bool
        With a pattern: an item that lacks planes fails by its name, and the others run.
    engine : {'process', 'dask'}
        What executes the items: processes of this machine, or a Dask cluster.
    scheduler : str or None
        Address of a Dask scheduler; None for a cluster on this machine.
    workers : int or None
        Processes at most; None for one a core, fewer on small memory.
    timeout : float or None
        In seconds, for each attempt at an item.
    memory_limit : int or None
        In bytes, for each worker.
    retries : int
        How often an item is tried again, on a fresh worker, after a worker died over it; never after an exception.
    resume : bool
        Go on with the run that is in the folder, if there is one.
    force : bool
        Make again what was done and is changed since, instead of refusing to resume.
    seed : int or None
        From 0 to 2**63 - 1: each step that draws random numbers, and of which the document says no seed, gets one that
        follows from this and from its id, for every item the same.
    fresh : bool or None
        Whether each item gets a process that has run nothing yet; None if the document has functions that remember.
    shard : str or None
        ``I/N``: of all items, only those of this part.
    durable : bool
        Flush outputs and journal to the disk, against a loss of power.
    devices : tuple of str
        GPUs that workers get in turn; empty for those of CUDA_VISIBLE_DEVICES, if it names several.
    cache : path or None
        The folder where results of steps are kept, and found again.
    cache_limit : int
        In bytes, of that folder.
    each_step : bool
        Whether `on_event` is told of steps.
    base : path or None
        The folder that ``$file`` paths are relative to; the document's own folder, where that is a file.
    """

    settings: Mapping[str, Any] = {}
    axes: str | None = None
    array_format: str = "tif"
    table_format: str = "csv"
    merge: bool = False
    manifest: str | os.PathLike[str] | None = None
    pattern: str | None = None
    stack: str | None = None
    skip_incomplete: bool = False
    engine: Literal["process", "dask"] = "process"
    scheduler: str | None = None
    workers: int | None = None
    timeout: float | None = None
    memory_limit: int | None = None
    retries: int = 1
    resume: bool = False
    force: bool = False
    seed: int | None = None
    fresh: bool | None = None
    shard: str | None = None
    durable: bool = False
    devices: tuple[str, ...] = ()
    cache: str | os.PathLike[str] | None = None
    cache_limit: int = DEFAULT_BYTES
    each_step: bool = True
    base: str | os.PathLike[str] | None = None


def refuse_options(options: RunOptions) -> None:
    """Refuse what makes no sense, with UsageError."""
    parse_array_format(options.array_format)
    parse_table_format(options.table_format)
    if options.timeout is not None and not options.timeout > 0:
        raise UsageError(f"the timeout is {options.timeout:g} s; an item needs more than 0")
    if options.retries < 0:
        raise UsageError(f"--retries is {options.retries}; 0 is the fewest")
    if options.workers is not None and options.workers < 1:
        raise UsageError(f"--workers is {options.workers}; a run needs one")
    if options.force and not options.resume:
        raise UsageError("--force is for --resume: without it, everything is made again anyway")
    if options.seed is not None and not (type(options.seed) is int and 0 <= options.seed <= MAX_SEED):
        raise UsageError(f"--seed is {options.seed}; it is an integer from 0 to 2**63 - 1")
    if options.shard is not None and parse_shard(options.shard) is None:
        raise UsageError("a shard is I/N; leave it out for all items")
    if options.scheduler is not None and options.engine != "dask":
        raise UsageError("--scheduler is for --engine dask")
    if options.scheduler is not None and options.workers is not None:
        raise UsageError("--workers is for this machine; a scheduler has the workers that were started for it")
    if options.engine == "dask" and options.devices:
        raise UsageError("--devices is for the processes of this machine; a Dask worker says itself which GPU it has")
