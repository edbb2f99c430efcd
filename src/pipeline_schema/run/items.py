"""One item of a run, in the worker: files in, the plan, files out into a scratch folder."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from pipeline_schema.errors import ImageError, OutputError, RunError
from pipeline_schema.events import Event, OnEvent
from pipeline_schema.problems import Problem, summarize
from pipeline_schema.run.axes import UNKNOWN, arrange, parse_axes
from pipeline_schema.run.flushing import flush
from pipeline_schema.run.layout import output_stems
from pipeline_schema.run.messages import OutputRecord, RunItem
from pipeline_schema.run.pixel_size import PixelSize
from pipeline_schema.run.readers import Image, read_image
from pipeline_schema.run.writers import parse_array_format, write_output

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
        Its `axes` are those of the first of its inputs, which also lends its axes and pixel size to the outputs.
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
    array_format = parse_array_format(item.array_format)

    def tell(event: Event) -> None:
        if on_event is not None:
            on_event(msgspec.structs.replace(event, item=item.name))

    values: dict[str, Any] = _constants(item.settings)
    template: Image | None = None
    for name, given in item.inputs.items():
        axes = item.axes if template is None else None
        image = _open(Path(given.path), name, plan.inputs.get(name), axes)
        for note in image.notes:
            tell(Event(kind="note", message=f"{given.path}: {note}"))
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
            axes=(axes := _axes_of(value, template)),
            pixel_size=_pixel_size_of(value, axes, template),
            array_format=array_format,
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


def _open(path: Path, name: str, declared: Input | None, axes: str | None) -> Image:
    image = read_image(path)
    if axes is not None:
        axes = parse_axes(axes)
        if len(axes) != image.array.ndim:
            has = f"{path} has {image.array.ndim} axes {image.array.shape}"
            raise ImageError(f"{has}, and --axes {axes} names {len(axes)}", path=str(path))
        image = Image(image.array, axes, image.pixel_size, image.notes)
    if declared is None or declared.axes is None:
        return image
    wanted = parse_axes(declared.axes)
    array = arrange(image.array, image.axes, wanted, name=name, path=str(path))
    return Image(array, wanted, image.pixel_size, image.notes)


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


def _axes_of(value: Any, template: Image | None) -> str | None:
    """The axes of a result, where they can be told: it has as many as its input, or lost only the colour samples."""
    ndim = getattr(value, "ndim", None)
    if template is None or ndim is None or UNKNOWN in template.axes:
        return None
    if ndim == len(template.axes):
        return template.axes
    shape, grey = template.array.shape, template.axes.removesuffix("S")
    return grey if grey != template.axes and tuple(value.shape) == shape[:-1] else None


def _pixel_size_of(value: Any, axes: str | None, template: Image | None) -> PixelSize:
    """The input's pixel size along the axes that kept their length: a resampled axis has another one."""
    if axes is None or template is None:
        return {}
    lengths = dict(zip(template.axes, template.array.shape, strict=True))
    return {
        axis: size
        for axis, size in template.pixel_size.items()
        if axis in axes and value.shape[axes.index(axis)] == lengths[axis]
    }
