"""Items' names: unique, and the same in every run."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_schema.run.inputs.naming import Claims, Namer, owner_of
from pipeline_schema.run.item import Found, ItemInput


def _file(path: Path) -> Found:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    return Found(stem=path.stem, relative=path.name, inputs={"image": ItemInput(path=str(path))})


def _well(plate: str, well: str = "B03", field: str = "0") -> Found:
    row, column = well[0], well[1:]
    source = ItemInput(path=f"/data/{plate}/{row}/{column}/{field}")
    return Found(stem=f"{well}_f{field}", relative=f"{plate}/{row}/{column}/{field}", inputs={"image": source})


def _names(items: list[Found], kept: dict[str, str] | None = None) -> list[str]:
    namer = Namer(Claims(kept))
    return [namer.name(found) for found in items]


def test_equal_stems_get_different_names(tmp_path: Path) -> None:
    """Stems that are equal, also only where case is ignored, are told apart by folder, suffix, then hash."""
    paths = ("p1/a.tif", "p2/A.tif", "p2/a.png", "x/p2/a.png")
    names = _names([_file(tmp_path / path) for path in paths])
    assert names[:3] == ["a", "A-p2", "a-png"]
    assert names[3].startswith("a-")
    assert len({name.casefold() for name in names}) == 4


def test_wells_of_two_plates_are_told_apart_by_plate() -> None:
    """The same well and field of another plate has the plate in its name."""
    assert _names([_well("p1.zarr"), _well("p2.zarr"), _well("p1.zarr", "B04")]) == ["B03_f0", "B03_f0-p2", "B04_f0"]


def test_adding_an_input_renames_nothing(tmp_path: Path) -> None:
    """What an earlier run gave a folder keeps it, whoever comes first this time, or alone."""
    one, other = _file(tmp_path / "p1/a.tif"), _file(tmp_path / "p0/a.tif")
    kept = {"a": owner_of(one)}
    assert _names([other, one], kept) == ["a-p0", "a"]
    assert _names([other], kept) == ["a-p0"]


def test_a_claim_lapses_with_its_file(tmp_path: Path) -> None:
    """When the earlier input is gone (the folder was moved, say), its name is free."""
    assert _names([_file(tmp_path / "new/a.tif")], {"a": str(tmp_path / "old/a.tif")}) == ["a"]


@pytest.mark.parametrize("axis", ["Z", "?"])
def test_stacks_are_known_by_what_tells_them_apart(axis: str) -> None:
    """Two stacks below one folder are two items; the same one is the same in the next run."""

    def stack(site: str) -> Found:
        planes = (f"{site}1.tif", f"{site}2.tif")
        source = ItemInput(path="/data", stacked={axis: ("1", "2")}, planes=planes)
        columns = {"site": site} if axis == "Z" else {}
        return Found(stem="A01", relative="data/A01", inputs={"image": source}, columns=columns)

    one, other = stack("a"), stack("b")
    claims = Claims()
    names = [Namer(claims).name(item) for item in (one, other)]
    assert names[0] == "A01"
    assert len(set(names)) == 2
    assert [Namer(Claims(claims.owners)).name(item) for item in (other, one)] == names[::-1]


@given(st.lists(st.tuples(st.sampled_from(["a", "A", "ä", "run.json", "..", "x/y"]), st.integers(0, 3)), unique=True))
def test_names_are_unique_whatever_comes(items: list[tuple[str, int]]) -> None:
    """No two items have one name, also where case is ignored."""
    found = [
        Found(stem=stem, relative=f"{at}", inputs={"image": ItemInput(path=f"/{at}/{stem}/x.tif")})
        for stem, at in items
    ]
    names = _names(found)
    assert len({name.casefold() for name in names}) == len(items)
