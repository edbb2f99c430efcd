"""Planes of one pattern, put together to items."""

from __future__ import annotations

import itertools
import os
import random
import tracemalloc
from pathlib import Path

import pytest

from pipeline_schema.errors import UsageError
from pipeline_schema.run.inputs import planes
from pipeline_schema.run.inputs.patterns import parse_pattern
from pipeline_schema.run.inputs.planes import find_planes
from pipeline_schema.run.item import Found, ItemInput

_PATTERN = "{well}_s{site}_w{C}_z{Z}.tif"


def _plate(folder: Path, *, planes: int = 10) -> list[Path]:
    folder.mkdir(exist_ok=True)
    names = itertools.product(["A01", "B10", "B2"], [1, 2], ["DAPI", "GFP"], range(1, planes + 1))
    paths = [folder / f"{well}_s{site}_w{channel}_z{z}.tif" for well, site, channel, z in names]
    random.Random(0).shuffle(paths)
    for path in paths:
        path.touch()
    (folder / "notes.txt").touch()
    (folder / ".A01_s1_wDAPI_z1.tif").touch()
    return paths


def _find(folder: Path, pattern: str = _PATTERN, stack: str | None = "CZ") -> list[Found]:
    return list(find_planes(folder, parse_pattern(pattern, stack), "image"))


def test_planes_become_stacks_in_the_order_of_numbers(tmp_path: Path) -> None:
    """Each item has all its planes, the last axis fastest, 10 after 9; items are sorted as people count."""
    _plate(tmp_path / "p")
    found = _find(tmp_path / "p")
    assert [item.stem for item in found] == ["A01_1", "A01_2", "B2_1", "B2_2", "B10_1", "B10_2"]
    source = found[2].inputs["image"]
    assert source.path == str(tmp_path / "p")
    assert source.stacked == {"C": ("DAPI", "GFP"), "Z": tuple(map(str, range(1, 11)))}
    assert source.planes == tuple(f"B2_s1_w{c}_z{z}.tif" for c in ("DAPI", "GFP") for z in range(1, 11))
    assert found[2].columns == {"well": "B2", "site": "1"}
    assert found[2].relative == "p/B2_1"


def test_the_axes_are_those_of_stack_in_its_order(tmp_path: Path) -> None:
    """A letter that is not stacked is a column, and each of its values an item."""
    _plate(tmp_path / "p")
    (first, *rest) = _find(tmp_path / "p", stack="Z")
    assert len(rest) == 11
    assert first.columns == {"well": "A01", "site": "1", "C": "DAPI"}
    assert list(_find(tmp_path / "p", stack="ZC")[0].inputs["image"].stacked) == ["Z", "C"]


def test_without_stack_each_file_is_an_item_with_columns(tmp_path: Path) -> None:
    """A pattern alone says what the items' columns are."""
    paths = _plate(tmp_path / "p")
    found = _find(tmp_path / "p", stack=None)
    assert len(found) == len(paths)
    assert found[0].inputs == {"image": ItemInput(path=str(tmp_path / "p" / "A01_s1_wDAPI_z1.tif"))}
    assert found[0].columns == {"well": "A01", "site": "1", "C": "DAPI", "Z": "1"}


def test_a_folder_may_be_one_stack(tmp_path: Path) -> None:
    """Where every field is stacked, all files are one item, called as the folder; what it lacks is named as well."""
    (tmp_path / "s").mkdir()
    for c, z in itertools.product("ab", range(12)):
        (tmp_path / "s" / f"{c}{z}.tif").touch()
    (found,) = _find(tmp_path / "s", "{C}{Z:d}.tif")
    assert (found.stem, found.columns, len(found.inputs["image"].planes)) == ("s", {}, 24)
    (tmp_path / "s" / "b7.tif").unlink()
    with pytest.raises(UsageError, match=r"1 of 24 in .*: b7\.tif;"):
        _find(tmp_path / "s", "{C}{Z:d}.tif")


def test_missing_planes_are_named(tmp_path: Path) -> None:
    """A plane that other items have is missing wherever it is not: counted, and named as the file would be."""
    _plate(tmp_path / "p")
    for name in ("B2_s1_wGFP_z10.tif", "A01_s2_wDAPI_z3.tif"):
        (tmp_path / "p" / name).unlink()
    with pytest.raises(UsageError, match=r"planes are missing .*, 2 of 40 in") as caught:
        _find(tmp_path / "p")
    assert "A01_s2_wDAPI_z3.tif, B2_s1_wGFP_z10.tif;" in str(caught.value)
    assert "C (DAPI, GFP)" in str(caught.value)


