"""The table of libraries: read from metadata, importing nothing."""

import subprocess
import sys
from importlib import metadata

import pytest

from registry import libraries
from registry.errors import DuplicateKeyError, InvalidKeyError
from registry.libraries import (
    LIBRARIES,
    LOCAL,
    Library,
    add_library,
    find_library,
    installed,
    missing,
    plugin_faults,
    prefixes,
    remove_library,
)


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


def test_a_plugin_has_a_row_of_its_own(make_plugin):
    """Its prefix is listed beside the table's, and its distribution is what to install."""
    make_plugin("libpa", {"__init__": ""}, version="4.1")
    row = find_library("libpa")
    assert (row.root, row.source, row.install) == ("libpa", "plugin", "pip install libpa-functions")
    assert installed("libpa") == ("libpa-functions", "4.1")
    assert missing("libpa") is None
    assert "libpa" in prefixes()


def test_a_plugin_can_not_take_a_prefix_of_the_table(make_plugin):
    """The table's library stays, and the plugin is named as left out, with both sides."""
    make_plugin("skimage", {"__init__": ""}, root="libpbroot", distribution="greedy")
    assert find_library("skimage") == LIBRARIES["skimage"]
    (fault,) = plugin_faults()
    assert isinstance(fault, DuplicateKeyError)
    assert "scikit-image" in fault.first
    assert "greedy 1.0" in fault.second


def test_a_prefix_that_two_claim_is_nobodys(make_plugin):
    """It is not listed; who uses it is told of both."""
    make_plugin("libpc", {"__init__": ""}, distribution="one")
    make_plugin("libpc", {"__init__": ""}, distribution="two")
    assert "libpc" not in prefixes()
    with pytest.raises(DuplicateKeyError, match=r"one 1\.0.*two 1\.0"):
        find_library("libpc")


def test_a_prefix_that_no_key_can_have_is_refused(make_plugin):
    """A hyphen in the entry point's name is said to be the matter."""
    make_plugin("lib-pd", {"__init__": ""}, root="libpd", distribution="hyphenated")
    with pytest.raises(InvalidKeyError, match="hyphenated"):
        find_library("lib-pd")


def test_the_prefix_of_users_functions_says_what_to_do():
    """Before any is named, nothing is known, and the answer is how to name one."""
    assert find_library(LOCAL).source == "registered"
    lacking = missing(LOCAL)
    assert lacking is not None
    assert "--functions" in lacking.message


def test_what_is_added_can_be_removed_and_takes_nobodys_prefix():
    """A row that this process adds is beside the closed table, never in it."""
    row = Library(prefix="libpe", root="libpe", distributions=("libpe",), install="pip install libpe", source="catalog")
    add_library(row)
    try:
        assert find_library("libpe") == row
        assert "libpe" in prefixes()
        assert missing("libpe") is not None
    finally:
        remove_library("libpe")
    with pytest.raises(KeyError):
        find_library("libpe")
    with pytest.raises(DuplicateKeyError, match="scikit-image"):
        add_library(Library(prefix="skimage", root="x", distributions=("x",), install=""))
