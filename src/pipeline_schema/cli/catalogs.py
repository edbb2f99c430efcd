"""``--catalog``: what documents are checked against, where that is not what is installed."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from pipeline_schema.errors import UsageError

__all__ = ["choose_catalogs"]


def choose_catalogs(texts: Iterable[str]) -> None:
    """Let catalogs stand for what is installed, from now on in this process.

    Parameters
    ----------
    texts : iterable of str
        ``skimage==0.24.0`` (or ``scikit-image==0.24.0``) for a version of which a catalog is here, or the path of a
        file that ``pipeline functions export`` wrote.

    Raises
    ------
    UsageError
        If there is no such catalog, or it can't be read.
    """
    from registry.catalog import add_catalog, read_catalog, use_version
    from registry.errors import RegistryError

    for text in texts:
        library, equals, version = text.partition("==")
        try:
            if equals and not Path(text).is_file():
                use_version(_prefix(library.strip()), version.strip())
            else:
                add_catalog(read_catalog(Path(text)))
        except RegistryError as error:
            raise UsageError(f"--catalog {text}: {error}") from error


def _prefix(library: str) -> str:
    """The prefix of a library's keys, also where it is named as it is installed: ``scikit-image`` is ``skimage``."""
    from packaging.utils import canonicalize_name

    from registry.libraries import find_library, prefixes

    for prefix in prefixes():
        if (
            canonicalize_name(library) in map(canonicalize_name, find_library(prefix).distributions)
            and library != prefix
        ):
            return prefix
    return library
