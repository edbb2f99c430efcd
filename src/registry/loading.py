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
from registry.errors import RegistryError, SourceUnavailableError
from registry.libraries import LIBRARIES, Library, find_library
from registry.naming import is_below
from registry.reachable import require_reachable
from registry.registration import add_registered, registered, watch

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
    if row.source == "registered":
        return None, "", None
    try:
        importlib.import_module(row.root)
        return (_cuda_device() if row.memory_type == "cupy" else None), "", None
    except Exception as error:
        # CuPy's errors are RuntimeErrors: no driver, no device. A plugin may raise whatever its code raises.
        if row.source == "table" and not isinstance(error, ImportError | OSError | RuntimeError):
            raise
        return None, f"{library} is installed and can't be used: {type(error).__name__}: {error}", row.install


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

            try:
                found = discover(library)
            except RegistryError as error:
                catalog.tell_absence(library, str(error))
                raise
            catalog.store_catalog(found)
            add_registered(library)
        _ensured.add(library)
        return not exact


def import_raw(entry: FunctionEntry) -> Callable[..., Any]:
    """The library's own function: imports its module, and nothing else.

    Raises
    ------
    SourceUnavailableError
        If the library, a device, or this function in the installed version is missing.
    """
    # Under no lock but Python's own: a module that is imported may resolve, or register, functions itself.
    raw = _raw.get(entry.key)
    return raw if raw is not None else _raw.setdefault(entry.key, _imported(entry))


@watch
def _forget(key: str) -> None:
    _raw.pop(key, None)


def _imported(entry: FunctionEntry) -> Callable[..., Any]:
    own = registered(entry.key)
    if own is not None:
        # Where a decorator registered it, what stands in the module now was not there yet.
        require_reachable(own.function)
        return own.function
    lacking = libraries.missing(entry.library)
    if lacking is not None:
        raise SourceUnavailableError(
            f"{entry.key} can't run here: {lacking.message}",
            key=entry.key, library=entry.library, install=lacking.install,
        )  # fmt: skip
    if entry.library == "pyclesperanto":
        opencl.require(entry.key)
    row = find_library(entry.library)
    module, _, attribute = entry.import_path.partition(":")
    _require_own(entry, row, module)
    try:
        found: Any = importlib.import_module(module)
        for part in attribute.split("."):
            found = getattr(found, part)
    except Exception as error:
        # A plugin is somebody else's code, and raises what it raises; a library's errors are known.
        if row.source == "table" and not isinstance(error, AttributeError | ImportError):
            raise
        raise SourceUnavailableError(
            _why(entry, error), key=entry.key, library=entry.library, install=row.install
        ) from error
    function: Callable[..., Any] = found
    return function


def _require_own(entry: FunctionEntry, row: Library, module: str) -> None:
    """Import nothing that a catalog of a user's names and that is not the plugin's: a catalog is no program."""
    if entry.library in LIBRARIES or (row.source == "plugin" and is_below(module, row.root)):
        return
    why = f"it leads to {module}, which is not in {row.root}" if row.source == "plugin" else row.install
    raise SourceUnavailableError(
        f"{entry.key} is known from a catalog only, and can't run here: {why}",
        key=entry.key, library=entry.library, install=row.install,
    )  # fmt: skip


def _why(entry: FunctionEntry, error: Exception) -> str:
    name, version = libraries.installed(entry.library) or (entry.library, "?")
    if isinstance(error, AttributeError) or entry.library in LIBRARIES:
        return f"{entry.key} is known, and {name} {version}, which is installed here, does not have it: {error}"
    return f"{entry.key} can't run here: {name} {version} can't be imported: {type(error).__name__}: {error}"
