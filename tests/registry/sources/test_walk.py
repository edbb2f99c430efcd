"""Walking namespaces: every public callable, each under one name."""

import sys
from types import ModuleType

import pytest

from registry.sources.walk import walk


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
