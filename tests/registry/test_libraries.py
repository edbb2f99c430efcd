"""The table of libraries: read from metadata, importing nothing."""

import subprocess
import sys
from importlib import metadata

import pytest

from registry import libraries
from registry.libraries import LIBRARIES, installed, missing


def test_each_row_stands_under_its_prefix():
    """A key's library finds its row."""
    assert {prefix: row.prefix for prefix, row in LIBRARIES.items()} == {prefix: prefix for prefix in LIBRARIES}


@pytest.mark.parametrize(("prefix", "distribution"), [("skimage", "scikit-image"), ("numpy", "numpy")])
def test_an_installed_library_names_its_distribution_and_version(prefix, distribution):
    """The version is the installed distribution's."""
    assert installed(prefix) == (distribution, metadata.version(distribution))
    assert missing(prefix) is None


def test_builtin_functions_have_their_own_version():
    """They change with this package's functions, not with its releases, and are never missing."""
    assert installed("builtin") == ("pipeline-schema", LIBRARIES["builtin"].version)
    assert missing("builtin") is None


@pytest.mark.parametrize("prefix", ["cucim", "cupy", "cupyx"])
def test_a_library_that_is_not_installed_says_what_to_type(prefix, monkeypatch):
    """What is missing comes with its remedy."""
    monkeypatch.setattr(libraries, "_first_installed", lambda distributions: None)
    assert installed(prefix) is None
    lacking = missing(prefix)
    assert lacking is not None
    assert lacking.library == prefix
    assert lacking.install in lacking.message
    assert "pip install" in lacking.install


def test_pyclesperanto_without_a_backend_is_missing(monkeypatch):
    """The wheel alone has no functions: one of its backends must be there too."""
    first_installed = libraries._first_installed
    backends = LIBRARIES["pyclesperanto"].backends
    monkeypatch.setattr(
        libraries,
        "_first_installed",
        lambda distributions: None if distributions == backends else first_installed(distributions) or ("x", "1"),
    )
    lacking = missing("pyclesperanto")
    assert lacking is not None
    assert "pyclesperanto-opencl" in lacking.message


def test_asking_imports_no_library():
    """What is installed is read from metadata, in a fresh process without any array library."""
    code = (
        "import sys; from registry.libraries import LIBRARIES, installed, missing\n"
        "for prefix in LIBRARIES: installed(prefix), missing(prefix)\n"
        "print(*{'numpy', 'skimage', 'scipy', 'cupy', 'pyclesperanto'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
