"""Installed versions: what `importlib.metadata` says, from the names of folders."""

import os
import sys
import zipfile
from importlib import metadata

import pytest

from registry.installed import version_of


def _distribution(folder, name, version, *, told=None):
    info = folder / f"{name}-{version}.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {told or version}\n")
    return info


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder that comes first in the path, as an environment's own."""
    monkeypatch.syspath_prepend(tmp_path)
    # A change within the same tick of the file system's clock would not show.
    os.utime(tmp_path, ns=(0, 0))
    return tmp_path


def test_everything_that_is_installed_here_is_told_as_metadata_tells_it():
    """For each distribution of this environment, editable ones too, and under all spellings of a name."""
    names = {distribution.name for distribution in metadata.distributions()}
    assert {"numpy", "scikit-image", "pipeline-schema"} <= names
    for name in names:
        expected = metadata.version(name)
        assert [version_of(name), version_of(name.upper()), version_of(name.replace("-", "_"))] == [expected] * 3


def test_what_is_not_installed_is_none():
    """A miss is no error."""
    assert version_of("no-such-distribution") is None


def test_what_is_installed_meanwhile_is_seen(folder):
    """A process that asked before an installation gets the new answer after it, and the old one after its removal."""
    assert version_of("ours-plugin") is None
    info = _distribution(folder, "ours_plugin", "1.5")
    assert version_of("ours-plugin") == version_of("Ours.Plugin") == "1.5"
    (info / "METADATA").unlink()
    info.rmdir()
    os.utime(folder, ns=(0, 0))
    assert version_of("ours-plugin") is None


def test_the_first_folder_of_the_path_wins(folder):
    """As in an import: what stands earlier in the path hides what comes later."""
    _distribution(folder, "numpy", "0.1")
    assert version_of("numpy") == metadata.version("numpy") == "0.1"


def test_a_remnant_is_asked_of_metadata(folder):
    """Two folders of one name, or one without its file, leave the answer to who reads the files."""
    _distribution(folder, "ours", "1.0")
    _distribution(folder, "Ours", "2.0")
    assert version_of("ours") == metadata.version("ours")
    (folder / "theirs-1.0.dist-info").mkdir()
    assert version_of("theirs") is None


def test_older_forms_are_asked_of_metadata(folder):
    """A source folder's egg-info does not tell its version by its name."""
    info = folder / "ours_plugin.egg-info"
    info.mkdir()
    (info / "PKG-INFO").write_text("Metadata-Version: 2.1\nName: ours-plugin\nVersion: 3.1\n")
    assert version_of("ours-plugin") == "3.1"


def test_an_archive_in_the_path_is_looked_into(tmp_path, monkeypatch):
    """What is imported from a zip archive has a version too."""
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        archive.writestr("ours-4.2.dist-info/METADATA", "Metadata-Version: 2.1\nName: ours\nVersion: 4.2\n")
    monkeypatch.syspath_prepend(tmp_path / "all.zip")
    assert version_of("ours") == "4.2"


def test_another_finder_is_asked(monkeypatch):
    """Who finds distributions in a way of its own is not passed over."""

    class Finder:
        """Finds nothing, and is asked."""

        asked = 0

        @classmethod
        def find_spec(cls, *_):
            return None

        @classmethod
        def find_distributions(cls, context):
            cls.asked += context.name == "ours"
            return iter(())

    monkeypatch.setattr(sys, "meta_path", [Finder, *sys.meta_path])
    assert version_of("ours") is None
    assert Finder.asked == 1
