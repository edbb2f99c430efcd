"""Whether a catalog that somebody else could have written is what it says: each entry is read and looked at.

Import paths are what the registry imports. One that leads out of its library, or through a private name, would make a
file in a cache folder as good as program text.
"""

from __future__ import annotations

import re
from pathlib import Path

import msgspec

from registry.catalog.model import DISCOVERY, Catalog, decode
from registry.entry import FunctionEntry
from registry.errors import InvalidKeyError, SourceUnavailableError
from registry.keys import parse_key

__all__ = ["fault_of", "read_bounded", "read_catalog"]

# All of scikit-image takes less than one.
_MOST_BYTES = 64 * 1024 * 1024
_PATH = re.compile(r"([A-Za-z_]\w*(?:\.\w+)*):([A-Za-z]\w*(?:\.[A-Za-z]\w*)*)", re.ASCII)


def read_catalog(path: Path) -> Catalog:
    """Read a catalog from a file of a user's, and check all of it.

    Parameters
    ----------
    path : Path
        What ``pipeline functions export`` wrote, for example.

    Raises
    ------
    SourceUnavailableError
        If there is no such file, or it is no sound catalog; its message says what is wrong.
    """
    try:
        catalog = decode(read_bounded(path))
        fault = fault_of(catalog)
    except OSError as error:
        fault = error.strerror or str(error)
    except (ValueError, RecursionError) as error:
        fault = f"it is no catalog of functions: {error}"
    if fault:
        raise SourceUnavailableError(
            f"catalog {path} can't be used: {fault}", key=None, library=path.stem, install=None
        )
    return catalog


def read_bounded(path: Path) -> bytes:
    """The bytes of a regular file of at most 64 MiB.

    Raises
    ------
    OSError
        If there is no such file, or it is something else (a pipe would be waited for).
    """
    if not path.is_file():
        raise FileNotFoundError(2, "there is no such file", str(path))
    with path.open("rb") as file:
        content = file.read(_MOST_BYTES + 1)
    if len(content) > _MOST_BYTES:
        raise OSError(27, "it is larger than any catalog", str(path))
    return content


def fault_of(catalog: Catalog, *, root: str | None = None) -> str:
    """What is wrong with a catalog, or nothing.

    Parameters
    ----------
    catalog : Catalog
        As it was decoded.
    root : str or None
        The module below which all import paths must lead; None where the library is not known here.

    Returns
    -------
    str
        Empty if nothing is wrong.

    Raises
    ------
    msgspec.DecodeError
        If an entry or exclusion can't be read.
    """
    if catalog.discovery != DISCOVERY:
        return f"it is of generation {catalog.discovery}, and this version reads {DISCOVERY}; it must be made anew"
    if not len(catalog):
        return "it has no functions"
    aliases = {alias: entry.key for entry in catalog.entries for alias in entry.aliases}
    if aliases != dict(catalog.aliases):
        return "its aliases are not those of its entries"
    for key in (*catalog.keys(), *catalog.aliases, *catalog.excluded):
        try:
            library = parse_key(key).library
        except InvalidKeyError as error:
            return error.message
        if library != catalog.library:
            return f"{key} is no key of {catalog.library}"
    return next((fault for entry in catalog.entries if (fault := _entry_fault(entry, root))), "")


def _entry_fault(entry: FunctionEntry, root: str | None) -> str:
    match = _PATH.fullmatch(entry.import_path)
    if match is None or (root is not None and match[1] != root and not match[1].startswith(f"{root}.")):
        return f"{entry.key} leads to {msgspec.json.encode(entry.import_path).decode()}, which is not of its library"
    if entry.flow is not None and entry.parameter(entry.flow) is None:
        return f"{entry.key} has no parameter {entry.flow!a}, which it is said to take its image by"
    return ""
