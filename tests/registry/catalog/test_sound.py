"""Catalogs that others could have written: each fault is found, and said."""

import msgspec
import pytest

from registry.catalog import load_catalog, shipped_versions
from registry.catalog.model import DISCOVERY, Catalog, encode
from registry.catalog.shipped import read_shipped
from registry.catalog.sound import fault_of, read_bounded, read_catalog
from registry.entry import Exclusion, FunctionEntry, Parameter
from registry.errors import SourceUnavailableError
from registry.libraries import LIBRARIES

ENTRY = FunctionEntry(
    key="mylab:segment.nuclei",
    import_path="mylab.segment:nuclei",
    parameters=(Parameter(name="image", role="data", required=True),),
    flow="image",
    aliases=("mylab:nuclei",),
)


def _catalog(entry=ENTRY, **facts):
    made = {"library": "mylab", "distribution": "mylab", "version": "1.2", "entries": (entry,)}
    return Catalog(**(made | facts))


def _with(**changes):
    return _catalog(msgspec.structs.replace(ENTRY, **changes))


def test_an_exported_catalog_is_read(tmp_path):
    """What was written to a file is the catalog again, of a library that is not installed too."""
    (tmp_path / "mylab.json").write_bytes(encode(_catalog()))
    assert read_catalog(tmp_path / "mylab.json") == _catalog()


@pytest.mark.parametrize("library", sorted(LIBRARIES))
def test_the_shipped_catalogs_are_sound(library):
    """No file of ours has the faults that others' files are searched for."""
    for version in shipped_versions(library):
        catalog = read_shipped(library, version)
        assert (catalog.library, catalog.version) == (library, version)
        assert fault_of(catalog, root=LIBRARIES[library].root) == ""


@pytest.mark.parametrize(
    "path",
    [
        "os:system",
        "mylabs.a:b",
        "mylab:_private",
        "mylab.segment",
        "mylab:__class__.mro",
        ":f",
        "mylab:a;b",
        "mylab:\u0430",
    ],
)
def test_an_import_path_out_of_the_library_is_a_fault(path):
    """Another module, a private name or what is no path at all: it would be imported when the key is used."""
    assert "not of its library" in fault_of(_with(import_path=path), root="mylab")


def test_an_import_path_of_an_unknown_library_has_no_root_to_be_below():
    """The catalog of a plugin that is not installed may name any module: nothing of it is imported."""
    assert fault_of(_with(import_path="its.own:function")) == ""


@pytest.mark.parametrize(
    ("catalog", "fault"),
    [
        (_catalog(discovery=DISCOVERY - 1), "made anew"),
        (_catalog(entries=()), "no functions"),
        (_with(key="other:segment.nuclei"), "no key of mylab"),
        (_with(key="mylab:_nuclei"), "not a function key"),
        (_with(aliases=("numpy:sum",)), "no key of mylab"),
        (_with(flow="pixels"), "no parameter 'pixels'"),
        (_catalog(exclusions=(Exclusion(key="numpy:sum", reason="io"),)), "no key of mylab"),
    ],
)
def test_what_does_not_fit_together_is_a_fault(catalog, fault):
    """Keys of others, parameters that are not there, another generation, and nothing at all."""
    assert fault in fault_of(catalog, root="mylab")


def test_aliases_must_be_those_of_the_entries(tmp_path):
    """An index that leads a name to another function than the entries say is a fault."""
    text = encode(_catalog()).replace(
        b'"mylab:nuclei": "mylab:segment.nuclei"', b'"mylab:other": "mylab:segment.nuclei"'
    )
    (tmp_path / "mylab.json").write_bytes(text)
    with pytest.raises(SourceUnavailableError, match="aliases"):
        read_catalog(tmp_path / "mylab.json")


@pytest.mark.parametrize("content", [b"", b"{}", b"[" * 1_000_000, b"\xff\xfe", b'{"entries": {"a": "\\ud800"}}'])
def test_another_file_is_refused_by_its_name(tmp_path, content):
    """The message says which file, and that it is no catalog."""
    (tmp_path / "mylab.json").write_bytes(content)
    with pytest.raises(SourceUnavailableError, match=r"mylab\.json can't be used: it is no catalog"):
        read_catalog(tmp_path / "mylab.json")


def test_a_torn_entry_is_found_at_once(tmp_path):
    """A file of a user's is read whole, so that no later look-up fails."""
    (tmp_path / "mylab.json").write_bytes(encode(_catalog()).replace(b'"role": "data"', b'"role": "date"'))
    with pytest.raises(SourceUnavailableError, match="date"):
        read_catalog(tmp_path / "mylab.json")


def test_a_missing_file_is_said(tmp_path):
    """A path that leads nowhere, or to a folder, is told as such."""
    for path in (tmp_path / "none.json", tmp_path):
        with pytest.raises(SourceUnavailableError, match="there is no such file"):
            read_catalog(path)


def test_what_is_too_large_is_not_read(tmp_path, monkeypatch):
    """A file without end is given up after a bound."""
    monkeypatch.setattr("registry.catalog.sound._MOST_BYTES", 1000)
    (tmp_path / "large.json").write_bytes(b" " * 1001)
    with pytest.raises(OSError, match="larger"):
        read_bounded(tmp_path / "large.json")
    assert len(load_catalog("builtin")) > 0
