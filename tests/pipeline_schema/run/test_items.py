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
from pipeline_schema.run.channel.messages import RunItem
from pipeline_schema.run.files.readers import read_image
from pipeline_schema.run.item import ItemInput
from pipeline_schema.run.items import process

_IMAGE = np.random.default_rng(0).integers(0, 255, (20, 30), dtype=np.uint8)


def _plan(inputs: str, function: str, more: str = "") -> Plan:
    step = f'{{"id": "out", "function": "{function}"{more}}}'
    return plan(loads(f'{{"format": "pipeline-schema/1", "inputs": {inputs}, "steps": [{step}]}}'))


def _item(tmp_path: Path, image: np.ndarray, file_axes: str, **more: Any) -> RunItem:
    sizes = {"PhysicalSizeX": 0.5, "PhysicalSizeY": 0.25}
    tifffile.imwrite(tmp_path / "a.tif", image, ome=True, metadata={"axes": file_axes, **sizes})
    scratch = tmp_path / ".pipeline-partial-1"
    source = ItemInput(path=str(tmp_path / "a.tif"))
    return RunItem(**{"name": "a", "inputs": {"image": source}, "scratch": str(scratch)} | more)


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


@pytest.mark.parametrize(
    ("shape", "axes", "index", "expected"),
    [
        ((2, 20, 30), "CYX", "[0]", "YX"),
        ((2, 4, 20, 30), "CZYX", "[0]", "ZYX"),
        ((2, 4, 20, 30), "CZYX", '[{"$slice": [null, null, null]}, 0]', "CYX"),
        # Either of two axes of one length may be gone, or rows.
        ((3, 3, 20, 30), "CZYX", "[0]", None),
        ((2, 20, 30), "CYX", '[{"$slice": [null, null, null]}, 0]', None),
    ],
)
def test_a_result_that_lost_an_axis_has_the_others(
    tmp_path: Path, shape: tuple[int, ...], axes: str, index: str, expected: str | None
) -> None:
    """One channel or one plane of an image is rows and columns of the same size, where only that fits its shape."""
    pipeline = _plan(f'{{"image": {{"axes": "{axes}"}}}}', "builtin:getitem", f', "params": {{"index": {index}}}')
    (record,) = process(pipeline, _item(tmp_path, np.zeros(shape, np.uint8), axes))
    assert record.axes == expected
    sizes = {"X": (0.5, "µm"), "Y": (0.25, "µm")} if expected else {}
    assert read_image(tmp_path / ".pipeline-partial-1" / record.file).pixel_size == sizes


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


def test_a_stack_of_planes_is_one_image(tmp_path: Path) -> None:
    """Planes arrive in the axes that the pipeline declares; names of channels and pixel size go to the outputs."""
    names = [f"{channel}{z}.tif" for channel in ("DAPI", "GFP") for z in range(3)]
    for at, name in enumerate(names):
        sizes = {"axes": "YX", "PhysicalSizeX": 0.5}
        tifffile.imwrite(tmp_path / name, _IMAGE + np.uint8(at), ome=True, metadata=sizes)
    source = ItemInput(path=str(tmp_path), stacked={"C": ("DAPI", "GFP"), "Z": ("0", "1", "2")}, planes=tuple(names))
    item = _item(tmp_path, _IMAGE, "YX", inputs={"image": source})
    (record,) = process(_plan('{"image": {"axes": "ZCYX"}}', "numpy:negative"), item)
    written = read_image(tmp_path / ".pipeline-partial-1" / record.file)
    # OME-TIFF has channels before depth.
    assert (record.axes, written.axes) == ("ZCYX", "CZYX")
    assert (written.channels, written.pixel_size) == (("DAPI", "GFP"), {"X": (0.5, "µm")})
    np.testing.assert_array_equal(written.array[1, 2], -(_IMAGE + np.uint8(5)))


def test_channels_are_called_as_the_document_says(tmp_path: Path) -> None:
    """Where a file does not name its channels, the input's declaration does."""
    pipeline = _plan('{"image": {"axes": "CYX", "channels": ["a", "b"]}}', "numpy:negative")
    (record,) = process(pipeline, _item(tmp_path, np.stack([_IMAGE] * 2), "CYX"))
    assert read_image(tmp_path / ".pipeline-partial-1" / record.file).channels == ("a", "b")


def test_a_value_of_an_item_is_used_for_it(tmp_path: Path) -> None:
    """What a manifest gives an input is over the default and what was set for all items."""
    inputs = '{"image": {}, "sigma": {"default": 1.0}}'
    pipeline = _plan(inputs, "skimage:filters.gaussian", ', "inputs": {"image": "image", "sigma": "sigma"}')
    sources = {"sigma": ItemInput(value=3.0), "image": ItemInput(path=str(tmp_path / "a.tif"))}
    (record,) = process(pipeline, _item(tmp_path, _IMAGE, "YX", inputs=sources, settings={"sigma": 2.0}))
    written = read_image(tmp_path / ".pipeline-partial-1" / record.file).array
    np.testing.assert_array_equal(written, pipeline(image=_IMAGE, sigma=3.0)["out"])


def test_formats_are_those_of_the_item(tmp_path: Path) -> None:
    """Arrays become OME-Zarr and tables Parquet where that was asked for."""
    pipeline = plan(
        loads(
            """{"format": "pipeline-schema/1", "inputs": {"image": {"axes": "YX"}}, "steps": [
            {"id": "labels", "function": "skimage:measure.label"},
            {"id": "table", "function": "skimage:measure.regionprops_table"}
            ], "outputs": {"labels": "labels", "table": "table"}}"""
        )
    )
    item = _item(tmp_path, _IMAGE // 128, "YX", array_format="zarr", table_format="parquet")
    labels, table = process(pipeline, item)
    assert (labels.file, table.file) == ("labels.zarr", "table.parquet")
    written = read_image(tmp_path / ".pipeline-partial-1" / labels.file)
    assert (written.axes, written.pixel_size) == ("YX", {"X": (0.5, "µm"), "Y": (0.25, "µm")})
