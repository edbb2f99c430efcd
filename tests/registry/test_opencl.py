"""A device for pyclesperanto, offered in time, and clear words where there is none; in real processes."""

import json
import os
import subprocess
import sys

import pytest

from registry import libraries, opencl
from registry.errors import SourceUnavailableError

STATUS = "import json, msgspec; from registry import opencl; print(json.dumps(msgspec.to_builtins(opencl.status())))"


@pytest.fixture
def pocl(cle):
    """PoCL's library, on a machine where it is the only device."""
    found = opencl.status()
    if found.pocl is None or not found.device.startswith("pthread"):
        pytest.skip("PoCL's wheel is not the device here")
    return found.pocl


def run(code, **changes):
    """Run code in a fresh process; a variable changed to None is unset."""
    environment = {**os.environ, **changes}
    environment = {name: value for name, value in environment.items() if value is not None}
    return subprocess.run(
        [sys.executable, "-P", "-c", code], capture_output=True, text=True, env=environment, check=False
    )


def status(code=STATUS, **changes):
    """The status in a fresh process."""
    done = run(code, **changes)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_pocl_is_offered_right_before_the_import(pocl):
    """Importing ours sets nothing; asking for the status sets the variable, and there is a device."""
    code = (
        "import os, json; from registry import opencl; before = os.environ.get('OCL_ICD_FILENAMES'); opencl.status(); "
        "print(json.dumps([before, os.environ['OCL_ICD_FILENAMES']]))"
    )
    assert status(code, OCL_ICD_FILENAMES=None) == [None, pocl]
    found = status(OCL_ICD_FILENAMES=None)
    assert (found["state"], found["pocl"]) == ("ready", pocl)
    assert found["device"] in found["devices"]


def test_a_variable_that_is_set_is_left_alone(pocl):
    """Who chose a driver keeps it, also if it leads nowhere: then there is no device, and the status says so."""
    found = status(OCL_ICD_FILENAMES="/nowhere/libOpenCL.so")
    assert found["state"] == "no-device"
    assert "opencl-cpu" in found["install"]


def test_a_home_that_cannot_be_written_leaves_the_device(pocl):
    """PoCL offers no device where it can't keep compiled kernels: it is given another folder."""
    found = status(OCL_ICD_FILENAMES=None, POCL_CACHE_DIR=None, XDG_CACHE_HOME=None, HOME=os.devnull)
    assert (found["state"], found["pocl"]) == ("ready", pocl)


def test_without_ld_pocl_is_not_offered(pocl, tmp_path):
    """Where there is no ld PoCL would abort the process: it is not offered, and the error says what to install."""
    code = (
        "import registry\n"
        "try: registry.resolve('pyclesperanto:gaussian_blur')\n"
        "except registry.SourceUnavailableError as error: print(error.install, error.key, error.library, sep='|')"
    )
    done = run(code, OCL_ICD_FILENAMES=None, PATH=str(tmp_path))
    assert done.returncode == 0, done.stderr
    assert "binutils" in done.stdout
    assert "ziglang" in done.stdout
    assert done.stdout.strip().endswith("|pyclesperanto:gaussian_blur|pyclesperanto")
    assert status(OCL_ICD_FILENAMES=None, PATH=str(tmp_path))["state"] == "no-linker"


def test_pocl_that_somebody_else_offers_needs_ld_too(pocl, tmp_path):
    """A PoCL device from elsewhere is refused as well where there is no ld: an error, no abort."""
    found = status(OCL_ICD_FILENAMES=pocl, PATH=str(tmp_path))
    assert found["state"] == "no-linker"
    assert "ends the process" in found["message"]


def test_an_import_that_came_too_early_is_said(pocl):
    """If pyclesperanto was imported before us and found nothing, the message says that the order was it."""
    found = status(
        f"import warnings; warnings.simplefilter('ignore'); import pyclesperanto\n{STATUS}", OCL_ICD_FILENAMES=None
    )
    assert found["state"] == "no-device"
    assert "resolve first" in found["message"]


@pytest.mark.parametrize(("installed", "state"), [(None, "not-installed"), (("pyclesperanto", "0.25"), "no-backend")])
def test_what_is_not_installed_is_told_apart(installed, state, monkeypatch):
    """pyclesperanto itself missing, and pyclesperanto without a backend's wheel, are two things."""
    lacking = libraries.Missing(library="pyclesperanto", message="needs something", install="pip install something")
    monkeypatch.setattr(opencl, "_seen", {})
    monkeypatch.setattr(libraries, "missing", lambda prefix: lacking)
    monkeypatch.setattr(libraries, "installed", lambda prefix: installed)
    assert opencl.status().state == state
    with pytest.raises(SourceUnavailableError, match="needs something") as caught:
        opencl.require("pyclesperanto:gaussian_blur")
    assert caught.value.install == "pip install something"


def test_looking_warns_of_nothing(pocl):
    """pyclesperanto's warnings about devices are in the status, not on the terminal."""
    assert run(STATUS, OCL_ICD_FILENAMES="/nowhere").stderr == ""
