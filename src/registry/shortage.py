"""Running out of device memory: what counts as that.

Only what CuPy and pyclesperanto raise for want of memory counts, and our own error of an array that had no room on the
device that it was brought to.
"""

from __future__ import annotations

import re

from registry.errors import OutOfDeviceMemoryError

__all__ = ["is_out_of_memory"]

# cudaErrorMemoryAllocation.
_CUDA_ALLOCATION = 2
# What CLIc says, in all its backends: of an allocation that failed, or of one that a driver put off until now.
_CLESPERANTO = re.compile(
    r"Failed to allocate (buffer|image|Metal buffer)"
    r"|\b(CL_MEM_OBJECT_ALLOCATION_FAILURE|CL_OUT_OF_HOST_MEMORY|CUDA_ERROR_OUT_OF_MEMORY)\b"
)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether an exception says that a device has no memory left.

    Parameters
    ----------
    error : BaseException
        Ours, CuPy's ``OutOfMemoryError``, CUDA's own error of that meaning, or pyclesperanto's RuntimeError about an
        allocation. They are known by class, code and text, so that asking imports neither library.
    """
    if isinstance(error, OutOfDeviceMemoryError):
        return True
    for base in type(error).__mro__:
        if base.__module__.partition(".")[0] != "cupy_backends" and base.__module__.partition(".")[0] != "cupy":
            continue
        if base.__name__ == "OutOfMemoryError":
            return True
        if base.__name__ == "CUDARuntimeError":
            return getattr(error, "status", None) == _CUDA_ALLOCATION
    return type(error) is RuntimeError and _CLESPERANTO.search(str(error)) is not None
