"""Devices: what is certain to be missing is told without importing a library, and nothing else is."""

from __future__ import annotations

import subprocess
import sys

import pytest

from registry import devices, libraries, opencl


def test_what_is_not_installed_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    """A library that is not installed is told as that, not as a missing device."""
    lacking = libraries.Missing(library="cucim", message="needs cucim", install="pip install cucim")
    monkeypatch.setattr(libraries, "missing", lambda prefix: lacking)
    assert devices.find_obstacle("cucim") == lacking


def test_a_library_of_the_cpu_needs_no_device() -> None:
    """NumPy is here and runs."""
    assert devices.find_obstacle("numpy") is None


def test_no_opencl_device_is_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """pyclesperanto that is installed and has no device says so, and what to attach."""
    found = opencl.OpenCLStatus(state="no-device", message="no device was found", install="attach a GPU")
    monkeypatch.setattr(libraries, "missing", lambda prefix: None)
    monkeypatch.setattr(opencl, "foresee", lambda: found)
    obstacle = devices.find_obstacle("pyclesperanto")
    assert obstacle is not None
    assert (obstacle.message, obstacle.install) == (
        "pyclesperanto is installed, and no device was found",
        "attach a GPU",
    )
    monkeypatch.setattr(opencl, "foresee", lambda: None)
    assert devices.find_obstacle("pyclesperanto") is None


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only on Linux the driver is looked for")
def test_no_cuda_device_is_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    """CuPy that is installed on a machine without NVIDIA's driver can't run, whatever importing it says."""
    monkeypatch.setattr(libraries, "missing", lambda prefix: None)
    monkeypatch.setattr(devices, "_CUDA_SIGNS", ("/nowhere",))
    obstacle = devices.find_obstacle("cupyx")
    assert obstacle is not None
    assert "NVIDIA" in obstacle.message
    monkeypatch.setattr(devices, "_CUDA_SIGNS", ("/nowhere", "/"))
    assert devices.find_obstacle("cupyx") is None


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only on Linux it can be foreseen")
def test_foreseen_is_what_is_found(tmp_path_factory: pytest.TempPathFactory) -> None:
    """Without PATH there is no ld and so no PoCL: what is foreseen is what importing finds, and nothing is imported."""
    if opencl.status().pocl is None:
        pytest.skip("PoCL is not installed here")
    code = (
        "import sys; from registry import opencl; foreseen = opencl.foresee(); "
        "assert 'pyclesperanto' not in sys.modules; found = opencl.status(); "
        "print(foreseen.state if foreseen else None, found.state)"
    )
    env = {"PATH": str(tmp_path_factory.mktemp("empty"))}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=env)
    foreseen, found = done.stdout.split()
    assert foreseen in (found, "None")
    assert found == "no-linker" or foreseen == "None"
