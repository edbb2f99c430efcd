"""``pipeline run`` over plates, planes and manifests: outputs are those of direct calls, and tables know their item."""

from __future__ import annotations

import csv
import json
import subprocess
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import tifffile
import zarr
from pyarrow import parquet
from skimage import measure

from pipeline_schema.run.files.digests import sha256_of
from pipeline_schema.run.files.readers import read_image

Command = Callable[..., subprocess.CompletedProcess[str]]

_DOCUMENT = {
    "format": "pipeline-schema/1",
    "inputs": {"image": {"axes": "CYX"}, "low": {"default": 1000}},
    "steps": [
        {"id": "nuclei", "function": "builtin:getitem", "inputs": {"array": "image"}, "params": {"index": 0}},
        {"id": "mask", "function": "numpy:greater", "inputs": {"x1": "nuclei", "x2": "low"}},
        {"id": "labels", "function": "skimage:measure.label"},
        {
            "id": "table",
            "function": "skimage:measure.regionprops_table",
            "inputs": {"label_image": "labels"},
            "params": {"properties": ["label", "area", "centroid"]},
        },
    ],
    "outputs": {"labels": "labels", "table": "table"},
}
_SIZE = {"Y": (0.65, "µm"), "X": (0.65, "µm")}


@pytest.fixture
def document(tmp_path: Path) -> Path:
    path = tmp_path / "count.pipeline.json"
    path.write_text(json.dumps(_DOCUMENT))
    return path


def _image(seed: int) -> np.ndarray:
    """Two channels: some bright squares, and noise."""
    rng = np.random.default_rng(seed)
    image = rng.integers(0, 900, (2, 60, 50), dtype=np.uint16)
    for _ in range(seed + 2):
        y, x = rng.integers(0, 40, 2)
        image[0, y : y + 8, x : x + 8] += np.uint16(2000)
    return image


def _labels(seed: int, low: int = 1000) -> np.ndarray:
    return measure.label(_image(seed)[0] > low)


def _plate(folder: Path) -> None:
    """A plate of OME-Zarr 0.4 with two wells of two fields."""
    wells = {"A/1": (0, 1), "B/02": (2, 3)}
    listed = [{"path": path, "rowIndex": at, "columnIndex": at} for at, path in enumerate(wells)]
    names = {"rows": [{"name": "A"}, {"name": "B"}], "columns": [{"name": "1"}, {"name": "02"}]}
    zarr.create_group(folder, zarr_format=2, attributes={"plate": {"version": "0.4", "wells": listed, **names}})
    micrometers = [{"name": axis, "type": "space", "unit": "micrometer"} for axis in "yx"]
    scale = [{"type": "scale", "scale": [1, 0.65, 0.65]}]
    image = {
        "axes": [{"name": "c", "type": "channel"}, *micrometers],
        "datasets": [{"path": "0", "coordinateTransformations": scale}],
    }
    for path, seeds in wells.items():
        fields = [{"path": str(at)} for at in range(len(seeds))]
        zarr.create_group(folder / path, zarr_format=2, attributes={"well": {"images": fields}})
        for at, seed in enumerate(seeds):
            group = zarr.create_group(folder / path / str(at), zarr_format=2, attributes={"multiscales": [image]})
            group.create_array("0", data=_image(seed), chunks=(1, 32, 32))


