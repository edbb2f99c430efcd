"""Finding functions."""

from __future__ import annotations

from pipeline_schema.tui.search import Finder
from registry.catalog import entries
from registry.entry import FunctionEntry

FINDER = Finder(entries())


def test_no_words_find_everything() -> None:
    """Without words all functions are there: the five libraries that the catalogs hold."""
    found = FINDER.find("  ")
    assert len(found) == len(FINDER) > 1000


def test_every_word_must_be_in_key_or_summary() -> None:
    """Words narrow: all of them are in the key or the summary, in any case and order."""
    found = FINDER.find("Skimage BLUR")
    assert found
    assert all("skimage" in e.key.lower() and "blur" in f"{e.key} {e.summary}".lower() for e in found)


def test_the_name_comes_before_the_description() -> None:
    """A function that is called so comes first, one that is only described so last."""
    keys = [entry.key for entry in FINDER.find("label")]
    names = [key.rpartition(":")[2].rpartition(".")[2] for key in keys]
    assert names[0] == names[1] == "label"
    first_described = next(at for at, key in enumerate(keys) if "label" not in key)
    assert all("label" not in key for key in keys[first_described:])


def test_nothing_is_read_as_a_pattern() -> None:
    """Signs that mean something elsewhere are letters here."""
    entry = FunctionEntry(key="lab:odd", import_path="lab:odd", summary="takes [bold] and (.*")
    assert Finder([entry]).find("[bold] (.*") == [entry]
    assert Finder([entry]).find(".*x") == []
