"""For a plugin's own tests: one call that says whether documents can rely on its functions."""

from __future__ import annotations

import inspect
import pickle
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import msgspec

from registry import catalog
from registry.annotations import UnfitError, hints_of, maker, plain
from registry.arguments import judge
from registry.entry import FunctionEntry
from registry.errors import RegistryError
from registry.libraries import find_library
from registry.loading import ensure_catalog, import_raw
from registry.resolver import resolve
from registry.sources import discover

__all__ = ["check_source"]

_MOST_BYTES = 200
_PATIENCE_S = 120.0
# What a process that never saw the plugin knows of it: from the cache, without importing it; then by discovery.
_FRESH = """
import json, sys
prefix, root, sys.path[:] = json.loads(sys.argv[1])
from registry import catalog
known = list(catalog.keys(prefix))
imported = root in sys.modules
from registry.sources import discover
found = {entry.key: entry.fingerprint for entry in discover(prefix).entries}
print(); print(json.dumps([known, imported, found]))
"""


class _Seen(msgspec.Struct, array_like=True):
    """What the fresh process says."""

    known: list[str]
    imported: bool
    fingerprints: dict[str, str]


def check_source(prefix: str) -> None:
    """Check every function of a plugin that is installed, or of what this process registered under a prefix.

    That each key resolves, and pickles as no more than its name; that each default is accepted by its own parameter,
    and arrives as what it was; that there is a docstring; that the keys are known without importing the plugin; and
    that another process finds the same functions.

    Parameters
    ----------
    prefix : str
        What stands left of the colon in its keys.

    Raises
    ------
    AssertionError
        With everything that is wrong, a line each.
    RegistryError
        If there is no such plugin, or it can't be imported.

    Notes
    -----
    Starts a process, and takes a second or two.
    """
    ensure_catalog(prefix)
    row = find_library(prefix)
    is_plugin = row.source == "plugin"
    entries = discover(prefix).entries if is_plugin else tuple(catalog.entries(prefix))
    faults = [fault for entry in entries for fault in _faults(entry, is_plugin)]
    if is_plugin:
        faults += _faults_elsewhere(prefix, row.root, entries)
    if faults:
        raise AssertionError(f"{len(faults)} faults in the functions of {prefix}:\n" + "\n".join(faults))


def _faults(entry: FunctionEntry, is_plugin: bool) -> Iterator[str]:
    key = entry.key
    try:
        raw = import_raw(entry)
        function = resolve(key)
    except RegistryError as error:
        yield f"{key}: does not resolve: {error}"
        return
    if not inspect.getdoc(raw):
        yield f"{key}: has no docstring; its first line is what people see when they choose a function"
    if entry.import_path.startswith("__main__"):
        yield f"{key}: is of __main__, which no other process imports"
    pickled = pickle.dumps(function)
    if is_plugin and len(pickled) >= _MOST_BYTES:
        yield f"{key}: pickles in {len(pickled)} bytes, and a name takes fewer than {_MOST_BYTES}"
    if pickle.loads(pickled) != function:
        yield f"{key}: comes out of a pickle as another function"
    defaults = {p.name: p.default for p in entry.parameters if not p.required and "var_" not in p.kind}
    for fault in judge(entry, defaults):
        yield f"{key}: its own default is refused: {fault.message}"
    yield from _faults_of_defaults(entry, raw)


def _faults_of_defaults(entry: FunctionEntry, raw: Any) -> Iterator[str]:
    hints = hints_of(raw)
    for name, parameter in inspect.signature(raw).parameters.items():
        make, default = maker(hints.get(name)), parameter.default
        known = entry.parameter(name)
        if default is inspect.Parameter.empty or known is None:
            continue
        if known.default is None and plain(default) is not None:
            yield f"{entry.key}: a document can't write the default of {name}, {default!r:.80}; None says it as well"
        elif make is not None:
            try:
                arrives = make(plain(default))
            except UnfitError as error:
                yield f"{entry.key}: the default of {name} is not of its annotation: {error}"
                continue
            if arrives is not default and arrives != default:
                yield f"{entry.key}: the default of {name} is {default!r:.80}, and from a document {arrives!r:.80}"


def _faults_elsewhere(prefix: str, root: str, entries: tuple[FunctionEntry, ...]) -> Iterator[str]:
    """What a process that was told nothing sees otherwise."""
    asked = msgspec.json.encode([prefix, root, sys.path]).decode()
    done = subprocess.run(
        [sys.executable, "-P", "-c", _FRESH, asked], capture_output=True, text=True, timeout=_PATIENCE_S, check=False
    )
    if done.returncode:
        reason = done.stderr.strip().splitlines()[-1:] or ["it says nothing"]
        yield f"{prefix}: another process can't find the functions: {reason[0]}"
        return
    # What the plugin prints when it is imported comes before.
    seen = msgspec.json.decode(done.stdout.splitlines()[-1], type=_Seen)
    here = {entry.key: entry.fingerprint for entry in entries}
    if seen.imported:
        yield f"{prefix}: is imported when only its keys are asked for"
    if set(seen.known) != set(here):
        yield f"{prefix}: the catalog in the cache has other keys: {', '.join(sorted(set(seen.known) ^ set(here)))}"
    for key in sorted(here.keys() | seen.fingerprints.keys()):
        if here.get(key) != seen.fingerprints.get(key):
            yield f"{key}: is another function in another process: parameters, defaults or results differ"
