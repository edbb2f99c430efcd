"""What tests of the registry share: a device for pyclesperanto, plugins and files of functions that are made here."""

import importlib
import sys
import textwrap
import types

import numpy as np
import pytest
import scipy.ndimage

from registry import catalog, loading, opencl, plugins, resolver
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


class HostCupy(types.SimpleNamespace):
    """CuPy as far as the registry asks it, on the host: arrays of a class of its name that NumPy computes with.

    It stands for what needs a GPU to be had. Each array that it is asked for counts as an allocation, which may fail as
    CuPy's pool does; `tests/gpu` has the same with the real one.
    """

    def __init__(self):
        super().__init__()
        self.begin()

        class ndarray(np.ndarray):
            def get(self):
                return np.array(self.view(np.ndarray))

        ndarray.__module__ = "cupy._core.core"
        self.ndarray = ndarray
        self.full = type("OutOfMemoryError", (MemoryError,), {"__module__": "cupy.cuda.memory"})

    def begin(self, fails=lambda number: False):
        """Count from here; `fails` says of a number whether that allocation does."""
        self.count, self._fails = 0, fails

    def asarray(self, value, dtype=None):
        return self._made(np.array(value, dtype))

    def empty(self, shape, dtype=float):
        return self._made(np.empty(shape, dtype))

    def where(self, *args):
        return self._made(np.where(*args))

    def moveaxis(self, array, *axes):
        return np.moveaxis(array, *axes)

    def blurred(self, array, sigma):
        """A function of the GPU: it makes something in between, and its result."""
        self._made(np.array(array))
        return self._made(scipy.ndimage.gaussian_filter(array.view(np.ndarray), sigma))

    def get_default_memory_pool(self):
        return types.SimpleNamespace(total_bytes=lambda: 0, free_all_blocks=lambda: None)

    get_default_pinned_memory_pool = get_default_memory_pool

    def _made(self, array):
        self.count += 1
        if self._fails(self.count):
            raise self.full("Out of memory allocating 4,096 bytes (allocated so far: 0 bytes).")
        return array.view(self.ndarray)


@pytest.fixture
def host_cupy(monkeypatch):
    """`HostCupy`, as if it were installed, and ``cupyx:ndimage.gaussian_filter`` working on its arrays."""
    stand_in = HostCupy()
    monkeypatch.setitem(sys.modules, "cupy", stand_in)
    monkeypatch.setattr(resolver, "_functions", {})
    monkeypatch.setitem(loading._raw, "cupyx:ndimage.gaussian_filter", stand_in.blurred)
    return stand_in
