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
    return load_catalog("scipy").replace(version="99.1")


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
        write_cached(catalog.replace(entries=()))
    assert not cache_path("scipy", "99.1").exists()


def _foreign(catalog):
    entry = msgspec.structs.replace(catalog.entries[0], import_path="os:system")
    return encode(catalog.replace(entries=(entry,)))


@pytest.mark.parametrize(
    "content",
    [
        lambda catalog: b"",
        lambda catalog: encode(catalog)[:1000],
        lambda catalog: encode(catalog.replace(entries=())),
        lambda catalog: encode(catalog.replace(version="99.2")),
        lambda catalog: encode(catalog.replace(discovery=DISCOVERY + 1)),
        _foreign,
        lambda catalog: encode(catalog).replace(b'"import_path"', b'"import_path": 3, "path"', 1),
        lambda catalog: b"[" * 1_000_000,
        lambda catalog: encode(catalog).replace(b'"scipy:ndimage.label"', b'"numpy:ndimage.label"'),
    ],
    ids=[
        "nothing", "half", "no entries", "another version", "another discovery", "another module",
        "a torn entry", "deep", "another library",
    ],
)  # fmt: skip
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


def test_a_file_that_is_no_file_counts_as_absent(folder, catalog):
    """Neither a folder in its place nor a pipe, which would be waited for, keeps anybody from working."""
    path = write_cached(catalog)
    path.unlink()
    path.mkdir()
    assert read_cached("scipy", "99.1") is None
    path.rmdir()
    if hasattr(os, "mkfifo"):
        os.mkfifo(path)
        assert read_cached("scipy", "99.1") is None


def test_a_broken_file_that_cannot_be_replaced_is_not_in_the_way(folder, catalog, monkeypatch):
    """Where a torn file can't be overwritten, what was discovered in this process is found all the same."""
    cache_path("scipy", "99.1").parent.mkdir()
    cache_path("scipy", "99.1").write_bytes(b"{")

    def refused(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("pathlib.Path.replace", refused)
    assert store_catalog(catalog) is None
    assert load_catalog("scipy", "99.1") == catalog


@pytest.mark.parametrize("version", ["../../99.1", "/etc/99.1", "9" * 500, "1:2", "9\\1"])
def test_a_version_leads_to_no_other_folder(folder, catalog, version):
    """Whatever somebody types as a version, only files of the cache folder are looked for."""
    path = cache_path("scipy", version)
    assert path.parent == cache_folder()
    assert read_cached("scipy", version) is None
    assert write_cached(catalog.replace(version=version)) == path
    assert read_cached("scipy", version).version == version


def test_two_states_of_a_plugin_are_two_files(folder, catalog, monkeypatch):
    """What an edited plugin was before its edit is not believed, and not all states are kept for ever."""
    write_cached(catalog, "a" * 12)
    assert read_cached("scipy", "99.1", "a" * 12) == catalog
    assert read_cached("scipy", "99.1", "b" * 12) is None
    assert read_cached("scipy", "99.1") is None
    write_cached(catalog)
    monkeypatch.setattr(cache, "_MOST_STAMPS", 2)
    for number in range(5):
        path = write_cached(catalog, f"{number:012}")
        os.utime(path, (number, number))
    assert read_cached("scipy", "99.1") == catalog
    assert read_cached("scipy", "99.1", f"{4:012}") == catalog
    assert len(list(cache_folder().iterdir())) == 3


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
        "catalog = load_catalog('scipy').replace(version='99.1')\n"
        "for _ in range(5):\n"
        "    assert write_cached(catalog) is not None\n"
        "    assert read_cached('scipy', '99.1') == catalog\n"
    )
    running = [
        subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE, env=dict(os.environ)) for _ in range(4)
    ]
    errors = [process.communicate(timeout=60)[1].decode() for process in running]
    assert [process.returncode for process in running] == [0] * 4, errors
    assert [path.name for path in cache_folder().iterdir()] == [cache_path("scipy", "99.1").name]
