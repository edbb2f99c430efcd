"""NumPy: the glue between filters."""

from __future__ import annotations

from registry.catalog import Catalog
from registry.sources.arrays import discover_arrays

__all__ = ["discover"]


def discover(library: str = "numpy") -> Catalog:
    """Find the functions of ``numpy`` and ``numpy.fft``."""
    return discover_arrays(library)
