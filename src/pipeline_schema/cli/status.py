"""``pipeline status``: how a run stands, while it goes on or afterwards."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipeline_schema.cli.failures import FAILED, FINE, with_exit_code
from pipeline_schema.cli.shown import Format, plain, print_json

if TYPE_CHECKING:
    from pipeline_schema.run.batch.status import RunStatus

__all__ = ["status"]

_NAMED = 20


@with_exit_code
def status(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="The output folder of a run.")],
    every: Annotated[bool, typer.Option("--all", help=f"Name all items that failed, not the first {_NAMED}.")] = False,
    output: Annotated[Format, typer.Option("--format", help="How to report; json names all failures.")] = "text",
) -> int:
    """Say how a run stands: counts, rate, what is left, and what failed."""
    from pipeline_schema.run.batch.status import read_status

    stands = read_status(out, failures=None if every or output == "json" else _NAMED)
    if output == "json":
        print_json(stands)
    else:
        _show(stands)
    return FAILED if stands.failed else FINE


def _show(stands: RunStatus) -> None:
    print(plain(f"{stands.folder}: {stands.name or 'a pipeline without a name'}, {stands.state}"))
    if stands.holder:
        print(plain(f"  {stands.holder}"))
    print(f"  {stands.done} done, {stands.failed} failed, {stands.waiting} to do, of {stands.total}")
    if stands.per_minute is not None and stands.seconds_left is not None:
        left = timedelta(seconds=round(stands.seconds_left))
        print(f"  {stands.per_minute:.1f} a minute, about {left} left")
    for part in stands.shards:
        print(f"  shard {part.shard}: {part.state}, {part.done} done, {part.failed} failed, of {part.total}")
    if stands.missing:
        print(f"  not begun: shard {', '.join(stands.missing)}")
    for failure in stands.failures:
        tries = f" ({failure.attempts} attempts)" if failure.attempts > 1 else ""
        print(plain(f"  failed  {failure.name}: {failure.message}{tries}"))
    if len(stands.failures) < stands.failed:
        print(f"  and {stands.failed - len(stands.failures)} more; --all names them")
    if stands.state == "interrupted":
        print("  not finished; the same command with --resume goes on with it")
