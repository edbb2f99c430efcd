"""Counterparts: functions of other libraries that do the same, and where their parameters went.

Known from catalogs alone. Three things tell that two functions correspond, in this order: a table that people keep
(``table.json``: operations, the functions that do them, and what to know of each), the same name in libraries of which
one mirrors the other (cuCIM scikit-image, ``cupyx.scipy`` SciPy, CuPy NumPy), and the same name with a signature that
fits.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import msgspec

from registry.catalog import keys, load_catalog, lookup
from registry.correspondence.table import Row, rows_of, table
from registry.entry import FunctionEntry, Parameter
from registry.errors import SourceUnavailableError
from registry.libraries import prefixes

__all__ = ["Counterpart", "counterparts"]

# Left works on the CPU, right has the same functions under the same names on a GPU.
_MIRRORS = {"skimage": "cucim", "scipy": "cupyx", "numpy": "cupy"}
_MIRRORED = {gpu: cpu for cpu, gpu in _MIRRORS.items()}

Basis = Literal["name", "signature", "table"]


class Counterpart(msgspec.Struct, frozen=True, kw_only=True):
    """A function of another library that does the same.

    Attributes
    ----------
    key : str
        Of the other function.
    basis : {'name', 'signature', 'table'}
        What tells that they correspond.
    parameters : dict of tuple of str
        By parameter of the function that was asked for: the parameters of the other that say the same. Several where
        the other splits it (``sigma`` is ``sigma_x``, ``sigma_y`` and ``sigma_z``), none where it has no such thing.
    only_there : tuple of str
        Parameters of the other that say what nothing says here.
    note : str
        In which way results or values differ, as far as it is known; empty if nothing is.
    """

    key: str
    basis: Basis
    parameters: dict[str, tuple[str, ...]]
    only_there: tuple[str, ...] = ()
    note: str = ""


def counterparts(key: str) -> tuple[Counterpart, ...]:
    """Find the functions of other libraries that do what a function does.

    Parameters
    ----------
    key : str
        A key or an alias.

    Returns
    -------
    tuple of Counterpart
        Of libraries of which a catalog is here, installed or not; those known best first.

    Raises
    ------
    InvalidKeyError, UnknownKeyError, SourceUnavailableError
        As for `registry.describe`.

    Examples
    --------
    >>> next(c.parameters["sigma"] for c in counterparts("skimage:filters.gaussian") if "gaussian_blur" in c.key)
    ('sigma_x', 'sigma_y', 'sigma_z')
    """
    entry = lookup(key)
    found: dict[str, Counterpart] = {}
    for basis, other, ours, theirs in _candidates(entry):
        if other.library != entry.library and other.key not in found:
            found[other.key] = _pair(entry, other, basis, ours, theirs)
    return tuple(found.values())


def _candidates(entry: FunctionEntry) -> Iterator[tuple[Basis, FunctionEntry, Row | None, Row | None]]:
    home = _twin(entry, _MIRRORED) or entry
    for twin in (home, _twin(home, _MIRRORS)):
        if twin is not None:
            yield "name", twin, None, None
    for ours in rows_of(home.key):
        for theirs in ours.others:
            other = _entry(theirs.key)
            for twin in (other, other and _twin(other, _MIRRORS)):
                if twin is not None:
                    yield "table", twin, ours, theirs
    for other in _of_same_signature(home):
        for twin in (other, _twin(other, _MIRRORS)):
            if twin is not None:
                yield "signature", twin, None, None


def _twin(entry: FunctionEntry, mirrors: dict[str, str]) -> FunctionEntry | None:
    library = mirrors.get(entry.library)
    names = (entry.name, *(alias.partition(":")[2] for alias in entry.aliases))
    return (
        next((twin for name in names if (twin := _entry(f"{library}:{name}")) is not None), None) if library else None
    )


def _entry(key: str) -> FunctionEntry | None:
    try:
        return load_catalog(key.partition(":")[0]).get(key)
    except SourceUnavailableError:
        return None


def _of_same_signature(entry: FunctionEntry) -> Iterator[FunctionEntry]:
    """Functions whose last name, kind and required parameters are the same, and that share another parameter."""
    if entry.kind == "unknown":
        return
    last = _last(entry.key)
    for library in prefixes():
        if library == entry.library or library in _MIRRORED:
            continue
        try:
            same = [key for key in keys(library) if _last(key) == last]
        except SourceUnavailableError:
            continue
        for key in same:
            other = _entry(key)
            if other is not None and other.kind == entry.kind and _fits(entry, other):
                yield other


def _last(key: str) -> str:
    return key.rpartition(":")[2].rpartition(".")[2]


def _fits(entry: FunctionEntry, other: FunctionEntry) -> bool:
    ours, theirs = _mappable(entry), _mappable(other)
    needed = {p.name for p in ours.values() if p.required} - {entry.flow}
    shared = ours.keys() & theirs.keys() - {entry.flow, other.flow}
    return bool(shared) and needed == {p.name for p in theirs.values() if p.required} - {other.flow}


def _pair(
    entry: FunctionEntry, other: FunctionEntry, basis: Basis, ours: Row | None, theirs: Row | None
) -> Counterpart:
    here, there = _mappable(entry), _mappable(other)
    # The table, and what mirrors share, are told in the names of the mirrored library.
    usual = table().renamed.get(entry.key, {})
    own = {name: mirrored for mirrored, name in table().renamed.get(other.key, {}).items()}
    parameters: dict[str, tuple[str, ...]] = {}
    for name in here:
        if name == entry.flow and other.flow is not None:
            wanted: tuple[str, ...] = (other.flow,)
        elif name != entry.flow and entry.flow is not None and name == other.flow:
            wanted = ()
        elif ours is None or theirs is None:
            wanted = (usual.get(name, name),)
        else:
            wanted = theirs.names(ours.meaning(usual.get(name, name)))
        parameters[name] = tuple(one for one in (own.get(one, one) for one in wanted) if one in there)
    said = {one for names in parameters.values() for one in names}
    notes = [f"{of.key} {row.note}" for of, row in ((entry, ours), (other, theirs)) if row is not None and row.note]
    return Counterpart(
        key=other.key,
        basis=basis,
        parameters=parameters,
        only_there=tuple(name for name in there if name not in said),
        note="; ".join(notes),
    )


def _mappable(entry: FunctionEntry) -> dict[str, Parameter]:
    return {
        p.name: p for p in entry.parameters if p.role != "output" and p.kind not in ("var_positional", "var_keyword")
    }
