"""CuPy: NumPy's functions and scipy.ndimage's, on CUDA. Untested: its catalogs are made where it is installed."""

from __future__ import annotations

from registry.catalog import Catalog
from registry.sources.arrays import discover_arrays
from registry.sources.filtering import discover_filtering

__all__ = ["discover"]


def discover(library: str = "cupy") -> Catalog:
    """Find the functions of ``cupy``, or of ``cupyx.scipy.ndimage``."""
    return discover_filtering(library) if library == "cupyx" else discover_arrays(library)
