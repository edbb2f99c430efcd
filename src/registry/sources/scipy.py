"""SciPy: its functions on images, ``scipy.ndimage``."""

from __future__ import annotations

from registry.catalog import Catalog
from registry.sources.filtering import discover_filtering

__all__ = ["discover"]


def discover(library: str = "scipy") -> Catalog:
    """Find the functions of ``scipy.ndimage``."""
    return discover_filtering(library)
