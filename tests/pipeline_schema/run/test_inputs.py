"""Which files a run is over."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipeline_schema.errors import UsageError
from pipeline_schema.run.inputs import find_inputs


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """A folder with images, other files, hidden ones and a folder of more."""
    for name in ("b.tif", "a.PNG", "c.jpg", "notes.txt", ".hidden.tif", "deep/d.npy", "deep/.x/e.tif"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    (tmp_path / "folder.tif").mkdir()
    return tmp_path


def _names(*arguments: object) -> list[str]:
    return [found.path.name for found in find_inputs([str(argument) for argument in arguments])]


def test_a_folder_is_its_images_by_name(images: Path) -> None:
    """Images directly in it, sorted; nothing hidden, nothing deeper, nothing else."""
    assert _names(images) == ["a.PNG", "b.tif", "c.jpg"]


def test_globs_are_expanded(images: Path) -> None:
    """A quoted glob stands for the images that match, at any depth with two stars."""
    assert _names(images / "*.tif") == ["b.tif"]
    assert _names(images / "**" / "*") == ["a.PNG", "b.tif", "c.jpg", "d.npy"]
    assert [found.relative for found in find_inputs([images / "**" / "*.npy"])] == ["deep/d.npy"]


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
    assert [found.path for found in find_inputs(["b.tif", "*.jpg"])] == [images / "b.tif", images / "c.jpg"]


@pytest.mark.parametrize("argument", ["*.gif", "deep/.x", "empty"])
def test_no_image_is_an_error(images: Path, argument: str) -> None:
    """A folder or glob without an image is wrong usage: a run over nothing would look like success."""
    (images / "empty").mkdir()
    if argument == "deep/.x":
        (images / argument / "e.tif").unlink()
    with pytest.raises(UsageError, match="has no image"):
        find_inputs([images / argument])


def test_no_argument_is_an_error() -> None:
    """A run needs something to run on."""
    with pytest.raises(UsageError, match="no input"):
        find_inputs([])


def test_a_link_to_itself_is_one_input(images: Path) -> None:
    """A link in a circle is an input as a missing file is: reading it fails, and finding the others does not."""
    (images / "loop.tif").symlink_to("loop.tif")
    assert images / "loop.tif" in [given.path for given in find_inputs([images])]


def test_empty_text_is_no_path(images: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An unset variable of a shell does not stand for the current folder."""
    monkeypatch.chdir(images)
    with pytest.raises(UsageError, match="empty"):
        find_inputs([""])
