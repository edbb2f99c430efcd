"""What tests of the registry share: a device for pyclesperanto, where there is one."""

import pytest

from registry import opencl


@pytest.fixture(scope="session")
def cle():
    """pyclesperanto with a device: a GPU, or PoCL on the CPU."""
    found = opencl.status()
    if found.state != "ready":
        pytest.skip(f"{found.message}; {found.install}")
    import pyclesperanto

    return pyclesperanto
