"""Discovery: what is shipped is what is there, and nothing public is forgotten."""

import ast
import importlib
import inspect
import warnings
from pathlib import Path

import pytest

from registry.catalog import load_catalog, lookup
from registry.catalog.shipped import shipped_path
from registry.errors import SourceUnavailableError
from registry.generate.__main__ import outdated
from registry.libraries import LIBRARIES, installed
from registry.sources import discover

IMAGING = (
    "", "color", "data", "exposure", "feature", "filters", "filters.rank", "measure", "metrics", "morphology",
    "registration", "restoration", "segmentation", "transform", "util",
)  # fmt: skip
NAMESPACES = {
    "builtin": ("",),
    "cucim": IMAGING,
    "cupy": ("", "fft"),
    "cupyx": ("ndimage",),
    "numpy": ("", "fft"),
    "pyclesperanto": ("", "fft", "transform"),
    "scipy": ("ndimage",),
    "skimage": (*IMAGING, "draw", "future", "graph", "io"),
}
SHIPPED = [library for library in NAMESPACES if installed(library) is not None]


def _stubbed(module):
    """What the stub beside a package names: lazy namespaces have no more than that."""
    file = getattr(module, "__file__", None) or ""
    stub = Path(file).with_suffix(".pyi")
    tree = ast.parse(stub.read_text()) if file and stub.exists() else ast.Module([], [])
    return {alias.asname or alias.name for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)
            for alias in node.names}  # fmt: skip


@pytest.fixture(scope="module")
def discovered(request):
    """Fresh catalogs by library, each made once."""
    made = {}

    def fresh(library):
        if library == "pyclesperanto":
            request.getfixturevalue("cle")
        if library not in made:
            made[library] = discover(library)
        return made[library]

    return fresh


@pytest.mark.parametrize("library", SHIPPED)
def test_the_shipped_catalog_is_what_discovery_finds(library, discovered):
    """For a version that is shipped the file equals a fresh discovery, byte for byte."""
    catalog = discovered(library)
    if not shipped_path(library, catalog.version).exists():
        pytest.skip(f"no catalog of {library} {catalog.version} is shipped")
    assert outdated(catalog) is None, "python -m registry.generate --here writes it anew"


@pytest.mark.parametrize("library", SHIPPED)
def test_every_public_callable_is_an_entry_or_left_out_with_a_reason(library, discovered):
    """What a namespace lists, stubs or has without underscore is known under its name."""
    catalog = discovered(library)
    known = {*catalog.keys(), *catalog.aliases, *catalog.excluded}
    forgotten = []
    for namespace in NAMESPACES[library]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            module = importlib.import_module(LIBRARIES[library].root)
            for part in filter(None, namespace.split(".")):
                module = getattr(module, part)
            names = {*getattr(module, "__all__", ()), *vars(module), *dir(module), *_stubbed(module)}
            callables = [
                name
                for name in names
                if name.isascii()
                and not name.startswith("_")
                and callable(getattr(module, name, None))
                and not inspect.ismodule(getattr(module, name))
            ]
        prefix = f"{library}:{namespace}." if namespace else f"{library}:"
        forgotten += [prefix + name for name in callables if prefix + name not in known]
    assert forgotten == []


@pytest.mark.parametrize("library", SHIPPED)
def test_import_paths_lead_to_functions(library, discovered):
    """Every entry's path gives a callable of its library, whose parameters are the entry's."""
    for entry in discovered(library).entries:
        module, _, attribute = entry.import_path.partition(":")
        assert f"{module}.".startswith(f"{LIBRARIES[library].root}.")
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            value = importlib.import_module(module)
            for part in attribute.split("."):
                value = getattr(value, part)
        assert callable(value)
        try:
            names = list(inspect.signature(value).parameters)
        except (TypeError, ValueError):
            continue
        assert [p.name for p in entry.parameters] == names, entry.key


@pytest.mark.parametrize("library", SHIPPED)
def test_an_entry_agrees_with_itself(library):
    """The flow parameter is the first positional one of role data, and every function has a result and a summary."""
    for entry in load_catalog(library).entries:
        data = [p for p in entry.parameters if p.role == "data" and p.kind.startswith("positional")]
        if entry.flow is None:
            assert entry.kind in ("values", "image", "unknown", "scalar") or not data, entry.key
        else:
            assert entry.flow == data[0].name, entry.key
        assert entry.outputs, entry.key
        assert all(output.name.isidentifier() for output in entry.outputs), entry.key
        assert entry.outputs[0].kind == entry.kind
        assert entry.summary, entry.key
        assert entry.input_memory_type == LIBRARIES[library].memory_type


@pytest.mark.parametrize(
    ("key", "reason"),
    [
        ("skimage:io.imread", "io"),
        ("skimage:data.coins", "network"),
        ("skimage:feature.ORB", "class"),
        ("skimage:filters.try_all_threshold", "io"),
        ("skimage:util.apply_parallel", "needs-callback"),
        ("scipy:ndimage.generic_filter", "needs-callback"),
        ("scipy:ndimage.geometric_transform", "needs-callback"),
        ("numpy:load", "io"),
        ("numpy:apply_along_axis", "needs-callback"),
        ("numpy:bmat", "executes-code"),
        ("numpy:set_printoptions", "not-array"),
        ("numpy:uint8", "class"),
        ("pyclesperanto:execute", "executes-code"),
        ("pyclesperanto:native_execute", "executes-code"),
        ("pyclesperanto:evaluate", "executes-code"),
        ("pyclesperanto:select_device", "device-management"),
        ("pyclesperanto:imshow", "io"),
        ("pyclesperanto:Array", "class"),
    ],
)
def test_what_must_not_run_from_a_document_is_left_out(key, reason):
    """Files, downloads, program text, devices and callbacks are no entries, and say why."""
    catalog = load_catalog(key.partition(":")[0])
    assert catalog.get(key) is None
    assert catalog.excluded[key].reason == reason


@pytest.mark.parametrize("name", ["square", "cube", "rectangle", "binary_erosion", "binary_dilation"])
def test_deprecated_functions_that_live_are_entries(name):
    """What a library no longer lists but still has, documents still name."""
    assert lookup(f"skimage:morphology.{name}").flow == ("image" if name.startswith("binary") else None)


@pytest.mark.parametrize("library", [name for name in ("cucim", "cupy", "cupyx") if installed(name) is None])
def test_a_library_that_is_not_here_cannot_be_discovered(library):
    """Discovery of what is not installed says what to install."""
    with pytest.raises(SourceUnavailableError, match="pip install") as caught:
        discover(library)
    assert caught.value.library == library
