"""What several tests need: the examples, and devices that may not be there."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def root() -> Path:
    """The project's folder."""
    return ROOT


@pytest.fixture(scope="session")
def opencl() -> None:
    """Skips where no OpenCL device is, and says how to get one."""
    from registry.resolver import availability

    found = availability("pyclesperanto")
    if not found.available:
        pytest.skip(f"{found.message}; to run this test: {found.install}")
