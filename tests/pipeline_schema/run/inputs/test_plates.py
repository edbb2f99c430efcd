"""The images of a store: one, the fields of a plate, the series of a converted file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pipeline_schema.errors import UsageError
from pipeline_schema.run.inputs.plates import find_in_store
from pipeline_schema.run.item import Found

_IMAGE = {"multiscales": [{"axes": [{"name": "y"}, {"name": "x"}], "datasets": [{"path": "0"}]}]}


def _group(folder: Path, attributes: dict[str, Any], version: str) -> None:
    folder.mkdir(parents=True)
    if version == "0.4":
        (folder / ".zgroup").write_text('{"zarr_format": 2}')
        (folder / ".zattrs").write_text(json.dumps(attributes))
    else:
        said = {"zarr_format": 3, "node_type": "group", "attributes": {"ome": {"version": "0.5", **attributes}}}
        (folder / "zarr.json").write_text(json.dumps(said))


def _plate(folder: Path, version: str, *, acquisition: int | None = None) -> None:
    wells = {"A/1": ["0", "1"], "B/03": ["0"], "C/4": []}
    listed = [{"path": well, "rowIndex": 0, "columnIndex": 0} for well in wells]
    _group(folder, {"plate": {"wells": listed, "rows": [], "columns": [], "name": "x"}}, version)
    for well, fields in wells.items():
        images = [{"path": field} | ({} if acquisition is None else {"acquisition": acquisition}) for field in fields]
        _group(folder / well, {"well": {"images": images}}, version)
        for field in fields:
            _group(folder / well / field, _IMAGE, version)


def _find(folder: Path) -> list[Found]:
    return list(find_in_store(folder, folder.name, "image"))


@pytest.mark.parametrize("version", ["0.4", "0.5"])
def test_each_field_of_each_well_is_an_item(tmp_path: Path, version: str) -> None:
    """Fields are named by well and field, and know where in the plate they are; empty wells have none."""
    plate = tmp_path / "plate.ome.zarr"
    _plate(plate, version, acquisition=7)
    found = _find(plate)
    assert [item.stem for item in found] == ["A1_f0", "A1_f1", "B03_f0"]
    assert found[2].inputs["image"].path == str(plate / "B" / "03" / "0")
    assert found[2].relative == "plate.ome.zarr/B/03/0"
    columns = {"plate": "plate", "well": "B03", "row": "B", "column": "03", "field": "0", "acquisition": "7"}
    assert found[2].columns == columns


def test_a_plate_without_images_is_an_error(tmp_path: Path) -> None:
    """A run over nothing would look like success; a field that its well does not name is an image by itself."""
    _group(tmp_path / "plate.zarr", {"plate": {"wells": []}}, "0.5")
    _plate(tmp_path / "p.zarr", "0.5")
    for empty in ("plate.zarr", "p.zarr/C/4"):
        with pytest.raises(UsageError, match="has no image in it"):
            _find(tmp_path / empty)
    _group(tmp_path / "p.zarr" / "A" / "1" / "extra", _IMAGE, "0.5")
    assert [item.stem for item in _find(tmp_path / "p.zarr" / "A" / "1" / "extra")] == ["p_A_1_extra"]


def test_a_part_of_an_image_is_called_by_its_path(tmp_path: Path) -> None:
    """Label images of different stores have different names."""
    for name in ("a.zarr", "a.zarr/labels", "a.zarr/labels/cells"):
        _group(tmp_path / name, _IMAGE, "0.4")
    assert [item.stem for item in _find(tmp_path / "a.zarr" / "labels" / "cells")] == ["a_labels_cells"]


def test_one_well_is_its_fields(tmp_path: Path) -> None:
    """A folder of a well stands for its fields, one of a field for itself, with the same columns."""
    plate = tmp_path / "plate.zarr"
    _plate(plate, "0.4")
    assert _find(plate / "A" / "1") == _find(plate)[:2]
    assert _find(plate / "A" / "1" / "1") == _find(plate)[1:2]


def test_an_image_is_one_item(tmp_path: Path) -> None:
    """A store of one image is one item, and so is what can't be read: reading it says why."""
    _group(tmp_path / "a.ome.zarr", _IMAGE, "0.5")
    (tmp_path / "b.zarr").mkdir()
    assert [item.stem for item in (*_find(tmp_path / "a.ome.zarr"), *_find(tmp_path / "b.zarr"))] == ["a", "b"]


@pytest.mark.parametrize("listed", [True, False])
def test_series_of_a_converted_file_are_items(tmp_path: Path, listed: bool) -> None:
    """The layout of bioformats2raw is as many items as it has images."""
    store = tmp_path / "a.zarr"
    _group(store, {"bioformats2raw.layout": 3}, "0.4")
    for name in ("0", "1"):
        _group(store / name, _IMAGE, "0.4")
    if listed:
        _group(store / "OME", {"series": ["1", "0"]}, "0.4")
    expected = ["a_1", "a_0"] if listed else ["a_0", "a_1"]
    assert [item.stem for item in _find(store)] == expected
    assert _find(store)[0].columns == {"series": expected[0][-1]}


@pytest.mark.parametrize("gone", ["B/03", "A/1/1"])
def test_what_a_plate_names_must_be_there(tmp_path: Path, gone: str) -> None:
    """A plate that was not copied whole is refused before anything runs, by the name of what it lacks."""
    _plate(tmp_path / "plate.zarr", "0.4")
    for file in (tmp_path / "plate.zarr" / gone).glob(".z*"):
        file.unlink()
    with pytest.raises(UsageError, match=f"lacks 1 of .* names: {gone.rpartition('/')[2] if '/1/' in gone else gone};"):
        _find(tmp_path / "plate.zarr")


@pytest.mark.parametrize("path", ["../outside", "/etc", "A/../../b", ""])
def test_a_plate_names_nothing_outside_of_it(tmp_path: Path, path: str) -> None:
    """Metadata can't make us read elsewhere."""
    _group(tmp_path / "plate.zarr", {"plate": {"wells": [{"path": path}]}}, "0.5")
    with pytest.raises(UsageError, match="as a part of it, which is none"):
        _find(tmp_path / "plate.zarr")
