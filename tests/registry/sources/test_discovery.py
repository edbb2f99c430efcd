"""Discovery: what is shipped is what is there, and nothing public is forgotten."""

import importlib
import inspect
import warnings

import pytest

from registry.catalog import load_catalog, lookup
from registry.catalog.shipped import shipped_path
from registry.errors import SourceUnavailableError
from registry.libraries import LIBRARIES, installed
from registry.sources import discover
from registry.sources.generate import SHIPPED, main, outdated

# At least so many functions; a discovery that loses some must not pass unseen.
COUNTS = {"builtin": 13, "numpy": 300, "pyclesperanto": 380, "scipy": 60, "skimage": 350}
NAMESPACES = {
    "builtin": ("",),
    "numpy": ("", "fft"),
    "pyclesperanto": ("", "fft", "transform"),
    "scipy": ("ndimage",),
    "skimage": (
        "color", "data", "draw", "exposure", "feature", "filters", "filters.rank", "future", "graph", "io", "measure",
        "metrics", "morphology", "registration", "restoration", "segmentation", "transform", "util",
    ),
}  # fmt: skip


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
    assert outdated(catalog) is None, "python -m registry.sources.generate writes it anew"


@pytest.mark.parametrize("library", SHIPPED)
def test_as_many_functions_as_ever(library):
    """The number of functions of a library does not drop unseen."""
    catalog = load_catalog(library)
    print(f"{library} {catalog.version}: {len(catalog)} functions, {len(catalog.exclusions)} excluded")
    assert len(catalog) >= COUNTS[library]


@pytest.mark.parametrize("library", SHIPPED)
def test_every_public_callable_is_an_entry_or_left_out_with_a_reason(library, discovered):
    """What a namespace lists or has without underscore is known under its name."""
    catalog = discovered(library)
    known = {*catalog.by_key, *catalog.excluded}
    forgotten = []
    for namespace in NAMESPACES[library]:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            module = importlib.import_module(LIBRARIES[library].root)
            for part in filter(None, namespace.split(".")):
                module = getattr(module, part)
            names = {n for n in {*getattr(module, "__all__", ()), *vars(module)} if not n.startswith("_")}
            callables = [
                name
                for name in names
                if callable(getattr(module, name, None)) and not inspect.ismodule(getattr(module, name))
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


def test_generate_reports_drift(tmp_path, monkeypatch, capsys):
    """A catalog that is not what discovery finds fails the check, is written without it, and is fine then."""
    monkeypatch.setattr("registry.catalog.shipped.FOLDER", tmp_path)
    assert main(["--check", "builtin"]) == 1
    assert list(tmp_path.iterdir()) == []
    assert main(["builtin"]) == 0
    assert main(["--check", "builtin"]) == 0
    assert "as shipped" in capsys.readouterr().out
