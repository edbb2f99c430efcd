"""What needs an NVIDIA GPU: all of it is skipped elsewhere, with the reason and the command."""

from __future__ import annotations

import warnings
from typing import Any

import pytest

from registry.loading import availability

COMMAND = "on a machine with an NVIDIA GPU: make gpu-check"


@pytest.fixture(scope="session")
def cupy() -> Any:
    """CuPy with a device."""
    found = availability("cupy")
    if not found.available:
        pytest.skip(f"{found.message or found.install}; {COMMAND}")
    import cupy

    return cupy


@pytest.fixture(scope="session")
def cucim(cupy: Any) -> Any:
    """cuCIM's copy of scikit-image, with a device."""
    found = availability("cucim")
    if not found.available:
        pytest.skip(f"{found.message or found.install}; {COMMAND}")
    from cucim import skimage

    return skimage


@pytest.fixture(scope="session")
def opencl_gpu() -> Any:
    """pyclesperanto with a device that is a GPU, and not PoCL on the CPU."""
    found = availability("pyclesperanto")
    if not found.available:
        pytest.skip(f"{found.message}; {found.install}; {COMMAND}")
    import pyclesperanto

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it warns where it finds none
        gpus = pyclesperanto.list_available_devices("gpu")
    if not gpus:
        pytest.skip(f"its device, {found.device}, is no GPU; {COMMAND}")
    return pyclesperanto
