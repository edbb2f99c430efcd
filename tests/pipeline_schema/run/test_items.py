"""One item: files in, the plan, files out."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import tifffile

from pipeline_schema.codec import loads
from pipeline_schema.errors import ImageError, RunError
from pipeline_schema.events import Event
from pipeline_schema.plan import Plan, plan
from pipeline_schema.run.item import ItemInput
from pipeline_schema.run.items import process
from pipeline_schema.run.messages import RunItem
from pipeline_schema.run.readers import read_image

_IMAGE = np.random.default_rng(0).integers(0, 255, (20, 30), dtype=np.uint8)


def _plan(inputs: str, function: str, more: str = "") -> Plan:
    step = f'{{"id": "out", "function": "{function}"{more}}}'
    return plan(loads(f'{{"format": "pipeline-schema/1", "inputs": {inputs}, "steps": [{step}]}}'))


def _item(tmp_path: Path, image: np.ndarray, file_axes: str, **more: Any) -> RunItem:
    sizes = {"PhysicalSizeX": 0.5, "PhysicalSizeY": 0.25}
    tifffile.imwrite(tmp_path / "a.tif", image, ome=True, metadata={"axes": file_axes, **sizes})
    scratch = tmp_path / ".pipeline-partial-1"
    return RunItem(name="a", inputs={"image": ItemInput(path=str(tmp_path / "a.tif"))}, scratch=str(scratch), **more)


def test_the_result_is_that_of_the_plan_with_the_inputs_axes(tmp_path: Path) -> None:
    """The file holds, bit for bit, what the plan gives for the array, with the input's axes and pixel size."""
    pipeline = _plan('{"image": {"axes": "YX"}}', "skimage:filters.gaussian")
    (record,) = process(pipeline, _item(tmp_path, _IMAGE, "YX"))
    written = read_image(tmp_path / ".pipeline-partial-1" / record.file)
    np.testing.assert_array_equal(written.array, pipeline(image=_IMAGE)["out"])
    assert (record.axes, written.axes) == ("YX", "YX")
    assert written.pixel_size == {"X": (0.5, "µm"), "Y": (0.25, "µm")}


def test_the_axes_are_brought_to_what_the_input_declares(tmp_path: Path) -> None:
    """A stack of one plane is a plane to a pipeline that declares one."""
    pipeline = _plan('{"image": {"axes": "YX"}}', "numpy:negative")
    (record,) = process(pipeline, _item(tmp_path, _IMAGE[None], "ZYX"))
    assert record.shape == (20, 30)


def test_a_stack_is_refused_by_the_name_of_its_axes(tmp_path: Path) -> None:
    """More planes than one are not taken for anything else."""
    pipeline = _plan('{"image": {"axes": "YX"}}', "numpy:negative")
    with pytest.raises(ImageError, match=r"axes ZYX \(2, 20, 30\).*declares YX"):
        process(pipeline, _item(tmp_path, np.stack([_IMAGE, _IMAGE]), "ZYX"))


def test_axes_that_were_said_override_the_files(tmp_path: Path) -> None:
    """What the user says of a file counts, if it names as many axes as there are."""
    pipeline = _plan('{"image": {"axes": "TYX"}}', "numpy:negative")
    stack = np.stack([_IMAGE, _IMAGE])
    (record,) = process(pipeline, _item(tmp_path, stack, "ZYX", axes="tyx"))
    assert record.axes == "TYX"
    with pytest.raises(ImageError, match="--axes YX names 2"):
        process(pipeline, _item(tmp_path, stack, "ZYX", axes="YX"))


def test_an_input_without_axes_takes_what_comes(tmp_path: Path) -> None:
    """Where the pipeline declares nothing, the array is as it was read."""
    (record,) = process(_plan('{"image": {}}', "numpy:negative"), _item(tmp_path, np.stack([_IMAGE] * 3), "CYX"))
    assert (record.shape, record.axes) == ((3, 20, 30), "CYX")


def test_a_grey_result_of_a_colour_picture_has_its_axes(tmp_path: Path) -> None:
    """What loses only its colour samples is still rows and columns."""
    pipeline = _plan('{"image": {"axes": "YXS"}}', "skimage:color.rgb2gray")
    item = _item(tmp_path, np.stack([_IMAGE] * 3, axis=-1), "YXS")
    (record,) = process(pipeline, item)
    assert (record.shape, record.axes) == ((20, 30), "YX")


def test_a_resampled_result_has_no_pixel_size(tmp_path: Path) -> None:
    """The input's pixel size is not claimed for pixels of another size."""
    pipeline = _plan('{"image": {"axes": "YX"}}', "skimage:transform.resize", ', "params": {"output_shape": [10, 30]}')
    (record,) = process(pipeline, _item(tmp_path, _IMAGE, "YX"))
    assert read_image(tmp_path / ".pipeline-partial-1" / record.file).pixel_size == {"X": (0.5, "µm")}


def test_settings_are_values_of_inputs(tmp_path: Path) -> None:
    """A value that was set takes the place of a default, as the document's notation has it."""
    inputs = '{"image": {}, "sigma": {"default": 1.0}}'
    pipeline = _plan(inputs, "skimage:filters.gaussian", ', "inputs": {"image": "image", "sigma": "sigma"}')
    (record,) = process(pipeline, _item(tmp_path, _IMAGE, "YX", settings={"sigma": 3.0}))
    written = read_image(tmp_path / ".pipeline-partial-1" / record.file).array
    np.testing.assert_array_equal(written, pipeline(image=_IMAGE, sigma=3.0)["out"])


def test_a_setting_that_is_no_value_is_refused(tmp_path: Path) -> None:
    """A function that nobody knows can't be made into a value."""
    pipeline = _plan('{"image": {}, "x": {"default": 1}}', "numpy:negative")
    with pytest.raises(RunError, match="can't be used"):
        process(pipeline, _item(tmp_path, _IMAGE, "YX", settings={"x": {"$call": "skimage:no.such"}}))


def test_events_carry_the_items_name(tmp_path: Path) -> None:
    """Of many items, each event says whose it is; a reader's note is one."""
    events: list[Event] = []
    item = _item(tmp_path, _IMAGE, "YX")
    tifffile.imwrite(tmp_path / "a.tif", _IMAGE, photometric="miniswhite")
    process(_plan('{"image": {}}', "numpy:negative"), item, events.append)
    assert [event.kind for event in events] == ["note", "step-started", "step-finished"]
    assert {event.item for event in events} == {"a"}
