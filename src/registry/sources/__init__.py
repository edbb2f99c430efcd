"""Sources: each finds the functions of one library by importing it. Only discovery comes here; a run does not."""

from __future__ import annotations

from importlib import import_module

from registry.catalog import Catalog
from registry.errors import SourceUnavailableError
from registry.libraries import LIBRARIES, missing

__all__ = ["discover"]

_MODULES = {"cupyx": "cupy"}


def discover(library: str) -> Catalog:
    """Find the functions of a library that is installed here.

    Parameters
    ----------
    library : str
        A row of `registry.libraries.LIBRARIES`, or the prefix of an installed plugin.

    Returns
    -------
    Catalog
        With at least one entry.

    Raises
    ------
    KeyError
        If there is no such row.
    SourceUnavailableError
        If the library is not installed, or has no functions here (as pyclesperanto without a device).
    """
    lacking = missing(library)
    if lacking is not None:
        raise SourceUnavailableError(lacking.message, key=None, library=library, install=lacking.install)
    # A plugin may be called like a module of this package.
    name = _MODULES.get(library, library) if library in LIBRARIES else "plugin"
    source = import_module(f"registry.sources.{name}")
    catalog: Catalog = source.discover(library)
    return catalog
