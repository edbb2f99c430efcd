"""Which files a run is over."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from pipeline_schema.document import Input
from pipeline_schema.errors import UsageError
from pipeline_schema.run.inputs.finding import find_items
from pipeline_schema.run.item import Found


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """A folder with images, other files, hidden ones and a folder of more."""
    for name in ("b.tif", "a.PNG", "c.jpg", "notes.txt", ".hidden.tif", "deep/d.npy", "deep/.x/e.tif"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    (tmp_path / "folder.tif").mkdir()
    return tmp_path


def _find(*arguments: object) -> list[Found]:
    return list(find_items([str(argument) for argument in arguments], varied="image"))


def _paths(*arguments: object) -> list[Path]:
    return [Path(found.inputs["image"].path) for found in _find(*arguments)]


def _names(*arguments: object) -> list[str]:
    return [path.name for path in _paths(*arguments)]


def test_a_folder_is_its_images_by_name(images: Path) -> None:
    """Images directly in it, sorted; nothing hidden, nothing deeper, nothing else."""
    assert _names(images) == ["a.PNG", "b.tif", "c.jpg"]


def test_globs_are_expanded(images: Path) -> None:
    """A quoted glob stands for the images that match, at any depth with two stars."""
    assert _names(images / "*.tif") == ["b.tif"]
    assert _names(images / "**" / "*") == ["a.PNG", "b.tif", "c.jpg", "d.npy"]
    assert [found.relative for found in _find(images / "**" / "*.npy")] == ["deep/d.npy"]


def test_a_file_is_taken_as_it_is(images: Path) -> None:
    """A file that was named is an input whatever it is called, and also if it is missing: its error names it."""
    assert _names(images / "notes.txt", images / "missing.tif") == ["notes.txt", "missing.tif"]


def test_a_file_whose_name_looks_like_a_glob_is_a_file(images: Path) -> None:
    """What exists is what is meant."""
    (images / "a[1].tif").touch()
    assert _names(images / "a[1].tif") == ["a[1].tif"]


def test_each_file_comes_once_in_the_order_given(images: Path) -> None:
    """A file that several arguments stand for is run once, where it was named first."""
    assert _names(images / "c.jpg", images, images / "*.jpg", images / "deep" / ".." / "b.tif") == [
        "c.jpg",
        "a.PNG",
        "b.tif",
    ]


def test_relative_paths_become_absolute(images: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The worker may have another folder than the user."""
    monkeypatch.chdir(images)
    assert _paths("b.tif", "*.jpg") == [images / "b.tif", images / "c.jpg"]


@pytest.mark.parametrize("argument", ["*.gif", "deep/.x", "empty"])
def test_no_image_is_an_error(images: Path, argument: str) -> None:
    """A folder or glob without an image is wrong usage: a run over nothing would look like success."""
    (images / "empty").mkdir()
    if argument == "deep/.x":
        (images / argument / "e.tif").unlink()
    with pytest.raises(UsageError, match="has no image"):
        _find(images / argument)


def test_no_argument_is_an_error() -> None:
    """A run needs something to run on."""
    with pytest.raises(UsageError, match="no input"):
        _find()


def test_a_link_to_itself_is_one_input(images: Path) -> None:
    """A link in a circle is an input as a missing file is: reading it fails, and finding the others does not."""
    (images / "loop.tif").symlink_to("loop.tif")
    assert images / "loop.tif" in _paths(images)


def test_empty_text_is_no_path(images: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An unset variable of a shell does not stand for the current folder."""
    monkeypatch.chdir(images)
    with pytest.raises(UsageError, match="empty"):
        _find("")


def test_stores_are_images_wherever_they_are_met(images: Path) -> None:
    """A store of Zarr is one image: by name, in a folder, in a glob, which does not look into it."""
    for name in ("s.ome.zarr", "s.ome.zarr/0", "deep/t.zarr"):
        (images / name).mkdir()
        (images / name / ".zattrs").write_text("{}")
    assert _names(images / "s.ome.zarr") == ["s.ome.zarr"]
    assert _names(images) == ["a.PNG", "b.tif", "c.jpg", "s.ome.zarr"]
    assert _names(images / "**" / "*") == ["a.PNG", "b.tif", "c.jpg", "d.npy", "t.zarr", "s.ome.zarr"]
    assert [found.stem for found in _find(images / "*.zarr")] == ["s"]
    assert _names(images / "s.ome.zarr" / "0") == ["0"]


def test_items_come_one_by_one(images: Path) -> None:
    """The first is there before the last argument was looked at."""
    found = find_items([images / "b.tif", images / "none-*.tif"], varied="image")
    assert next(found).stem == "b"
    with pytest.raises(UsageError, match="has no image"):
        next(found)


def test_a_pattern_is_for_folders(images: Path) -> None:
    """Files below a folder are put together by their names; the folder given twice is one."""
    found = list(find_items([images, images], varied="image", pattern="{name}.{kind}", stack=None))
    assert [item.columns["name"] for item in found] == ["a", "b", "c", "notes"]
    with pytest.raises(UsageError, match="no folder"):
        find_items([images / "b.tif"], varied="image", pattern="{name}.tif")
    with pytest.raises(UsageError, match="--stack needs --pattern"):
        find_items([images], varied="image", stack="C")
    with pytest.raises(UsageError, match=r"field \{C\}"):
        find_items([images], varied="image", pattern="{name}.tif", stack="C")


def test_a_manifest_names_all_inputs(images: Path) -> None:
    """With a manifest there are no other inputs."""
    (images / "m.csv").write_text("image,well\nb.tif,A01\n")
    inputs = {"image": Input(axes="YX")}
    (found,) = find_items([], varied="image", manifest=images / "m.csv", inputs=inputs, required=["image"])
    assert found.columns == {"well": "A01"}
    with pytest.raises(UsageError, match="leave out the others"):
        find_items([images], varied="image", manifest=images / "m.csv", inputs=inputs)


@pytest.mark.skipif(os.name == "nt", reason="names are text on Windows")
def test_a_name_that_is_no_text_is_refused(images: Path) -> None:
    """What neither a record nor a worker could be told is wrong usage, named with escapes."""
    try:
        (images / os.fsdecode(b"\xff.tif")).touch()
    except OSError:
        pytest.skip("this file system takes text only; run it on ext4")
    with pytest.raises(UsageError, match="is not UTF-8; rename it"):
        _find(images)
