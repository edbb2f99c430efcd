"""Patterns of file names: what they match, and what is no pattern."""

from __future__ import annotations

import pytest

from pipeline_schema.errors import UsageError
from pipeline_schema.run.inputs.patterns import parse_pattern


@pytest.mark.parametrize(
    ("pattern", "name", "fields"),
    [
        ("{well}_s{site}_w{C}_z{Z}.tif", "B03_s2_w1_z10.tif", {"well": "B03", "site": "2", "C": "1", "Z": "10"}),
        (
            "r{row}c{column}f{field}p{Z}-ch{C}sk{T}fk1fl1.tiff",
            "r01c02f03p04-ch5sk6fk1fl1.tiff",
            {"row": "01", "column": "02", "field": "03", "Z": "04", "C": "5", "T": "6"},
        ),
        # MetaXpress: an id without a divider follows the wavelength.
        ("*_{well}_s{site}_w{C:d}*.tif", "P1_B03_s1_w1F5A2-0C.tif", {"well": "B03", "site": "1", "C": "1"}),
        ("{plate}/{plate}_{well}.tif", "p1/p1_A01.tif", {"plate": "p1", "well": "A01"}),
        ("{plate}/{plate}_{well}.tif", "p1/p2_A01.tif", None),
        ("**/{well}.tif", "a/b/A01.tif", {"well": "A01"}),
        ("**/{well}.tif", "A01.tif", {"well": "A01"}),
        ("{well}.tif", "a/A01.tif", None),
        ("{{x}}{well}.tif", "{x}A01.tif", {"well": "A01"}),
        ("{well}.tif", "A01_tif", None),
        ("{row}{column:d}.tif", "AB12.tif", {"row": "AB", "column": "12"}),
    ],
)
def test_fields_are_read_from_names(pattern: str, name: str, fields: dict[str, str] | None) -> None:
    """A name that fits gives a text to each field; one that does not fit gives nothing."""
    matched = parse_pattern(pattern).matches.fullmatch(name)
    assert (matched and matched.groupdict()) == fields


def test_a_name_is_made_of_its_fields() -> None:
    """What a missing file would be called is what the pattern says."""
    pattern = parse_pattern("{well}_w{C:d}*.tif", "C")
    assert pattern.name({"well": "A01", "C": "2"}) == "A01_w2*.tif"
    assert (pattern.fields, pattern.stack) == (("well",), "C")


@pytest.mark.parametrize(
    ("pattern", "stack", "said"),
    [
        ("plate.tif", None, "has no field"),
        ("{well.tif", None, "a brace is {{"),
        ("{}.tif", None, "is no field"),
        ("{well!r}.tif", None, "is no field"),
        ("{C:03d}.tif", None, "digits"),
        ("{a b}.tif", None, "is no field"),
        ("{row}{column}.tif", None, "nothing stands between {row} and {column}"),
        ("{well}.tif", "C", "field {C}"),
        ("{well}_{X}.tif", "X", "T, C, Z;"),
        ("{well}_{C}.tif", "CC", "each once"),
        ("{well}_{C}.tif", "Q", "no axes"),
    ],
)
def test_what_is_no_pattern_is_refused(pattern: str, stack: str | None, said: str) -> None:
    """Each way to write it wrongly is told with what to write."""
    with pytest.raises(UsageError) as caught:
        parse_pattern(pattern, stack)
    assert said in str(caught.value)
