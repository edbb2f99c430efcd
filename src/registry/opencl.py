"""An OpenCL device for pyclesperanto on machines without a GPU, and what to say where there is none.

The wheel ``pocl-binary-distribution`` holds PoCL, which runs OpenCL on the CPU. pyclesperanto finds it by one
environment variable, which must be set before it is imported the first time, and is set here at that moment, never at
import. PoCL links each kernel with ``ld``; where that is missing it aborts the whole process: there it is not offered.
"""

from __future__ import annotations

import atexit
import os
import shutil
import sys
import tempfile
import threading
import warnings
from pathlib import Path
from typing import Any, Literal

import msgspec

from registry import libraries
from registry.errors import SourceUnavailableError
from registry.installed import version_of

__all__ = ["OpenCLStatus", "device", "foresee", "prepare", "require", "status"]

State = Literal["ready", "not-installed", "no-backend", "no-device", "no-linker"]

_ICD = "OCL_ICD_FILENAMES"
# Where the loader in pyclesperanto's OpenCL wheel looks for drivers besides; it looks nowhere else.
_ICD_FOLDER = "OCL_ICD_VENDORS"
_ICD_PLACE = "/etc/OpenCL/vendors"
_OPENCL_BACKEND, _OTHER_BACKENDS = "pyclesperanto-opencl", ("pyclesperanto-cuda", "pyclesperanto-metal")
_KERNELS = "POCL_CACHE_DIR"
_WHEEL = "pocl-binary-distribution"
_INSTALL_DEVICE = "pip install 'pipeline-schema[opencl-cpu]' (runs on the CPU), or a GPU with its OpenCL driver"
_INSTALL_LINKER = (
    "install binutils (apt install binutils); without root: pip install ziglang, "
    'and put a script named ld on PATH that runs: python -m ziglang ld.lld "$@"'
)
# How PoCL names its devices.
_POCL_DEVICES = ("pthread", "basic", "cpu-")
_lock = threading.Lock()
_seen: dict[str, OpenCLStatus] = {}


