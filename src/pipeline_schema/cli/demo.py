"""``pipeline demo``: the main job on a real image, from a document to a table of coins."""

from __future__ import annotations

import csv
import itertools
import sysconfig
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import msgspec
import typer

from pipeline_schema.cli.failures import FAILED, FINE, with_exit_code
from pipeline_schema.cli.progress import RunProgress
from pipeline_schema.cli.run import report
from pipeline_schema.cli.shown import plain
from pipeline_schema.errors import PlanError

if TYPE_CHECKING:
    from pipeline_schema.document import Pipeline
    from pipeline_schema.run.batch.record import RunRecord

__all__ = ["demo"]

_EXAMPLE = "count-coins.pipeline.json"
_ROWS_SHOWN = 5
# What the demo takes where no OpenCL device is: the same smoothing, on the CPU by itself.
_STAND_IN = ("skimage:filters.gaussian", {"sigma": 2, "preserve_range": True})


@with_exit_code
def demo(
    out: Annotated[Path, typer.Option("-o", "--out", help="Folder for the outputs.")] = Path("demo-output"),
) -> int:
    """Count the coins on a real image: run the example in a subprocess, and show what it found."""
    document = _example()
    image = _image()
    print(f"document  {document}\nimage     {image}\n")
    record = _run(document, image, out)
    print()
    report(record)
    if record.failed:
        return FAILED
    (item,) = record.items
    folder = Path(record.folder) / item.name
    files = {output.name: folder / output.file for output in item.outputs}
    _show_head(files["table"])
    overlay = folder / "overlay.png"
    from pipeline_schema.cli.overlay import write_overlay

    write_overlay(image, files["labels"], overlay)
    print(f"overlay: {overlay}")
    return FINE


def _example() -> Path:
    """The example beside the source, else the one that was installed with the package."""
    beside = Path(__file__).resolve().parents[3] / "examples" / _EXAMPLE
    return (
        beside if beside.is_file() else Path(sysconfig.get_path("data")) / "share/pipeline-schema/examples" / _EXAMPLE
    )


def _image() -> Path:
    """The coins that scikit-image comes with."""
    import skimage

    return Path(skimage.__file__).parent / "data" / "coins.png"


def _run(document: Path, image: Path, out: Path) -> RunRecord:
    from pipeline_schema.codec import dumps, loads
    from pipeline_schema.run.batch.run import run_batch

    with RunProgress(each_step=True) as progress:
        try:
            return run_batch(document, [image], out, on_event=progress)
        except PlanError as error:
            lacking = [problem for problem in error.problems if problem.code == "unavailable-function"]
            if not lacking or len(lacking) < len(error.problems):
                raise
            reason = lacking[0]
    print(plain(f"{reason.message}\nto run it as it is written: {reason.install}"))
    print(f"this time its first step is {_STAND_IN[0]} instead\n")
    changed = dumps(_without_opencl(loads(document.read_bytes()))).encode()
    with RunProgress(each_step=True) as progress:
        return run_batch(changed, [image], out, on_event=progress)


def _without_opencl(pipeline: Pipeline) -> Pipeline:
    function, params = _STAND_IN
    steps = [
        msgspec.structs.replace(step, function=function, params=params)
        if step.function == "pyclesperanto:gaussian_blur"
        else step
        for step in pipeline.steps
    ]
    return msgspec.structs.replace(pipeline, steps=steps)


def _show_head(table: Path) -> None:
    with table.open(newline="") as file:
        rows = list(csv.reader(file))
    shown = rows[: _ROWS_SHOWN + 1]
    widths = [max(map(len, column)) for column in zip(*shown, strict=True)]
    print(f"\n{len(rows) - 1} objects; the first {min(_ROWS_SHOWN, len(rows) - 1)}:")
    for row in shown:
        print("   " + "  ".join(itertools.starmap(str.rjust, zip(row, widths, strict=True))))
    print()
