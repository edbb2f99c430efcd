"""Catalogs: what is known about functions without importing their libraries, shipped and cached."""

from __future__ import annotations

from registry.catalog.model import DISCOVERY, Catalog
from registry.catalog.search import entries, exclusions, load_catalog, lookup, store_catalog

__all__ = ["DISCOVERY", "Catalog", "entries", "exclusions", "load_catalog", "lookup", "store_catalog"]