def test_a_plate_gives_an_item_for_each_field(tmp_path: Path, document: Path, command: Command) -> None:
    """Labels as OME-Zarr with the plate's pixel size, one table over all fields; a second run gives the same."""
    _plate(tmp_path / "p1.zarr")
    options = ("run", document, "p1.zarr", "-o", "out", "--array-format", "zarr", "--merge-tables", "--format", "json")
    done = command(*options)
    assert done.returncode == 0, done.stderr
    items = {item["name"]: item for item in json.loads(done.stdout)["items"]}
    assert list(items) == ["A1_f0", "A1_f1", "B02_f0", "B02_f1"]
    for seed, item in enumerate(items.values()):
        folder = tmp_path / "out" / item["name"] / "labels.zarr"
        written = read_image(folder)
        np.testing.assert_array_equal(written.array, _labels(seed))
        assert (written.axes, written.pixel_size, written.array.dtype) == ("YX", _SIZE, np.uint8)
        labels = next(output for output in item["outputs"] if output["name"] == "labels")
        assert (labels["sha256"], labels["size"]) == sha256_of(folder)
    with (tmp_path / "out" / "table.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == sum(int(_labels(seed).max()) for seed in range(4))
    lead = {"item": "B02_f1", "plate": "p1", "well": "B02", "row": "B", "column": "02", "field": "1"}
    assert lead.items() <= rows[-1].items()
    before = sha256_of(tmp_path / "out" / "A1_f0")
    assert command(*options).returncode == 0
    assert sha256_of(tmp_path / "out" / "A1_f0") == before
    assert sorted(path.name for path in (tmp_path / "out" / "A1_f0").iterdir()) == ["labels.zarr", "table.csv"]


def test_planes_of_one_pattern_are_stacked(tmp_path: Path, document: Path, command: Command) -> None:
    """One TIFF a plane: channels are stacked, well and site are columns; a plane that is missing is named first."""
    (tmp_path / "tifs").mkdir()
    sites = [(well, site) for well in ("A1", "A2", "A10") for site in (1, 2)]
    for seed, (well, site) in enumerate(sites):
        for channel, plane in zip(("GFP", "DAPI"), _image(seed)[::-1], strict=True):
            tifffile.imwrite(tmp_path / "tifs" / f"{well}_s{site}_w{channel}.tif", plane)
    named = ("run", document, "tifs", "--pattern", "{well}_s{site}_w{C}.tif", "--stack", "C")
    done = command(*named, "-o", "out", "--merge-tables", "--table-format", "parquet")
    assert done.returncode == 0, done.stderr
    for seed, (well, site) in enumerate(sites):
        np.testing.assert_array_equal(
            read_image(tmp_path / "out" / f"{well}_{site}" / "labels.tif").array, _labels(seed)
        )
    table = parquet.read_table(tmp_path / "out" / "table.parquet")
    assert table.column_names == ["item", "well", "site", "label", "area", "centroid-0", "centroid-1"]
    assert list(dict.fromkeys(table["well"].to_pylist())) == ["A1", "A2", "A10"]
    (tmp_path / "tifs" / "A2_s1_wGFP.tif").unlink()
    done = command(*named, "-o", "other")
    assert done.returncode == 2
    assert "A2_s1_wGFP.tif" in done.stderr
    assert not (tmp_path / "other").exists()
    done = command(*named, "-o", "other", "--skip-incomplete")
    assert done.returncode == 1, done.stderr
    assert "failed  A2_1: planes are missing, 1 of 2: A2_s1_wGFP.tif" in done.stdout
    assert "5 of 6 done" in done.stdout
    tifffile.imwrite(tmp_path / "tifs" / "A2_s1_wGFP.tif", _image(2)[1])
    done = command(*named, "-o", "other", "--skip-incomplete", "--resume")
    assert (done.returncode, "6 of 6 done" in done.stdout) == (0, True), done.stderr
    assert "not among the inputs" not in done.stderr
    assert sorted(path.name for path in (tmp_path / "other").glob("A2*")) == ["A2_1", "A2_2"]


def test_a_manifest_gives_each_item_its_inputs(tmp_path: Path, document: Path, command: Command) -> None:
    """Lists are stacked along the axis that is left, values are of one item, other columns go to the merged table."""
    for seed in range(2):
        for channel, plane in enumerate(_image(seed)):
            tifffile.imwrite(tmp_path / f"{seed}-{channel}.tif", plane)
    rows = ["item,image,low,drug", "first,0-0.tif;0-1.tif,,none", "second,1-0.tif;1-1.tif,500,X"]
    (tmp_path / "m.csv").write_text("\n".join(rows))
    done = command("run", document, "--manifest", "m.csv", "-o", "out", "--merge-tables")
    assert done.returncode == 0, done.stderr
    for name, expected in (("first", _labels(0)), ("second", _labels(1, 500))):
        np.testing.assert_array_equal(read_image(tmp_path / "out" / name / "labels.tif").array, expected)
    assert (tmp_path / "out" / "table.csv").read_text().startswith("item,drug,label,")
    (tmp_path / "m.csv").write_text("\n".join([*rows, "third,gone.tif,,"]))
    done = command("run", document, "--manifest", "m.csv", "-o", "other")
    assert done.returncode == 2
    assert "m.csv row 4, column 'image'" in done.stderr


def test_versions_name_the_libraries_of_all_formats(tmp_path: Path, document: Path, command: Command) -> None:
    """zarr where it reads or writes, pyarrow where tables are Parquet; and neither where they had no hand in it."""
    tifffile.imwrite(tmp_path / "a.tif", _image(1), metadata={"axes": "CYX"}, ome=True)
    zarr.save_array(tmp_path / "b.zarr", _image(2))
    for image, more, there in (
        ("a.tif", [], set()),
        ("a.tif", ["--array-format", "zarr"], {"zarr"}),
        ("b.zarr", ["--axes", "CYX", "--table-format", "parquet"], {"zarr", "pyarrow"}),
    ):
        assert command("run", document, image, "-o", "out", *more).returncode == 0
        versions = json.loads((tmp_path / "out" / "run.json").read_text())["versions"]
        assert versions.keys() & {"zarr", "pyarrow"} == there


def test_an_item_that_is_called_like_the_merged_table_is_not_in_its_way(
    tmp_path: Path, document: Path, command: Command
) -> None:
    """Which outputs there are is not known when items get their names."""
    tifffile.imwrite(tmp_path / "table.csv.tif", _image(1), metadata={"axes": "CYX"}, ome=True)
    assert command("run", document, "table.csv.tif", "-o", "out", "--merge-tables").returncode == 0
    assert (tmp_path / "out" / "table.csv").read_text().splitlines()[1].startswith("table_csv,")


def test_a_value_in_a_manifest_that_no_function_takes_is_told_before_the_run(
    tmp_path: Path, document: Path, command: Command
) -> None:
    """With its row and column, as all that is wrong with a manifest; no worker finds it after hours."""
    plain = json.loads(document.read_text())
    plain["inputs"]["connectivity"] = {"default": 1}
    plain["steps"][2]["inputs"] = {"label_image": "mask", "connectivity": "connectivity"}
    document.write_text(json.dumps(plain))
    tifffile.imwrite(tmp_path / "a.tif", _image(1), metadata={"axes": "CYX"}, ome=True)
    (tmp_path / "m.csv").write_text("item,image,connectivity\none,a.tif,2\ntwo,a.tif,\nthree,a.tif,many\n")
    done = command("run", document, "--manifest", "m.csv", "-o", "out")
    assert done.returncode == 2
    assert "m.csv row 4, column 'connectivity': step 'labels'" in done.stderr
    assert not (tmp_path / "out").exists()


def test_outputs_of_an_earlier_run_are_not_taken_for_those_of_one_that_failed(
    tmp_path: Path, document: Path, command: Command
) -> None:
    """They stay, and the error of the item names them."""
    tifffile.imwrite(tmp_path / "a.tif", _image(1), metadata={"axes": "CYX"}, ome=True)
    assert command("run", document, "a.tif", "-o", "out").returncode == 0
    (tmp_path / "a.tif").write_bytes(b"II*\0torn")
    done = command("run", document, "a.tif", "-o", "out")
    assert done.returncode == 1
    assert "earlier run made is still in" in done.stdout
    assert "labels.tif, table.csv" in done.stdout
    assert (tmp_path / "out" / "a" / "labels.tif").exists()
