"""cuCIM, which follows scikit-image name by name. Untested: its catalogs are made where it is installed."""

from __future__ import annotations

from registry.catalog import Catalog
from registry.sources.imaging import discover_imaging

__all__ = ["discover"]


def discover(library: str = "cucim") -> Catalog:
    """Find the functions of ``cucim.skimage``."""
    return discover_imaging(library)
