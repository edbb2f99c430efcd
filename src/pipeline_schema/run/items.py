"""One item of a run, in the worker: files in, the plan, files out into a scratch folder."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from pipeline_schema.errors import ImageError, OutputError, RunError
from pipeline_schema.events import Event, OnEvent
from pipeline_schema.problems import Problem, summarize
from pipeline_schema.run.channel.messages import OutputRecord, RunItem
from pipeline_schema.run.files.axes import arrange, parse_axes
from pipeline_schema.run.files.flushing import flush
from pipeline_schema.run.files.image import Image
from pipeline_schema.run.files.inherited import inherit
from pipeline_schema.run.files.stacks import read_input
from pipeline_schema.run.files.writers import parse_array_format, parse_table_format, write_output
from pipeline_schema.run.inputs.layout import output_stems
from pipeline_schema.run.item import ItemInput

if TYPE_CHECKING:
    from pipeline_schema.document import Input
    from pipeline_schema.plan import Plan

__all__ = ["process"]


def process(plan: Plan, item: RunItem, on_event: OnEvent | None = None) -> tuple[OutputRecord, ...]:
    """Run a plan on files and write what it gives.

    Parameters
    ----------
    plan : Plan
    item : RunItem
        Its `axes` are those of the first of its images, which also lends its axes, pixel size and names of channels to
        the outputs.
    on_event : callable, optional
        Gets the plan's events, and a note for whatever a reader has to say; each with the item's name.

    Returns
    -------
    tuple of OutputRecord
        In the order of the document. All files are in the item's scratch folder, whole.

    Raises
    ------
    ImageError
        If a file can't be read as the image that its input declares.
    StepError
        If a function raises.
    OutputError
        If a result can't be written.
    """
    array_format, table_format = parse_array_format(item.array_format), parse_table_format(item.table_format)

    def tell(event: Event) -> None:
        if on_event is not None:
            on_event(msgspec.structs.replace(event, item=item.name))

    given = {name: source.value for name, source in item.inputs.items() if source.value is not msgspec.UNSET}
    values: dict[str, Any] = _constants({**item.settings, **given})
    template: Image | None = None
    for name, source in item.inputs.items():
        if name in given:
            continue
        axes = item.axes if template is None else None
        image = _open(source, name, plan.inputs.get(name), axes)
        for note in image.notes:
            tell(Event(kind="note", message=f"{next(source.files())}: {note}"))
        values[name] = image.array
        # A function may write into its input, not into its shape.
        template = template or image
    results = plan.run(values, on_event=tell)
    stems = output_stems(results)
    scratch = _make_scratch(Path(item.scratch))
    outputs = tuple(
        write_output(
            scratch,
            stems[name],
            name,
            value,
            plan.output_kinds.get(name, "unknown"),
            **inherit(value, template)._asdict(),
            array_format=array_format,
            table_format=table_format,
        )
        for name, value in results.items()
    )
    if item.durable:
        flush(scratch)
    return outputs


def _make_scratch(folder: Path) -> Path:
    """Make the scratch folder: here, where the guard already knows of it, so that a killed parent never leaves one."""
    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise OutputError(f"{folder.parent} can't be written to: {error.strerror}", path=str(folder.parent)) from error
    return folder


def _open(source: ItemInput, name: str, declared: Input | None, axes: str | None) -> Image:
    wanted = None if declared is None or declared.axes is None else parse_axes(declared.axes)
    path = str(source.path if source.planes else next(source.files()))
    image = read_input(source, wanted)
    if axes is not None:
        axes = parse_axes(axes)
        if len(axes) != image.array.ndim:
            has = f"{path} has {image.array.ndim} axes {image.array.shape}"
            raise ImageError(f"{has}, and --axes {axes} names {len(axes)}", path=path)
        image = replace(image, axes=axes)
    if wanted is not None:
        array = arrange(image.array, image.axes, wanted, name=name, path=path)
        image = replace(image, array=array, axes=wanted)
    if declared is not None and declared.channels and not image.channels and "C" in image.axes:
        named = tuple(declared.channels)
        if len(named) == image.array.shape[image.axes.index("C")]:
            image = replace(image, channels=named)
    return image


def _constants(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The values of ``--set``: made here, since the document's notation can name what only the registry makes."""
    if not settings:
        return {}
    from pipeline_schema.constants import Fresh, prepare

    problems: list[Problem] = []
    values = {}
    for name, plain in settings.items():
        ready = prepare(plain, problems=problems, at=("inputs", name))
        values[name] = ready() if isinstance(ready, Fresh) else ready
    if problems:
        raise RunError(f"a value that was set can't be used: {summarize(problems)}")
    return values
