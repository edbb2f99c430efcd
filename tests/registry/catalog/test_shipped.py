"""Shipped catalogs: the exact version, else the nearest."""

import msgspec
import pytest

from registry.catalog import shipped
from registry.catalog.model import Catalog, encode
from registry.catalog.shipped import read_nearest, read_shipped, shipped_path, shipped_versions, versions_with
from registry.entry import FunctionEntry


def _forget():
    shipped_versions.cache_clear()
    shipped._names.cache_clear()


@pytest.fixture
def versions(tmp_path, monkeypatch):
    """Three versions of one library, of which the numbers do not sort like their text."""
    first = FunctionEntry(key="scipy:ndimage.label", import_path="scipy.ndimage:label")
    entry = msgspec.structs.replace(first, aliases=("scipy:label",))
    for version in ("1.9.3", "1.10.0", "1.17.1"):
        catalog = Catalog(
            library="scipy", distribution="scipy", version=version, entries=(first if version == "1.9.3" else entry,)
        )
        (tmp_path / f"scipy-{version}.json").write_bytes(encode(catalog))
    monkeypatch.setattr(shipped, "FOLDER", tmp_path)
    _forget()
    yield
    _forget()


def test_versions_are_sorted_as_versions(versions):
    """1.10 comes after 1.9."""
    assert shipped_versions("scipy") == ("1.9.3", "1.10.0", "1.17.1")
    assert shipped_versions("cupy") == ()


@pytest.mark.parametrize(
    ("wanted", "nearest"),
    [
        ("1.10.0", "1.10.0"),
        ("1.11.4", "1.10.0"),
        ("2.0", "1.17.1"),
        ("1.0", "1.9.3"),
        ("1.10", "1.10.0"),
        ("1.10.0rc1", "1.9.3"),
        ("1.10.0.post1", "1.10.0"),
        ("1.17.1+local", "1.17.1"),
        (None, "1.17.1"),
        ("odd", "1.17.1"),
    ],
)
def test_the_nearest_version_is_the_one_below(versions, wanted, nearest):
    """Of what is older the newest, else the oldest of what is newer; the newest where no version is known."""
    found = read_nearest("scipy", wanted)
    assert found is not None
    assert found.version == nearest


def test_what_is_not_shipped_is_none(versions):
    """A library or version without a file is absent, which is no error."""
    assert read_shipped("scipy", "1.11.4") is None
    assert read_nearest("cupy", "13.0") is None


def test_the_versions_that_have_a_function_are_told(versions):
    """By key and by alias, oldest first; none for what no version has."""
    assert versions_with("scipy:ndimage.label") == ("1.9.3", "1.10.0", "1.17.1")
    assert versions_with("scipy:label") == ("1.10.0", "1.17.1")
    assert versions_with("scipy:ndimage.labell") == ()
    assert versions_with("nothing") == ()


@pytest.mark.parametrize("version", ["../catalogs/1", "1/../../x", "x" * 5000])
def test_a_version_leads_to_no_other_folder(version):
    """Whatever is typed as a version, only shipped files are looked for."""
    assert shipped_path("scipy", version).parent == shipped.FOLDER
    assert read_shipped("scipy", version) is None
