"""Looking up keys: exact, with suggestions, and without the libraries."""

import subprocess
import sys

import pytest

from registry.catalog import entries, exclusions, keys, lookup, shelf, shipped
from registry.errors import InvalidKeyError, SourceUnavailableError, UnknownKeyError
from registry.libraries import LIBRARIES, installed


def test_a_key_finds_its_entry():
    """The entry found has the key that was asked."""
    assert lookup("skimage:filters.gaussian").key == "skimage:filters.gaussian"


def test_an_alias_finds_the_entry_of_another_key():
    """The other name leads to the same entry, whose key says the first."""
    assert lookup("skimage:morphology.label").key == "skimage:measure.label"


@pytest.mark.parametrize(
    ("key", "suggestion"),
    [
        ("skimage:filters.gausian", "skimage:filters.gaussian"),
        ("skimage:gaussian", "skimage:filters.gaussian"),
        ("skimage:filters.Gaussian", "skimage:filters.gaussian"),
        ("scikit:filters.gaussian", "skimage:filters.gaussian"),
        ("pyclesperanto:gaussian_blurr", "pyclesperanto:gaussian_blur"),
    ],
)
def test_a_typo_is_answered_with_the_closest_key(key, suggestion):
    """What was meant comes first, and the message says it."""
    with pytest.raises(UnknownKeyError, match="did you mean") as caught:
        lookup(key)
    assert caught.value.suggestions[0] == suggestion
    assert caught.value.reason is None
    assert suggestion in str(caught.value)


def test_an_excluded_function_says_why():
    """What is left out on purpose is told apart from what does not exist."""
    with pytest.raises(UnknownKeyError, match="runs program text") as caught:
        lookup("pyclesperanto:execute")
    assert caught.value.reason == "executes-code"


@pytest.mark.parametrize("key", ["skimage:feature.ORB", "scipy:ndimage.generic_filter", "skimage:measure.ransac"])
def test_what_a_function_of_ones_own_can_use_says_so(key):
    """A class and a function that calls back have no words in a document, and need none in Python."""
    with pytest.raises(UnknownKeyError, match=r"a function of your own can use it, named by --functions FILE\.py$"):
        lookup(key)
    with pytest.raises(UnknownKeyError) as caught:
        lookup("pyclesperanto:execute")
    assert "of your own" not in str(caught.value)


@pytest.mark.parametrize("text", ["gaussian", "skimage:filters._gaussian"])
def test_what_is_no_key_is_refused_as_such(text):
    """A misspelled key is another error than an unknown one."""
    with pytest.raises(InvalidKeyError):
        lookup(text)


@pytest.fixture
def nothing_shipped(tmp_path, monkeypatch):
    """As if this package came without catalogs, and none was discovered here."""
    monkeypatch.setenv("PIPELINE_SCHEMA_CACHE", str(tmp_path))
    monkeypatch.setattr(shipped, "FOLDER", tmp_path)
    shipped.shipped_versions.cache_clear()
    shelf.forget()
    yield
    shipped.shipped_versions.cache_clear()
    shelf.forget()


@pytest.mark.parametrize("library", [name for name in ("cucim", "cupy", "cupyx") if installed(name) is None])
def test_a_library_that_was_never_seen_says_what_to_install(library, nothing_shipped):
    """A key of a library that is neither installed nor known is no typo: it is unavailable, with the remedy."""
    with pytest.raises(SourceUnavailableError, match="pip install") as caught:
        lookup(f"{library}:filters.sobel")
    assert caught.value.library == library
    assert list(entries()) == []


@pytest.mark.parametrize("key", ["cucim:filters.sobel", "cupy:greater", "cupyx:ndimage.gaussian_filter"])
def test_a_library_that_is_not_installed_is_known_all_the_same(key):
    """Functions that run on CUDA are looked up, and their typos answered, on a machine that has nothing of it."""
    assert lookup(key).key == key
    with pytest.raises(UnknownKeyError) as caught:
        lookup(f"{key}l")
    assert key in caught.value.suggestions


def test_entries_and_exclusions_never_overlap():
    """A name is a function or is left out, in every library, and sorted by key."""
    found = [entry.key for entry in entries()]
    named = set(found).union(*(entry.aliases for entry in entries()))
    assert not named & {exclusion.key for exclusion in exclusions()}
    assert len(found) == len(set(found)) > 1100
    assert list(keys()) == found
    for library in LIBRARIES:
        own = [key for key in found if key.startswith(f"{library}:")]
        assert own == sorted(own)


def test_looking_up_reads_one_entry(monkeypatch):
    """Of the thousand entries, that of the key alone is decoded; a wrong key costs none."""
    from registry.catalog import model

    read = []
    decode_entry = model._decode_entry
    monkeypatch.setattr(model, "_decode_entry", lambda key, stored: read.append(key) or decode_entry(key, stored))
    shelf.forget()
    assert lookup("skimage:morphology.label") is lookup("skimage:measure.label")
    assert read == ["skimage:measure.label"]
    with pytest.raises(UnknownKeyError):
        lookup("skimage:measure.labell")
    assert read == ["skimage:measure.label"]


def test_looking_up_imports_no_library():
    """A document is checked on a machine that has none of the image libraries."""
    code = (
        "import sys; from registry.catalog import lookup\n"
        "lookup('pyclesperanto:gaussian_blur'); lookup('skimage:measure.label'); lookup('numpy:greater')\n"
        "print(*{'numpy', 'skimage', 'scipy', 'numpydoc', 'packaging', 'pyclesperanto'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""
