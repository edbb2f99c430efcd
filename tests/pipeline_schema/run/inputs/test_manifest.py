"""Manifests: a row is an item, and what is wrong with it has a row and a column."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline_schema.document import Input
from pipeline_schema.errors import UsageError
from pipeline_schema.run.inputs.manifest import find_in_manifest, read_header
from pipeline_schema.run.item import Found, ItemInput

_INPUTS = {"image": Input(axes="YX"), "flat": Input(kind="image"), "sigma": Input(default=1.0)}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("a.tif", "b.tif", "flat.tif", "c;d.tif", "[1].tif"):
        (tmp_path / name).touch()
    return tmp_path


def _find(folder: Path, text: str | bytes, required: tuple[str, ...] = ("image",)) -> list[Found]:
    path = folder / "manifest.csv"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return list(find_in_manifest(path, _INPUTS, required))


def test_a_row_is_an_item_with_a_column_for_each_input(folder: Path) -> None:
    """Images are paths beside the manifest, other inputs values; what is no input is the item's own."""
    text = "image,flat,sigma,well\na.tif,flat.tif,2.5,A01\nb.tif,,,B02\n"
    first, second = _find(folder, text)
    assert first.inputs == {
        "image": ItemInput(path=str(folder / "a.tif")),
        "flat": ItemInput(path=str(folder / "flat.tif")),
        "sigma": ItemInput(value=2.5),
    }
    assert (first.stem, first.columns) == ("a", {"well": "A01"})
    assert second.inputs == {"image": ItemInput(path=str(folder / "b.tif"))}


def test_the_required_input_comes_first(folder: Path) -> None:
    """It lends its axes to the outputs, wherever its column stands."""
    (found,) = _find(folder, "flat,image\nflat.tif,a.tif\n")
    assert list(found.inputs) == ["image", "flat"]
    assert found.stem == "a"


@pytest.mark.parametrize(
    ("cell", "planes"),
    [
        ("a.tif;b.tif", ("a.tif", "b.tif")),
        ("a.tif ; b.tif", ("a.tif", "b.tif")),
        ('"[""c;d.tif"", ""a.tif""]"', ("c;d.tif", "a.tif")),
        ('"[""c;d.tif""]"', "c;d.tif"),
        ("[1].tif", "[1].tif"),
    ],
)
def test_a_cell_may_be_a_list(folder: Path, cell: str, planes: tuple[str, ...] | str) -> None:
    """Semicolons divide names; JSON is for names that have one."""
    (found,) = _find(folder, f"image\n{cell}\n")
    if isinstance(planes, str):
        assert found.inputs["image"] == ItemInput(path=str(folder / planes))
    else:
        assert found.inputs["image"] == ItemInput(path=str(folder), stacked={"?": planes}, planes=planes)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
@pytest.mark.parametrize("divider", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_what_spreadsheets_write_is_read(folder: Path, encoding: str, divider: str, end: str) -> None:
    """Byte order marks, the divider of the locale, line ends, quotes and line ends in quotes."""
    text = end.join(["image|café", 'a.tif|"x ""y""' + end + 'z|,;"', ""]).replace("|", divider)
    (found,) = _find(folder, text.encode(encoding))
    assert found.columns == {"café": f'x "y"{end}z{divider},;'}


def test_an_item_may_be_named(folder: Path) -> None:
    """The column `item` names it, whatever its files are."""
    found = _find(folder, "item,image\nfirst,a.tif\nsecond,a.tif\n")
    assert [(each.stem, each.columns) for each in found] == [("first", {}), ("second", {})]


def test_one_image_with_two_values_is_two_items(folder: Path) -> None:
    """Rows that differ in any input are different items."""
    one, other = _find(folder, "image,sigma\na.tif,1.0\na.tif,2.0\n")
    assert (one.stem, one.relative != other.relative) == (other.stem, True)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is empty"),
        ("\n", "is empty"),
        ("image\n", "no row below"),
        ("imgae\na.tif\n", "no column 'image', which is an input of the pipeline; did you mean its column 'imgae'?"),
        ("image,well,well\na.tif,1,2\n", "two columns are called 'well'"),
        ("image,\na.tif,1\n", "column 2 has no title"),
        ("image,well\na.tif\n", "row 2 has 1 cells, and there are 2 columns"),
        ("image,well\na.tif,1\n,2\n", "row 3, column 'image' is empty"),
        ("image\na.tif\nmissing.tif\n", "row 3, column 'image': "),
        ("image\na.tif;;b.tif\n", "row 2, column 'image' has an empty name"),
        ('image,sigma\na.tif,"{""$x"": 1, ""$x"": 1}"\n', "row 2, column 'sigma': "),
        ("image\na.tif\n\na.tif\n", "row 4 is the same item as row 2"),
        ("item,image\nx,a.tif\nx,b.tif\n", "row 3 is the same item as row 2"),
        ('image,well\na.tif,"x\n', "row 2 is no CSV"),
        ("image,well\na.tif,\xe9\n".encode("latin-1"), "is not UTF-8"),
    ],
)
def test_what_is_wrong_has_a_row_and_a_column(folder: Path, text: str | bytes, said: str) -> None:
    """A mistake is told where it stands, as the spreadsheet counts rows."""
    with pytest.raises(UsageError) as caught:
        _find(folder, text)
    assert said in str(caught.value)
    assert str(caught.value).startswith(str(folder / "manifest.csv"))


def test_the_header_can_be_read_alone(folder: Path) -> None:
    """Which inputs a manifest gives is known before its rows are."""
    (folder / "m.csv").write_text("image, well\n")
    assert read_header(folder / "m.csv") == ("image", "well")
    with pytest.raises(UsageError, match="can't be read"):
        read_header(folder / "none.csv")
