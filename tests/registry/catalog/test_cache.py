"""The user's cache: whole files or none, and never the reason that nothing works."""

import os
import subprocess
import sys

import msgspec
import pytest

from registry.catalog import cache, load_catalog, store_catalog
from registry.catalog.cache import cache_folder, cache_path, read_cached, write_cached
from registry.catalog.model import DISCOVERY, encode


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A cache of its own."""
    monkeypatch.setenv("PIPELINE_SCHEMA_CACHE", str(tmp_path))
    monkeypatch.setattr(cache, "_unwritten", {})
    return tmp_path


@pytest.fixture
def catalog():
    """Of a version that is not shipped."""
    return msgspec.structs.replace(load_catalog("scipy"), version="99.1")


def test_a_stored_catalog_is_found_again(folder, catalog):
    """What was discovered once is read at the next start, and is exact."""
    path = store_catalog(catalog)
    assert path is not None
    assert folder in path.parents
    assert load_catalog("scipy", "99.1") == catalog
    assert load_catalog("scipy", "99.1").exact


def test_storing_replaces_the_stand_in(folder, catalog):
    """Before it is stored the nearest shipped version stands in; afterwards the real one is there, in one process."""
    assert not load_catalog("scipy", "99.1").exact
    store_catalog(catalog)
    assert load_catalog("scipy", "99.1").exact


def test_the_file_is_of_one_python_and_one_discovery(folder):
    """Another Python or another discovery looks elsewhere."""
    name = cache_path("scipy", "99.1").name
    assert name == f"scipy-99.1-py{sys.version_info.major}.{sys.version_info.minor}-d{DISCOVERY}.json"


def test_an_empty_catalog_is_never_stored(folder, catalog):
    """No function found is a failed discovery: it must not be believed at the next start."""
    with pytest.raises(ValueError, match="empty"):
        write_cached(msgspec.structs.replace(catalog, entries=()))
    assert not cache_path("scipy", "99.1").exists()


def _foreign(catalog):
    entry = msgspec.structs.replace(catalog.entries[0], import_path="os:system")
    return encode(msgspec.structs.replace(catalog, entries=(entry,)))


@pytest.mark.parametrize(
    "content",
    [
        lambda catalog: b"",
        lambda catalog: encode(catalog)[:1000],
        lambda catalog: encode(msgspec.structs.replace(catalog, entries=())),
        lambda catalog: encode(msgspec.structs.replace(catalog, version="99.2")),
        lambda catalog: encode(msgspec.structs.replace(catalog, discovery=DISCOVERY + 1)),
        _foreign,
    ],
    ids=["nothing", "half", "no entries", "another version", "another discovery", "another module"],
)
def test_a_file_that_is_not_sound_counts_as_absent(folder, catalog, content):
    """Torn, empty, foreign: such a file is passed over, never believed and never an error."""
    path = write_cached(catalog)
    path.write_bytes(content(catalog))
    assert read_cached("scipy", "99.1") is None
    assert not load_catalog("scipy", "99.1").exact


def test_a_folder_that_cannot_be_written_falls_back_to_memory(tmp_path, monkeypatch, catalog):
    """With a read-only home the catalog lives as long as the process."""
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setenv("PIPELINE_SCHEMA_CACHE", str(tmp_path / "file"))
    monkeypatch.setattr(cache, "_unwritten", {})
    assert store_catalog(catalog) is None
    assert load_catalog("scipy", "99.1") == catalog


def test_a_failed_write_leaves_nothing_behind(folder, catalog, monkeypatch):
    """A full disk leaves no half file and no temporary one."""

    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("pathlib.Path.replace", full)
    assert write_cached(catalog) is None
    assert list(cache_folder().iterdir()) == []


def test_programs_that_start_at_once_read_whole_catalogs(folder):
    """Processes that write and read one file at the same time see all of it or none."""
    code = (
        "import msgspec\n"
        "from registry.catalog import load_catalog\n"
        "from registry.catalog.cache import read_cached, write_cached\n"
        "catalog = msgspec.structs.replace(load_catalog('scipy'), version='99.1')\n"
        "for _ in range(30):\n"
        "    assert write_cached(catalog) is not None\n"
        "    assert read_cached('scipy', '99.1') == catalog\n"
    )
    running = [
        subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE, env=dict(os.environ)) for _ in range(4)
    ]
    errors = [process.communicate(timeout=60)[1].decode() for process in running]
    assert [process.returncode for process in running] == [0] * 4, errors
    assert [path.name for path in cache_folder().iterdir()] == [cache_path("scipy", "99.1").name]
