"""What tests of the registry share: a device for pyclesperanto, plugins and files of functions that are made here."""

import importlib
import sys
import textwrap

import pytest

from registry import catalog, opencl, plugins
from registry.registration import Registration, all_registered


@pytest.fixture(scope="session")
def cle():
    """pyclesperanto with a device: a GPU, or PoCL on the CPU."""
    found = opencl.status()
    if found.state != "ready":
        pytest.skip(f"{found.message}; {found.install}")
    import pyclesperanto

    return pyclesperanto


@pytest.fixture
def site(tmp_path, monkeypatch):
    """A folder from which modules are imported, an empty cache, and nothing left of them afterwards."""
    folder = tmp_path / "site"
    folder.mkdir()
    modules, kept = set(sys.modules), {made.entry.key for made in all_registered()}
    monkeypatch.setenv("PIPELINE_SCHEMA_CACHE", str(tmp_path / "cache"))
    monkeypatch.syspath_prepend(folder)
    plugins.forget()
    yield folder
    for made in all_registered():
        if made.entry.key not in kept:
            Registration(made, None).undo()
    for name in set(sys.modules) - modules:
        if str(folder) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]
    monkeypatch.undo()
    plugins.forget()


@pytest.fixture
def make_module(site):
    """Writes a module and imports it."""

    def make(name, text):
        (site / f"{name}.py").write_text(textwrap.dedent(text))
        importlib.invalidate_caches()
        return importlib.import_module(name)

    return make


@pytest.fixture
def make_plugin(site):
    """Installs a plugin: a package of these modules, and metadata with an entry point; each test its own prefix."""

    def make(prefix, modules, *, root=None, distribution=None, version="1.0"):
        package = site / (root or prefix)
        package.mkdir(exist_ok=True)
        for name, text in modules.items():
            (package / f"{name}.py").write_text(textwrap.dedent(text))
        distribution = distribution or f"{prefix}-functions"
        metadata = site / f"{distribution.replace('-', '_')}-{version}.dist-info"
        metadata.mkdir()
        (metadata / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {distribution}\nVersion: {version}\n")
        (metadata / "entry_points.txt").write_text(f"[{plugins.GROUP}]\n{prefix} = {root or prefix}\n")
        importlib.invalidate_caches()
        plugins.forget()
        catalog.remove_catalog(prefix)
        return package

    return make
