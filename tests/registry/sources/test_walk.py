"""Walking namespaces: every public callable, each under one name."""

import sys
from types import ModuleType

import pytest

from registry.sources.walk import namespaces, walk


@pytest.fixture
def library(monkeypatch):
    """A library of two namespaces: one is imported, the other is an attribute only; one lists a lazy function."""

    def build(name):
        module = ModuleType(name)
        monkeypatch.setitem(sys.modules, name, module)
        return module

    root, work, attribute = build("a_library"), build("a_library.work"), ModuleType("a_library._hidden")

    def alive(): ...
    def lazy(): ...
    def _private(): ...
    def only(): ...

    for function in (alive, lazy):
        function.__module__ = "a_library.work._impl"
    root.__path__ = []
    root.work, root.attribute, root.alive = work, attribute, alive
    work.alive, work.also_alive, work._private, work.number = alive, alive, _private, 3
    work.__all__ = ["alive", "lazy"]
    work.__getattr__ = lambda name: {"lazy": lazy}[name]
    attribute.only = only


def test_every_public_callable_is_found_once(library):
    """Listed or not, lazy or not; what is private or no callable is not found, and a second name is an alias."""
    found = {one.dotted: one for one in walk("a_library", ("", "attribute", "work"))}
    assert set(found) == {"work.alive", "work.lazy", "attribute.only"}
    assert found["work.alive"].aliases == ("alive", "work.also_alive")


def test_the_import_path_leads_to_the_function(library):
    """A namespace that is no module is part of the attribute."""
    paths = {one.dotted: one.import_path for one in walk("a_library", ("attribute", "work"))}
    assert paths == {
        "attribute.only": "a_library:attribute.only",
        "work.alive": "a_library.work:alive",
        "work.lazy": "a_library.work:lazy",
    }


@pytest.mark.parametrize(
    ("root", "namespaces", "name", "aliases"),
    [
        ("skimage", ("measure", "morphology"), "measure.label", ("morphology.label",)),
        ("skimage", ("morphology", "segmentation"), "morphology.flood", ("segmentation.flood",)),
        ("numpy", ("",), "absolute", ("abs",)),
        ("numpy", ("",), "invert", ("bitwise_invert", "bitwise_not")),
    ],
)
def test_a_function_is_known_as_it_calls_itself_where_it_is_documented(root, namespaces, name, aliases):
    """Of several names the key is the function's own, in the namespace that defines it."""
    found = {one.dotted: one for one in walk(root, namespaces)}
    assert found[name].aliases == aliases
    assert not set(aliases) & set(found)


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package on disk: its root lists nothing, one namespace lists another, and one is private."""

    def write(name, text="", stub=None):
        folder = tmp_path.joinpath(*name.split("."))
        folder.mkdir(parents=True)
        (folder / "__init__.py").write_text(text)
        if stub is not None:
            (folder / "__init__.pyi").write_text(stub)

    lazy = (
        "def __getattr__(name):\n    if name == 'hidden':\n        from a_package.work import run\n        return run\n"
    )
    lazy += "    raise AttributeError(name)\n"
    write("a_package", "from a_package import work, _inner, other\n" + lazy, stub="from .work import run as hidden\n")
    write("a_package.work", "from a_package.work import nested, part\n__all__ = ['nested']\ndef run(): ...\n")
    write("a_package.work.nested")
    write("a_package.work.part")
    write("a_package.other", "import a_package.other.part\n")
    write("a_package.other.part")
    write("a_package._inner")
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path / "a_package"
    for name in [name for name in sys.modules if name.partition(".")[0] == "a_package"]:
        del sys.modules[name]


def test_namespaces_are_what_the_root_has_and_what_those_list(package):
    """Modules that a namespace is made of are no namespaces, nor is what begins with an underscore."""
    assert namespaces("a_package") == ("", "other", "work", "work.nested")


def test_a_namespace_that_cannot_be_imported_is_an_error(package):
    """Half a library would be a catalog that forgets the other half."""
    package.joinpath("__init__.py").write_text(
        "__all__ = ['work']\ndef __getattr__(name):\n    import no_such_library\n"
    )
    with pytest.raises(ImportError, match="no_such_library"):
        namespaces("a_package")


def test_what_only_a_stub_names_is_found(package):
    """A lazy package answers for what its stub imports, whether or not it says so."""
    found = {one.dotted: one.aliases for one in walk("a_package", namespaces("a_package"))}
    assert found == {"work.run": ("hidden",)}
