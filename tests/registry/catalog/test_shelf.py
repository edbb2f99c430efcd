"""Which catalog answers: one that was given, one that was chosen, the installed version's, else the nearest."""

import contextvars
import subprocess
import sys

import pytest

from registry import libraries
from registry.catalog import (
    add_catalog,
    entries,
    keys,
    load_catalog,
    lookup,
    remove_catalog,
    shelf,
    shipped,
    shipped_versions,
    use_version,
    using,
)
from registry.catalog.model import Catalog, encode
from registry.entry import FunctionEntry
from registry.errors import DuplicateKeyError, SourceUnavailableError, UnknownKeyError

NUCLEI = FunctionEntry(key="mylab:nuclei", import_path="mylab:nuclei")


def _mylab(*given, version="1.2"):
    return Catalog(library="mylab", distribution="mylab-tools", version=version, entries=given or (NUCLEI,))


@pytest.fixture(autouse=True)
def clean():
    """No test leaves a library behind, or a choice."""
    yield
    remove_catalog("mylab")
    shelf._chosen.set({})


@pytest.fixture
def versions(tmp_path, monkeypatch):
    """Two shipped versions of a library of the table, the older without one function."""
    label, sum_ = (
        FunctionEntry(key=f"cupyx:ndimage.{name}", import_path=f"cupyx.scipy.ndimage:{name}")
        for name in ("label", "sum")
    )
    for version, given in (("13.0.0", (label,)), ("14.2.0", (label, sum_))):
        catalog = Catalog(library="cupyx", distribution="cupy", version=version, entries=given)
        (tmp_path / f"cupyx-{version}.json").write_bytes(encode(catalog))

    def forget():
        shelf.forget()
        for cached in (shipped_versions, shipped._names):
            cached.cache_clear()

    monkeypatch.setattr(shipped, "FOLDER", tmp_path)
    forget()
    yield ("13.0.0", "14.2.0")
    forget()


def test_an_added_catalog_is_known_to_this_process_alone():
    """Its keys are looked up, listed and suggested as any others, until it is taken away; others don't see them."""
    add_catalog(_mylab())
    assert lookup("mylab:nuclei") is NUCLEI
    assert list(entries("mylab")) == [NUCLEI]
    assert "mylab:nuclei" in set(keys())
    with pytest.raises(UnknownKeyError) as caught:
        lookup("mylab:nucleii")
    assert caught.value.suggestions == ("mylab:nuclei",)
    code = "from registry.libraries import prefixes; print('mylab' in prefixes())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
    remove_catalog("mylab")
    with pytest.raises(UnknownKeyError, match="no library 'mylab'"):
        lookup("mylab:nuclei")
    remove_catalog("mylab")


def test_its_library_can_be_asked_what_to_install():
    """A plugin of which only the catalog is here is missing, by the name of its distribution."""
    add_catalog(_mylab())
    lacking = libraries.missing("mylab")
    assert lacking is not None
    assert "mylab-tools" in lacking.install


def test_a_later_catalog_replaces_an_earlier_one():
    """Registering one more function is adding the catalog that has them all."""
    add_catalog(_mylab())
    cells = FunctionEntry(key="mylab:cells", import_path="mylab:cells")
    add_catalog(_mylab(cells))
    assert list(keys("mylab")) == ["mylab:cells"]


def test_an_added_catalog_stands_in_for_another_version():
    """Asked for another version than it is of, it answers, and says that it is not exact."""
    add_catalog(_mylab())
    assert load_catalog("mylab", "1.2").exact
    assert not load_catalog("mylab", "2.0").exact
    assert load_catalog("mylab", "2.0").get("mylab:nuclei") is NUCLEI


@pytest.mark.parametrize("library", sorted(libraries.LIBRARIES))
def test_the_table_is_closed(library):
    """No catalog takes the place of a library of the table: a key would mean something else on this machine."""
    catalog = Catalog(library=library, distribution="mylab-tools", version="1.2", entries=(NUCLEI,))
    with pytest.raises(DuplicateKeyError, match=r"mylab-tools 1\.2") as caught:
        add_catalog(catalog)
    assert caught.value.first == libraries.LIBRARIES[library].distributions[0]


def test_a_chosen_version_stands_for_what_is_installed(versions):
    """From the choice on, keys are those of that version, and what only another has says which."""
    assert lookup("cupyx:ndimage.sum").name == "ndimage.sum"
    with use_version("cupyx", "13.0.0"):
        assert load_catalog("cupyx").version == "13.0.0"
        with pytest.raises(UnknownKeyError, match=r"no function .* in cupy 13\.0\.0; 14\.2\.0 has it") as caught:
            lookup("cupyx:ndimage.sum")
        assert caught.value.versions == ("14.2.0",)
    assert load_catalog("cupyx").version == "14.2.0"
    use_version("cupyx", "13.0.0")
    assert load_catalog("cupyx").version == "13.0.0"
    assert load_catalog("cupyx", "14.2.0").version == "14.2.0"


def test_choices_end_with_their_block(versions):
    """Of several libraries at once, also where the block fails; one inside another wins while it lasts."""
    with using({"cupyx": "13.0.0"}):
        with using({"cupyx": "14.2.0"}):
            assert load_catalog("cupyx").version == "14.2.0"
        assert load_catalog("cupyx").version == "13.0.0"
    assert load_catalog("cupyx").version == "14.2.0"
    with pytest.raises(SourceUnavailableError), using({"cupyx": "13.0.0", "numpy": "0.1"}):
        pass
    assert load_catalog("cupyx").version == "14.2.0"


def test_a_choice_is_of_one_context(versions):
    """Two documents that are checked against two versions at once don't disturb each other."""
    other = contextvars.copy_context()
    other.run(use_version, "cupyx", "13.0.0")
    assert load_catalog("cupyx").version == "14.2.0"
    assert other.run(load_catalog, "cupyx").version == "13.0.0"


def test_a_version_without_a_catalog_cannot_be_chosen(versions):
    """The nearest would be another version than the one that was asked for; those that are known are said."""
    with pytest.raises(SourceUnavailableError, match=r"no catalog of cupyx 13\.5 is here; known .* 13\.0\.0, 14\.2\.0"):
        use_version("cupyx", "13.5")
    with pytest.raises(UnknownKeyError):
        use_version("cupix", "13.5")


def test_an_unknown_library_is_no_catalog():
    """A prefix that is in no row is an error with the closest prefix."""
    with pytest.raises(UnknownKeyError) as caught:
        load_catalog("skimag")
    assert caught.value.suggestions == ("skimage",)


def test_another_version_is_not_exact():
    """The nearest version stands in, and says so."""
    catalog = load_catalog("skimage", "0.1")
    assert not catalog.exact
    assert catalog.get("skimage:filters.gaussian") is not None
