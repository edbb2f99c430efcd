"""The handshake: whether parent and worker mean the same by a name, asked before anything runs.

Only the document's own functions are compared: whole catalogs differ between a machine with a GPU and one without.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path

from pipeline_schema.document import Pipeline
from pipeline_schema.errors import ProtocolError
from pipeline_schema.run.channel.messages import PROTOCOL_VERSION, Hello
from pipeline_schema.run.workers.functions import functions_of
from registry.catalog import lookup
from registry.errors import CatalogMismatchError, RegistryError
from registry.origin import Origin
from registry.relay import accept, origins

__all__ = ["accept_origins", "check_hello", "find_differences", "fingerprints_of", "make_hello", "origins_of"]


def make_hello() -> Hello:
    """What this process is and has imported."""
    return Hello(
        protocol=PROTOCOL_VERSION,
        registry_file=_file_of("registry"),
        version=_version(),
        python=sys.version.split()[0],
        pid=os.getpid(),
    )


def check_hello(hello: Hello) -> None:
    """Refuse a worker that runs other code than this process.

    Parameters
    ----------
    hello : Hello
        The worker's.

    Raises
    ------
    ProtocolError
        If its `registry`, its version or its protocol is another.
    """
    ours = make_hello()
    if _resolved(hello.registry_file) != _resolved(ours.registry_file):
        raise ProtocolError(
            f"the worker's Python finds the package 'registry' at {hello.registry_file or 'no path'}, and this process "
            f"has it from {ours.registry_file}; install pipeline-schema once, or put {_root()} first on PYTHONPATH"
        )
    if (hello.protocol, hello.version) != (ours.protocol, ours.version):
        raise ProtocolError(
            f"the worker is pipeline-schema {hello.version} (protocol {hello.protocol}), and this process is "
            f"{ours.version} (protocol {ours.protocol}); it was upgraded while it ran: start this process again"
        )


def fingerprints_of(pipeline: Pipeline) -> dict[str, str]:
    """What this process knows of the functions that a document names.

    Parameters
    ----------
    pipeline : Pipeline
        As `pipeline_schema.codec.loads` gives it: values in the document's notation.

    Returns
    -------
    dict of str
        Fingerprint by key; functions that are not known here are left out, and planning will name them.
    """
    found = {}
    for key in functions_of(pipeline):
        try:
            found[key] = lookup(key).fingerprint
        except RegistryError:
            continue
    return found


def origins_of(pipeline: Pipeline) -> tuple[Origin, ...]:
    """Where the functions of a document are that only this process was told of: registered ones, and users' files."""
    return origins(functions_of(pipeline))


def accept_origins(told: Iterable[Origin]) -> tuple[str, ...]:
    """Make functions known that the parent was told of.

    Parameters
    ----------
    told : iterable of Origin
        The parent's.

    Returns
    -------
    tuple of str
        What is otherwise here than there, one sentence for each: a file that was changed, a module that is missing.
    """
    differences: list[str] = []
    for origin in told:
        try:
            accept(origin)
        except CatalogMismatchError as error:
            differences.extend(error.differences or (str(error),))
        except RegistryError as error:
            differences.append(f"{origin.key} is known to the parent, and can't be had in the worker: {error}")
    return tuple(differences)


def find_differences(fingerprints: Mapping[str, str]) -> tuple[str, ...]:
    """What this process knows otherwise than the one that made `fingerprints`, one sentence for each key."""
    differences = []
    for key, theirs in fingerprints.items():
        try:
            entry = lookup(key)
        except RegistryError as error:
            differences.append(f"{key} is known to the parent, and not to the worker: {error}")
            continue
        if entry.fingerprint != theirs:
            differences.append(f"{key} has other parameters or results in the worker than in the parent")
    return tuple(differences)


def _file_of(package: str) -> str:
    # Read from what is loaded (by this module's own imports): an import statement would run the facade's code.
    return getattr(sys.modules[package], "__file__", None) or ""


def _version() -> str:
    return str(getattr(sys.modules["pipeline_schema"], "__version__", ""))


def _root() -> Path:
    return Path(__file__).resolve().parents[3]


def _resolved(file: str) -> str:
    return os.path.normcase(os.path.realpath(file))
