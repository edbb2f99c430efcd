"""Where outputs go: names that every system takes, that differ, and that stay."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_schema.run.inputs import InputFile
from pipeline_schema.run.layout import item_names, output_stems, safe_name, stem_of


def _files(*paths: Path) -> list[InputFile]:
    for path in paths:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return [InputFile(path, path.name) for path in paths]


def test_a_stem_is_the_name_without_its_suffix() -> None:
    """Also where the suffix has two parts."""
    assert [stem_of(Path(name)) for name in ("a.tif", "a.b.png", "a.ome.tif", "A.OME.TIFF")] == ["a", "a.b", "a", "A"]


def test_equal_stems_get_different_names(tmp_path: Path) -> None:
    """Stems that are equal, also only where case is ignored, are told apart by folder, suffix, then hash."""
    files = _files(tmp_path / "p1/a.tif", tmp_path / "p2/A.tif", tmp_path / "p2/a.png", tmp_path / "x/p2/a.png")
    names = item_names(files, {})
    assert names[:3] == ["a", "A-p2", "a-png"]
    assert names[3].startswith("a-")
    assert len({name.casefold() for name in names}) == 4


def test_adding_an_input_renames_nothing(tmp_path: Path) -> None:
    """What an earlier run gave a folder keeps it, whoever comes first this time, or alone."""
    one, other = _files(tmp_path / "p1/a.tif", tmp_path / "p0/a.tif")
    kept = {"a": str(one.path)}
    assert item_names([other, one], kept) == ["a-p0", "a"]
    assert item_names([other], kept) == ["a-p0"]


def test_a_claim_lapses_with_its_file(tmp_path: Path) -> None:
    """When the earlier input is gone (the folder was moved, say), its name is free."""
    (one,) = _files(tmp_path / "new/a.tif")
    assert item_names([one], {"a": str(tmp_path / "old/a.tif")}) == ["a"]


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("plain name", "plain name"),
        ("..", "_"),
        (".hidden", "_hidden"),
        ("con", "_con"),
        ("LPT1.x", "_LPT1.x"),
        ("run.json", "_run.json"),
        ("a:b/c\n", "a_b_c_"),
        ("dots...", "dots"),
        ("", "_"),
    ],
)
def test_names_are_made_safe(name: str, safe: str) -> None:
    """Reserved, hidden and forbidden names are changed, and only those."""
    assert safe_name(name) == safe


@given(st.text(st.characters(), max_size=300))
def test_any_name_is_made_safe(name: str) -> None:
    """Whatever a file is called, the name that we make of it is short, encodable, and made safe already."""
    safe = safe_name(name)
    assert 0 < len(safe.encode()) < 200
    assert not safe.startswith(".")
    assert safe_name(safe) == safe


def test_outputs_that_differ_by_case_have_different_files() -> None:
    """On a system that ignores case, Mask must not overwrite mask."""
    stems = output_stems(["mask", "Mask", "con"])
    assert stems["mask"] == "mask"
    assert len({stem.casefold() for stem in stems.values()}) == 3
    assert stems["con"] == "_con"
