"""scikit-image: every namespace, of which ``io`` and the downloads of ``data`` are no entries."""

from __future__ import annotations

from registry.catalog import Catalog
from registry.sources.imaging import discover_imaging

__all__ = ["discover"]


def discover(library: str = "skimage") -> Catalog:
    """Find the functions of scikit-image."""
    return discover_imaging(library)