class OpenCLStatus(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Whether pyclesperanto's functions can run here.

    Attributes
    ----------
    state : {'ready', 'not-installed', 'no-backend', 'no-device', 'no-linker'}
        The first that stands in the way: pyclesperanto, one of its backends' wheels, a device, PoCL's ``ld``.
    devices : tuple of str
        The devices that it sees.
    device : str or None
        The one that it uses.
    pocl : str or None
        PoCL's library, if its wheel is installed.
    linker : str or None
        The ``ld`` that PoCL would use.
    message : str
        What is the matter; empty if nothing is.
    install : str or None
        What to install to change that.
    """

    state: State
    devices: tuple[str, ...] = ()
    device: str | None = None
    pocl: str | None = None
    linker: str | None = None
    message: str = ""
    install: str | None = None


def prepare() -> str | None:
    """Offer PoCL to pyclesperanto, right before that is imported the first time.

    Returns
    -------
    str or None
        The library that is offered; None if the variable is set already, pyclesperanto was imported before, PoCL's
        wheel is not installed, or there is no ``ld``.
    """
    if _ICD in os.environ or "pyclesperanto" in sys.modules or _linker() is None:
        return None
    library = _pocl()
    if library is not None:
        os.environ[_ICD] = library
        if _KERNELS not in os.environ and not _can_keep_kernels():
            # Without a folder for compiled kernels PoCL offers no device at all.
            os.environ[_KERNELS] = kernels = tempfile.mkdtemp(prefix="pocl-")
            atexit.register(shutil.rmtree, kernels, ignore_errors=True)
    return library


def require(key: str | None = None) -> None:
    """Import pyclesperanto with a device, or say what is missing.

    Parameters
    ----------
    key : str, optional
        The function that is asked for.

    Raises
    ------
    SourceUnavailableError
        If it is not installed, has no backend, no device, or a device that would end the process for want of ``ld``.
    """
    found = status()
    if found.state != "ready":
        what = f"{key} can't run here" if key else "pyclesperanto can't run here"
        raise SourceUnavailableError(
            f"{what}: {found.message}; {found.install}", key=key, library="pyclesperanto", install=found.install
        )


def status() -> OpenCLStatus:
    """Look for pyclesperanto's devices; imports it.

    Returns
    -------
    OpenCLStatus
        Worked out once; a device that is attached later is seen by the next process.
    """
    with _lock:
        found = _seen.get("status")
        if found is None or found.state in ("not-installed", "no-backend"):
            found = _seen["status"] = _look()
        return found


def device(index: int) -> Any:
    """pyclesperanto's device of an index, counted as in `OpenCLStatus.devices`, and without making it the current one.

    Parameters
    ----------
    index : int
        Less than there are devices: beyond, the library gives one of the others.

    Returns
    -------
    pyclesperanto device
    """
    require()
    from pyclesperanto import _core

    # Its public way, select_device, changes the current device of all threads.
    return _core._get_backend_manager().get_backend().getDeviceFromIndex(index, "all")


def foresee() -> OpenCLStatus | None:
    """What stands in the way of pyclesperanto, as far as that can be told without importing it.

    Returns
    -------
    OpenCLStatus or None
        What `status` found, where somebody asked before; else what it would find for certain. None where only
        importing tells.
    """
    found = _seen.get("status") or _lacking()
    if found is not None or "pyclesperanto" in sys.modules or not sys.platform.startswith("linux"):
        return found
    # Other backends find their drivers in their own ways.
    if version_of(_OPENCL_BACKEND) is None or any(map(version_of, _OTHER_BACKENDS)):
        return None
    pocl, linker = _pocl(), _linker()
    drivers = _ICD in os.environ or _ICD_FOLDER in os.environ or any(Path(_ICD_PLACE).glob("*"))
    return None if drivers or (pocl and linker) else _no_device(pocl, linker)


def _look() -> OpenCLStatus:
    found = _lacking()
    if found is not None:
        return found
    pocl, linker = _pocl(), _linker()
    early = "pyclesperanto" in sys.modules
    offered = prepare()
    devices, device = _devices(prefer_gpu=offered is not None)
    if device is not None and device.startswith(_POCL_DEVICES) and linker is None:
        message = f"its device {device} is PoCL's, which ends the process where there is no ld"
        return OpenCLStatus(state="no-linker", devices=devices, pocl=pocl, message=message, install=_INSTALL_LINKER)
    if device is not None:
        return OpenCLStatus(state="ready", devices=devices, device=device, pocl=pocl, linker=linker)
    return _no_device(pocl, linker, early=early)


def _lacking() -> OpenCLStatus | None:
    """What is not installed, as a status; None if all is."""
    lacking = libraries.missing("pyclesperanto")
    if lacking is None:
        return None
    state: State = "not-installed" if libraries.installed("pyclesperanto") is None else "no-backend"
    return OpenCLStatus(state=state, pocl=_pocl(), linker=_linker(), message=lacking.message, install=lacking.install)


def _no_device(pocl: str | None, linker: str | None, *, early: bool = False) -> OpenCLStatus:
    if pocl is not None and linker is None:
        message = "there is no GPU with an OpenCL driver, and PoCL, which is installed, needs ld"
        return OpenCLStatus(state="no-linker", pocl=pocl, message=message, install=_INSTALL_LINKER)
    message = "no device with an OpenCL driver was found"
    if early and pocl is not None:
        message += " when pyclesperanto was imported, before PoCL could be offered: resolve first, import it after"
    return OpenCLStatus(state="no-device", pocl=pocl, linker=linker, message=message, install=_INSTALL_DEVICE)


def _devices(*, prefer_gpu: bool) -> tuple[tuple[str, ...], str | None]:
    """The devices that pyclesperanto sees, and the one that it uses."""
    with warnings.catch_warnings():
        # What it warns of is what the status says.
        warnings.simplefilter("ignore")
        cle: Any = __import__("pyclesperanto")
        if not hasattr(cle, "push"):
            return (), None
        if prefer_gpu and cle.list_available_devices("gpu"):
            # PoCL was only offered in case there is nothing better.
            cle.select_device("", "gpu")
        devices = tuple(cle.list_available_devices())
        selected = cle.get_device() if devices else None
    return devices, selected.name if selected is not None else None


def _linker() -> str | None:
    # Without a PATH `which` searches a default one, and PoCL finds nothing.
    return shutil.which("ld", path=os.environ.get("PATH", ""))


def _can_keep_kernels() -> bool:
    """Whether there is the folder in which PoCL keeps compiled kernels; it is made, as PoCL would do."""
    base = os.environ.get("XDG_CACHE_HOME") or Path(os.environ.get("HOME") or tempfile.gettempdir(), ".cache")
    folder = Path(base, "pocl")
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return False
    return os.access(folder, os.W_OK)


def _pocl() -> str | None:
    """The library of PoCL's wheel, or None."""
    if version_of(_WHEEL) is None:
        return None
    from importlib import metadata

    try:
        files = metadata.files(_WHEEL) or []
    except metadata.PackageNotFoundError:
        return None
    for file in files:
        if file.name.startswith(("libpocl", "pocl")) and file.name.endswith((".so", ".dylib", ".dll")):
            path = Path(str(file.locate()))
            return str(path) if path.exists() else None
    return None
