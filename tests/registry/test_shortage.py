"""What counts as running out of device memory."""

from __future__ import annotations

import numpy as np
import pytest

from registry import opencl
from registry.errors import OutOfDeviceMemoryError
from registry.shortage import is_out_of_memory

# As CLIc says it of a buffer on PoCL, and of one that a driver put off until it was used.
TOO_LARGE = "Error: Failed to allocate buffer memory. OpenCL error: CL_INVALID_BUFFER_SIZE (-61)"
PUT_OFF = "Error: Failed to write buffer memory. OpenCL error: CL_MEM_OBJECT_ALLOCATION_FAILURE (-4)"


def _cupy_error(name: str, module: str, status: int | None = None) -> Exception:
    """An error of CuPy's, without CuPy: class, module and code are what is looked at."""
    error = type(name, (RuntimeError,), {"__module__": module})("out of memory")
    if status is not None:
        error.status = status
    return error


@pytest.mark.parametrize(
    ("error", "yes"),
    [
        (OutOfDeviceMemoryError("no room", key="pyclesperanto:absolute", device="pyclesperanto"), True),
        (RuntimeError(TOO_LARGE), True),
        (RuntimeError(PUT_OFF), True),
        (RuntimeError("Error: Failed to allocate Metal buffer of size 17"), True),
        (_cupy_error("OutOfMemoryError", "cupy.cuda.memory"), True),
        (_cupy_error("CUDARuntimeError", "cupy_backends.cuda.api.runtime", 2), True),
        (_cupy_error("CUDARuntimeError", "cupy_backends.cuda.api.runtime", 700), False),
        (RuntimeError("Error: Failed to execute kernel. OpenCL error: CL_OUT_OF_RESOURCES (-5)"), False),
        (RuntimeError("Failed to allocate a seat"), False),
        (ValueError(TOO_LARGE), False),
        (MemoryError("Unable to allocate 3 TiB"), False),
        (type("OutOfMemoryError", (RuntimeError,), {"__module__": "somelab"})(), False),
    ],
)
def test_what_counts(error: Exception, yes: bool) -> None:
    """What CuPy and pyclesperanto raise for want of memory, and nothing else."""
    assert is_out_of_memory(error) is yes


def test_a_real_allocation_that_is_too_large() -> None:
    """What pyclesperanto itself raises is recognised."""
    if (found := opencl.status()).state != "ready":
        pytest.skip(f"{found.message}; {found.install}")
    import pyclesperanto

    with pytest.raises(RuntimeError) as caught:
        pyclesperanto.create((30_000, 30_000, 30_000), np.float32)
    assert is_out_of_memory(caught.value)