def test_many_missing_planes_are_counted_and_some_named(tmp_path: Path) -> None:
    """A message stays readable whatever is missing."""
    for path in _plate(tmp_path / "p"):
        if path.name.startswith("B") and "GFP" in path.name:
            path.unlink()
    with pytest.raises(UsageError, match=r"planes are missing .*, 40 of 80 in") as caught:
        _find(tmp_path / "p")
    assert str(caught.value).count(".tif") == 10


def test_items_that_lack_planes_can_be_left_to_fail(tmp_path: Path) -> None:
    """Each has its fault and the planes that there are, others have none; if all lack some, there is nothing to run."""
    _plate(tmp_path / "p")
    for name in ("B2_s1_wGFP_z10.tif", "B2_s1_wDAPI_z3.tif"):
        (tmp_path / "p" / name).unlink()
    pattern = parse_pattern(_PATTERN, "CZ")
    found = {item.stem: item for item in find_planes(tmp_path / "p", pattern, "image", skip_incomplete=True)}
    faulty = found.pop("B2_1")
    assert faulty.fault == "planes are missing, 2 of 20: B2_s1_wDAPI_z3.tif, B2_s1_wGFP_z10.tif"
    assert len(faulty.inputs["image"].planes) == 18
    assert {item.fault for item in found.values()} == {""}
    assert {len(item.inputs["image"].planes) for item in found.values()} == {20}
    for item in found:
        (tmp_path / "p" / f"{item.replace('_', '_s')}_wDAPI_z1.tif").unlink()
    with pytest.raises(UsageError, match="missing"):
        list(find_planes(tmp_path / "p", pattern, "image", skip_incomplete=True))


def test_two_files_of_one_plane_are_named(tmp_path: Path) -> None:
    """Where two files would be one plane, neither is taken."""
    _plate(tmp_path / "p")
    (tmp_path / "p" / "A01_s1_wDAPI_z1_copy.tif").touch()
    with pytest.raises(UsageError, match=r"A01_s1_wDAPI_z1\.tif and A01_s1_wDAPI_z1_copy\.tif; make"):
        _find(tmp_path / "p", "{well}_s{site}_w{C}_z{Z:d}*.tif")


def test_folders_are_part_of_a_pattern(tmp_path: Path) -> None:
    """A slash goes a folder down, and only as deep as the pattern; two stars go anywhere."""
    for name in ("p1/A01.tif", "p2/A01.tif", "p2/deep/A01.tif"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    assert [item.stem for item in _find(tmp_path, "{plate}/{well}.tif", None)] == ["p1_A01", "p2_A01"]
    assert len(_find(tmp_path, "**/{folder}/{well}.tif", None)) == 3


def test_no_match_is_an_error(tmp_path: Path) -> None:
    """A pattern that fits nothing is wrong usage, and a folder that is not there."""
    with pytest.raises(UsageError, match="no file below"):
        _find(tmp_path)
    with pytest.raises(UsageError, match="can't be looked into"):
        _find(tmp_path / "none")


@pytest.mark.skipif(os.name == "nt", reason="names are text on Windows")
def test_names_that_are_no_text_are_found(tmp_path: Path) -> None:
    """Linux takes any bytes as a name."""
    try:
        (tmp_path / os.fsdecode(b"\xff_1.tif")).touch()
    except OSError:
        pytest.skip("this file system takes text only; run it on ext4")
    assert _find(tmp_path, "{well}_{Z}.tif", "Z")[0].columns == {"well": os.fsdecode(b"\xff")}


def test_memory_does_not_grow_with_the_plates(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many files take no more memory than few: they are sorted on disk. (A folder gives its names one by one.)"""

    def peak(sites: int) -> int:
        names = (f"A01_s{site}_w1_z{z}.tif" for site in range(sites) for z in range(4))
        monkeypatch.setattr(planes, "_walk", lambda *_: names)
        pattern = parse_pattern(_PATTERN, "CZ")
        tracemalloc.start()
        for _ in find_planes(tmp_path, pattern, "image"):
            pass
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
        return most

    # Their names alone would be 850 kB; what waits for the garbage collector is less.
    assert peak(3000) < peak(100) + 400_000
