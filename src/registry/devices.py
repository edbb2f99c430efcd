"""Devices: which there are, which one works, and what stands in the way of a library, told without importing it.

A document is checked where its libraries can't be imported, and importing one to look for its device costs a second:
`find_obstacle` says only what is certain. Which device works is chosen for a call and its context alone; what a library
calls its current device is left as it is, since other threads and the user's own code go by it.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import Any

from registry import libraries, opencl
from registry.errors import ArgumentError
from registry.libraries import Missing, find_library

__all__ = ["choosing", "chosen", "find_obstacle", "in_use", "is_elsewhere", "listed", "require", "use"]

# Where NVIDIA's driver shows itself: on Linux, in containers and WSL, and on Jetson boards.
_CUDA_SIGNS = ("/proc/driver/nvidia", "/dev/nvidiactl", "/dev/nvidia0", "/dev/dxg", "/dev/nvmap", "/dev/nvhost-gpu")

# For whom a device is chosen in this context, and its index.
_choice: ContextVar[tuple[str, int] | None] = ContextVar("device", default=None)
_worker: dict[str, int] = {}


def use(index: int | None) -> None:
    """Choose the device of this process, for functions whose option ``device`` says nothing.

    A pool calls it in each of its workers before anything is resolved or planned: a function that was resolved before
    stays on the device that it was resolved for. It imports no library and changes nothing in one.

    Parameters
    ----------
    index : int or None
        Counted as in `listed`; None leaves it to the libraries. Whether there is such a device is told when a function
        is resolved that works on one.

    Raises
    ------
    ArgumentError
        If it is no index.
    """
    if index is None:
        _worker.clear()
        return
    if not isinstance(index, int) or isinstance(index, bool) or index < 0:
        raise ArgumentError(f"a device is chosen by its index, 0 or more, not by {index!r}", value=index)
    _worker["index"] = index


def in_use() -> int | None:
    """The index that `use` chose for this process, or None."""
    return _worker.get("index")


def listed(memory_type: str) -> tuple[str, ...]:
    """The names of the devices that hold arrays of a memory type, in the order of their indices; imports its library.

    Parameters
    ----------
    memory_type : {'cupy', 'pyclesperanto'}

    Returns
    -------
    tuple of str
        Empty if there is none.
    """
    if memory_type == "pyclesperanto":
        return opencl.status().devices
    try:
        from cupy.cuda import runtime

        return tuple(runtime.getDeviceProperties(n)["name"].decode() for n in range(runtime.getDeviceCount()))
    except (ImportError, RuntimeError):  # CuPy's errors of a missing driver or device are RuntimeErrors
        return ()


def require(memory_type: str, index: int, key: str) -> None:
    """Refuse an index that no device has.

    Parameters
    ----------
    memory_type : {'cupy', 'pyclesperanto'}
    index : int
    key : str
        The function that is asked for.

    Raises
    ------
    ArgumentError
        With a list of the devices that there are.
    """
    names = listed(memory_type)
    if index < len(names):
        return
    there = "; ".join(f"{number}: {name}" for number, name in enumerate(names)) or "none"
    message = f"{key}: there is no device {index}; devices of {memory_type} here are {there}"
    raise ArgumentError(message, key=key, parameter="device", value=index)


@contextmanager
def choosing(memory_type: str, index: int) -> Iterator[None]:
    """Let a device work in this context: arrays of this memory type are brought to it, and CuPy makes them there.

    Parameters
    ----------
    memory_type : {'cupy', 'pyclesperanto'}
    index : int
    """
    token = _choice.set((memory_type, index))
    try:
        if memory_type == "cupy":
            from cupy.cuda import Device

            with Device(index):
                yield
        else:
            yield
    finally:
        _choice.reset(token)


def chosen(memory_type: str) -> int | None:
    """The index of the device that works in this context; None is the library's own choice."""
    choice = _choice.get()
    return choice[1] if choice is not None and choice[0] == memory_type else None


def is_elsewhere(array: Any, memory_type: str) -> bool:
    """Whether an array of a memory type is on another device than the one that works in this context."""
    index = chosen(memory_type)
    if index is None:
        return False
    there = array.device.index if memory_type == "pyclesperanto" else array.device.id
    return bool(there != index)


def find_obstacle(prefix: str) -> Missing | None:
    """What keeps the functions of a library from running here, for certain.

    Parameters
    ----------
    prefix : str
        One of `registry.libraries.prefixes`.

    Returns
    -------
    Missing or None
        What is not installed, else which device is not there; None if nothing is known to stand in the way.

    Raises
    ------
    KeyError
        If there is no such row.
    """
    lacking = libraries.missing(prefix)
    if lacking is not None:
        return lacking
    memory_type = find_library(prefix).memory_type
    if memory_type == "pyclesperanto":
        found = opencl.foresee()
        if found is not None and found.state != "ready":
            message = f"{prefix} is installed, and {found.message}"
            return Missing(library=prefix, message=message, install=found.install or "")
    if memory_type == "cupy" and sys.platform.startswith("linux") and not any(map(_exists, _CUDA_SIGNS)):
        message = f"{prefix} is installed, and there is no NVIDIA GPU with its driver"
        return Missing(library=prefix, message=message, install="attach an NVIDIA GPU and install its driver")
    return None


def _exists(path: str) -> bool:
    try:
        return Path(path).exists()
    except OSError:
        return True  # who may not look can't say that it is not there
