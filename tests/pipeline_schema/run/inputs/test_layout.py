"""Where outputs go: names that every system takes, and that differ."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipeline_schema.run.inputs.layout import output_stems, safe_name, stem_of


def test_a_stem_is_the_name_without_its_suffix() -> None:
    """Also where the suffix has two parts."""
    assert [stem_of(Path(name)) for name in ("a.tif", "a.b.png", "a.ome.tif", "A.OME.TIFF")] == ["a", "a.b", "a", "A"]


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("plain name", "plain name"),
        ("..", "_"),
        (".hidden", "_hidden"),
        ("con", "_con"),
        ("LPT1.x", "_LPT1.x"),
        ("run.json", "_run.json"),
        ("Journal.sqlite", "_Journal.sqlite"),
        ("journal.2-of-3.sqlite-journal", "_journal.2-of-3.sqlite-journal"),
        ("table.csv", "table_csv"),
        ("all.tables.Parquet", "all.tables_Parquet"),
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
