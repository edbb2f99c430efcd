"""The libraries themselves: whether they are here, and how one function's module is imported.

Everything that imports an image library on behalf of the registry passes through here, so that each refusal says what
to install, and an OpenCL device is offered before pyclesperanto looks for one.
"""

from __future__ import annotations

import importlib
import threading
from collections.abc import Callable
from typing import Any

import msgspec

from registry import catalog, libraries, opencl
from registry.entry import FunctionEntry
from registry.errors import SourceUnavailableError
from registry.libraries import find_library

__all__ = ["Availability", "availability", "ensure_catalog", "import_raw"]

_lock = threading.RLock()
_raw: dict[str, Callable[..., Any]] = {}
_ensured: set[str] = set()


class Availability(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Whether a library's functions can run here.

    Attributes
    ----------
    library : str
        The prefix of its keys.
    distribution, version : str or None
        What brings it; None if nothing does.
    available : bool
        Whether its functions can run.
    device : str or None
        The device that they run on; None is the CPU, without a device in between.
    message : str
        What is missing; empty if nothing is.
    install : str or None
        What to install to change that.
    """

    library: str
    available: bool
    distribution: str | None = None
    version: str | None = None
    device: str | None = None
    message: str = ""
    install: str | None = None


def availability(library: str) -> Availability:
    """Look whether a library's functions can run here; may import it.

    Parameters
    ----------
    library : str
        A row of the table of libraries.

    Returns
    -------
    Availability

    Raises
    ------
    KeyError
        If there is no such row.
    """
    distribution, version = libraries.installed(library) or (None, None)
    device, message, install = _device_or_reason(library)
    return Availability(
        library=library, available=not message, distribution=distribution, version=version,
        device=device, message=message, install=install,
    )  # fmt: skip


def _device_or_reason(library: str) -> tuple[str | None, str, str | None]:
    """The device, why there is none, and what to install."""
    row = find_library(library)
    lacking = libraries.missing(library)
    if lacking is not None:
        return None, lacking.message, lacking.install
    if row.memory_type == "pyclesperanto":
        found = opencl.status()
        return found.device, found.message, found.install
    try:
        importlib.import_module(row.root)
        return (_cuda_device() if row.memory_type == "cupy" else None), "", None
    except (ImportError, OSError, RuntimeError) as error:
        # CuPy's errors are RuntimeErrors: no driver, no device, a driver that is too old.
        return None, f"{library} is installed and can't be used: {error}", row.install


def _cuda_device() -> str:
    import cupy

    properties = cupy.cuda.runtime.getDeviceProperties(cupy.cuda.runtime.getDevice())
    return str(properties["name"].decode())


def ensure_catalog(library: str) -> bool:
    """Discover a library, once, if the version that is installed here was never seen.

    Parameters
    ----------
    library : str
        A row of the table of libraries.

    Returns
    -------
    bool
        Whether it was discovered now.

    Raises
    ------
    SourceUnavailableError
        If nothing is known of the library, and it can't be imported here.

    Notes
    -----
    Imports the library and takes seconds; the result is kept in the user's cache folder.
    """
    with _lock:
        if library in _ensured or libraries.missing(library) is not None:
            return False
        try:
            exact = catalog.load_catalog(library).exact
        except SourceUnavailableError:
            exact = False
        if not exact:
            if library == "pyclesperanto":
                opencl.require()
            from registry.sources import discover

            catalog.store_catalog(discover(library))
        _ensured.add(library)
        return not exact


def import_raw(entry: FunctionEntry) -> Callable[..., Any]:
    """The library's own function: imports its module, and nothing else.

    Raises
    ------
    SourceUnavailableError
        If the library, a device, or this function in the installed version is missing.
    """
    with _lock:
        raw = _raw.get(entry.key)
        if raw is None:
            raw = _raw[entry.key] = _imported(entry)
        return raw


def _imported(entry: FunctionEntry) -> Callable[..., Any]:
    lacking = libraries.missing(entry.library)
    if lacking is not None:
        raise SourceUnavailableError(
            f"{entry.key} can't run here: {lacking.message}",
            key=entry.key, library=entry.library, install=lacking.install,
        )  # fmt: skip
    if entry.library == "pyclesperanto":
        opencl.require(entry.key)
    module, _, attribute = entry.import_path.partition(":")
    try:
        found: Any = importlib.import_module(module)
        for part in attribute.split("."):
            found = getattr(found, part)
    except (AttributeError, ImportError) as error:
        name, version = libraries.installed(entry.library) or (entry.library, "?")
        raise SourceUnavailableError(
            f"{entry.key} is known, and {name} {version}, which is installed here, does not have it: {error}",
            key=entry.key, library=entry.library, install=find_library(entry.library).install,
        ) from error  # fmt: skip
    function: Callable[..., Any] = found
    return function
