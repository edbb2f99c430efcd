"""Whether libraries are here, and the import of one function's module."""

import subprocess
import sys

import msgspec
import numpy as np
import pytest

from registry import catalog, libraries, loading
from registry.catalog.model import encode
from registry.errors import SourceUnavailableError


def test_an_available_library_says_its_version():
    """NumPy is here, works on the CPU, and nothing has to be installed."""
    found = loading.availability("numpy")
    assert (found.available, found.distribution, found.version) == (True, "numpy", np.__version__)
    assert (found.device, found.message, found.install) == (None, "", None)


def test_pyclesperanto_says_its_device(cle):
    """With a device, pyclesperanto is available on it."""
    found = loading.availability("pyclesperanto")
    assert found.available
    assert found.device == cle.get_device().name


@pytest.mark.parametrize("library", ["cucim", "cupy", "cupyx"])
def test_a_missing_library_says_what_to_install(library):
    """Without CUDA's libraries, their rows say what is missing and what to type."""
    if libraries.missing(library) is None:
        pytest.skip("installed here")
    found = loading.availability(library)
    assert not found.available
    assert "pip install" in found.install
    assert library in found.message


def test_an_unknown_library_is_a_key_error():
    """There is no row of that name."""
    with pytest.raises(KeyError):
        loading.availability("nonesuch")


def test_a_function_that_the_installed_version_lacks_is_unavailable():
    """An entry of another version's catalog whose function is gone is known and unavailable, not an AttributeError."""
    entry = msgspec.structs.replace(catalog.lookup("numpy:greater"), key="numpy:gone", import_path="numpy:gone")
    with pytest.raises(SourceUnavailableError, match=f"numpy {np.__version__}.*does not have it") as caught:
        loading.import_raw(entry)
    assert (caught.value.key, caught.value.library) == ("numpy:gone", "numpy")


def test_a_missing_librarys_function_is_unavailable():
    """The error of a function whose library is missing says what to install."""
    if libraries.missing("cupy") is None:
        pytest.skip("installed here")
    entry = msgspec.structs.replace(catalog.lookup("numpy:greater"), key="cupy:greater", import_path="cupy:greater")
    with pytest.raises(SourceUnavailableError, match="cupy:greater can't run here") as caught:
        loading.import_raw(entry)
    assert "cuda12" in caught.value.install


def test_a_shipped_catalog_is_not_discovered_again():
    """Where the catalog of the installed version is there, nothing is imported to make one."""
    code = (
        "import sys; from registry import loading; loading.ensure_catalog('skimage'); "
        "print('skimage' in sys.modules, loading.ensure_catalog('skimage'))"
    )
    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]


def test_a_version_that_was_never_seen_is_discovered_once_and_kept(tmp_path, monkeypatch):
    """If only an older version's catalog is shipped, a key it lacks has the installed version discovered and cached."""
    shipped = tmp_path / "shipped"
    shipped.mkdir()
    known = catalog.load_catalog("scipy")
    old = known.replace(version="0.1", entries=(known.get("scipy:ndimage.label"),))
    (shipped / "scipy-0.1.json").write_bytes(encode(old))
    monkeypatch.setenv("PIPELINE_SCHEMA_CACHE", str(tmp_path / "cache"))
    code = (
        "import pathlib, sys\n"
        "from registry import catalog, loading, resolver\n"
        "from registry.catalog import shipped\n"
        "shipped.FOLDER = pathlib.Path(sys.argv[1])\n"
        "print(catalog.load_catalog('scipy').exact, 'scipy' in sys.modules)\n"
        "print(resolver.describe('scipy:ndimage.sobel').key)\n"
        "print(catalog.load_catalog('scipy').exact, loading.ensure_catalog('scipy'))"
    )
    done = subprocess.run([sys.executable, "-P", "-c", code, shipped], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["False", "False", "scipy:ndimage.sobel", "True", "False"]
    assert [path.name.partition("-")[0] for path in (tmp_path / "cache" / "catalogs").iterdir()] == ["scipy"]
