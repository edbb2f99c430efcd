"""The functions of a plugin: which are public, under which keys, and what happens when it can't be imported."""

import pytest

from registry import catalog
from registry.errors import SourceUnavailableError
from registry.loading import availability, ensure_catalog, import_raw
from registry.resolver import describe, key_of, keys, resolve
from registry.sources import discover

PART = """
from math import sqrt
def part(image):
    \"\"\"Part.\"\"\"
    return image
def _private(image): ...
class Shape: ...
"""


def test_public_functions_of_root_and_modules_below_are_entries(make_plugin):
    """Neither what is imported, private or a class, nor modules for the plugin's own developers."""
    root = "from .part import part\nfrom math import floor\ndef whole(image): ...\n"
    make_plugin("srcpa", {"__init__": root, "part": PART, "tests": "1 / 0", "_internal": "1 / 0"})
    assert [entry.key for entry in discover("srcpa").entries] == ["srcpa:part.part", "srcpa:whole"]


def test_what_all_lists_is_public_and_its_second_name_an_alias(make_plugin):
    """The name nearest to the root is the key."""
    make_plugin("srcpb", {"__init__": "from .part import part\n__all__ = ['part']\n", "part": PART})
    (entry,) = discover("srcpb").entries
    assert (entry.key, entry.aliases) == ("srcpb:part", ("srcpb:part.part",))
    assert resolve("srcpb:part.part")(3) == 3


def test_keys_of_a_plugin_are_listed_described_and_found(make_plugin):
    """As those of a library; the first that asks has it discovered."""
    make_plugin("srcpc", {"__init__": "", "part": PART})
    assert keys(library="srcpc") == ["srcpc:part.part"]
    assert describe("srcpc:part.part").summary == "Part."
    import srcpc.part

    assert key_of(srcpc.part.part) == "srcpc:part.part"


def test_a_plugin_that_can_not_be_imported_breaks_nothing_else(make_plugin):
    """It is known and unavailable, with its own error; all other keys are listed."""
    make_plugin("srcpd", {"__init__": "raise RuntimeError('no license')"})
    assert "numpy:add" in keys()
    with pytest.raises(SourceUnavailableError, match="RuntimeError: no license"):
        ensure_catalog("srcpd")
    with pytest.raises(SourceUnavailableError, match="no license"):
        resolve("srcpd:part")
    assert "no license" in availability("srcpd").message


def test_two_functions_that_ask_for_one_key_are_both_told(make_plugin):
    """The plugin is left out until one of them has another."""
    text = "import registry\n@registry.numpy_function(key='srcpe:same')\ndef f{0}(image): ...\n"
    make_plugin("srcpe", {"__init__": "", "one": text.format(1), "two": text.format(2)})
    with pytest.raises(SourceUnavailableError, match=r"srcpe\.one:f1 and by srcpe\.two:f2"):
        discover("srcpe")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no public function"),
        ("import registry\n@registry.numpy_function(key='numpy:mine')\ndef f(image): ...\n", "begin with srcpf"),
        ("__all__ = ['_f']\ndef _f(image): ...\n", "rename it"),
    ],
)
def test_what_can_be_no_entry_is_said(make_plugin, text, words):
    """With what to change."""
    make_plugin("srcpf", {"__init__": text})
    with pytest.raises(SourceUnavailableError, match=words):
        discover("srcpf")


def test_a_cached_catalog_serves_without_importing_and_an_edit_is_seen(make_plugin, monkeypatch):
    """The file in the cache is of these files' state: edited files are discovered anew."""
    from registry import loading, plugins

    package = make_plugin("srcpg", {"__init__": "", "part": PART})
    ensure_catalog("srcpg")
    assert catalog.load_catalog("srcpg").exact
    (package / "part.py").write_text(PART + "def added(image): ...\n")
    plugins.forget()
    catalog.shelf._load.cache_clear()
    with pytest.raises(SourceUnavailableError):
        catalog.load_catalog("srcpg")
    monkeypatch.setattr(loading, "_ensured", set())
    import importlib

    import srcpg.part

    importlib.reload(srcpg.part)
    assert keys(library="srcpg") == ["srcpg:part.added", "srcpg:part.part"]


def test_a_given_catalog_imports_nothing_outside_its_plugin(make_plugin):
    """A file of a user's that names os.system under a plugin's prefix makes nothing run."""
    from registry.catalog import Catalog
    from registry.entry import FunctionEntry

    make_plugin("srcph", {"__init__": "", "part": PART})
    entry = FunctionEntry(key="srcph:part.part", import_path="os:system")
    catalog.add_catalog(Catalog(library="srcph", distribution="x", version="1", entries=[entry]))
    try:
        with pytest.raises(SourceUnavailableError, match="leads to os"):
            import_raw(entry)
    finally:
        catalog.remove_catalog("srcph")


def test_a_plugin_may_resolve_functions_when_it_is_imported(make_plugin):
    """No lock is held meanwhile that another thread, which imports the same plugin, waits for."""
    import threading

    text = "import registry, time\ntime.sleep(0.05)\nadd = registry.resolve('numpy:add')\ndef f(image): return image\n"
    make_plugin("srcpi", {"__init__": "", "part": text})
    found = []
    threads = [threading.Thread(target=lambda: found.append(resolve("srcpi:part.f"))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=20)
    assert len(found) == 4
    assert len(set(map(id, found))) == 1
