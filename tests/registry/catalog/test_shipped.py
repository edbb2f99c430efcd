"""Shipped catalogs: the exact version, else the nearest."""

import pytest

from registry.catalog import shipped
from registry.catalog.model import Catalog, encode
from registry.catalog.shipped import read_nearest, read_shipped, shipped_versions
from registry.entry import FunctionEntry


@pytest.fixture
def versions(tmp_path, monkeypatch):
    """Three versions of one library, of which the numbers do not sort like their text."""
    entry = FunctionEntry(key="scipy:ndimage.label", import_path="scipy.ndimage:label")
    for version in ("1.9.3", "1.10.0", "1.17.1"):
        catalog = Catalog(library="scipy", distribution="scipy", version=version, entries=(entry,))
        (tmp_path / f"scipy-{version}.json").write_bytes(encode(catalog))
    monkeypatch.setattr(shipped, "FOLDER", tmp_path)
    shipped_versions.cache_clear()
    yield
    shipped_versions.cache_clear()


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
