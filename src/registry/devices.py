"""Devices, as far as they can be foreseen: what stands in the way of a library, told without importing it.

A document is checked where its libraries can't be imported, and importing one to look for its device costs a second.
Only what is certain is said here; whether a function runs in the end is told when it is resolved.
"""

from __future__ import annotations

import sys
from pathlib import Path

from registry import libraries, opencl
from registry.libraries import Missing, find_library

__all__ = ["find_obstacle"]

# Where NVIDIA's driver shows itself: on Linux, in containers and WSL, and on Jetson boards.
_CUDA_SIGNS = ("/proc/driver/nvidia", "/dev/nvidiactl", "/dev/nvidia0", "/dev/dxg", "/dev/nvmap", "/dev/nvhost-gpu")


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
