"""Catalogs: what is known about functions without importing their libraries, shipped and cached."""

from __future__ import annotations

from registry.catalog.model import DISCOVERY, Catalog, decode, encode
from registry.catalog.search import closest_keys, entries, exclusions, keys, lookup
from registry.catalog.shelf import (
    add_catalog,
    load_catalog,
    remove_catalog,
    standing_in,
    store_catalog,
    tell_absence,
    use_version,
    using,
)
from registry.catalog.shipped import shipped_versions, versions_with
from registry.catalog.sound import read_catalog

__all__ = [
    "DISCOVERY",
    "Catalog",
    "add_catalog",
    "closest_keys",
    "decode",
    "encode",
    "entries",
    "exclusions",
    "keys",
    "load_catalog",
    "lookup",
    "read_catalog",
    "remove_catalog",
    "shipped_versions",
    "standing_in",
    "store_catalog",
    "tell_absence",
    "use_version",
    "using",
    "versions_with",
]
