"""A catalog and its text: readable, the catalog again when read, and no entry read that nobody asked for."""

import copy
import json
import threading

import msgspec
import pytest

from registry.catalog.model import Catalog, decode, encode
from registry.entry import Deprecation, Exclusion, FunctionEntry, Observed, Output, Parameter

CATALOG = Catalog(
    library="skimage",
    distribution="scikit-image",
    version="0.26.0",
    entries=(
        FunctionEntry(
            key="skimage:measure.label",
            import_path="skimage.measure:label",
            parameters=(
                Parameter(name="label_image", role="data", types=("array", "sequence"), required=True),
                Parameter(name="background", types=("int", "none")),
                Parameter(name="mode", types=("str",), choices=("a", "b"), default="a"),
                Parameter(name="spacing", default=[1, [2, {"$float": "inf"}]]),
            ),
            outputs=(Output(name="labels", kind="labels"),),
            kind="labels",
            flow="label_image",
            aliases=("skimage:morphology.label",),
        ),
    ),
    exclusions=(Exclusion(key="skimage:io.imread", reason="io"),),
)

# Of the two entries one can't be read.
TORN = encode(CATALOG).replace(b'"entries": {', b'"entries": {"skimage:measure.torn": {"parameters": 3},')


def test_a_catalog_survives_its_text():
    """Decoding what was encoded gives an equal catalog."""
    assert decode(encode(CATALOG)) == CATALOG


def test_the_text_is_a_fixed_point():
    """What was read is written as the same bytes, so that a difference is always a real one."""
    assert encode(decode(encode(CATALOG))) == encode(CATALOG)


def test_each_parameter_alias_and_exclusion_is_one_line():
    """A changed default shows as one changed line."""
    lines = encode(CATALOG).decode().splitlines()
    starts = [
        '{"name": "label_image"', '{"name": "spacing"', '{"name": "labels"', '{"key": "skimage:io.imread"',
        '"skimage:morphology.label": "skimage:measure.label"',
    ]  # fmt: skip
    for start in starts:
        assert sum(line.strip().startswith(start) for line in lines) == 1


def test_defaults_are_left_out_of_the_text():
    """What goes without saying is not said; it is plain JSON all the same."""
    plain = json.loads(encode(CATALOG))
    assert "exact" not in plain
    entry = plain["entries"]["skimage:measure.label"]
    assert entry["parameters"][1] == {"name": "background", "types": ["int", "none"]}
    assert not {"key", "deprecated", "observed", "extras"} & entry.keys()


@pytest.mark.parametrize("catalog", [CATALOG, decode(encode(CATALOG))], ids=["made", "read"])
def test_an_alias_finds_its_entry(catalog):
    """An entry is found by its key and by its other names, and by nothing else."""
    entry = catalog.get("skimage:measure.label")
    assert entry == CATALOG.entries[0]
    assert catalog.get("skimage:morphology.label") is entry
    assert catalog.get("skimage:label") is None
    assert "skimage:morphology.label" in catalog
    assert "skimage:label" not in catalog
    assert catalog.keys() == ("skimage:measure.label",)
    assert len(catalog) == 1


def test_only_what_is_asked_for_is_read():
    """A catalog with an entry that can't be read opens, lists it and gives the others; asking for it is the error."""
    catalog = decode(TORN)
    assert catalog.keys() == ("skimage:measure.torn", "skimage:measure.label")
    assert catalog.get("skimage:morphology.label") == CATALOG.entries[0]
    with pytest.raises(msgspec.ValidationError):
        catalog.get("skimage:measure.torn")
    with pytest.raises(msgspec.ValidationError):
        _ = catalog.entries


def test_an_entry_is_read_once():
    """All who ask at the same moment get the same object: what is kept by entry is found again."""
    for _ in range(50):
        catalog, found, together = decode(encode(CATALOG)), [], threading.Barrier(4)

        def ask(catalog=catalog, found=found, together=together):
            together.wait()
            found.append(catalog.get("skimage:measure.label"))

        threads = [threading.Thread(target=ask) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert {id(entry) for entry in found} == {id(catalog.entries[0])}


def test_the_key_is_what_the_index_says():
    """An entry can't pass for another function by naming a key of its own."""
    text = encode(CATALOG).replace(b'"import_path"', b'"key": "skimage:io.imread", "import_path"', 1)
    assert decode(text).get("skimage:measure.label").key == "skimage:measure.label"


def test_entries_and_exclusions_are_sorted():
    """In whatever order they were found, the text is the same."""
    keys = ["numpy:b", "numpy:a", "numpy:a.c"]
    facts = {"library": "numpy", "distribution": "numpy", "version": "2"}
    entries = [FunctionEntry(key=key, import_path="numpy:x") for key in keys]
    gone = [Exclusion(key=f"{key}x", reason="io") for key in keys]
    one = Catalog(**facts, entries=entries, exclusions=gone)
    other = Catalog(**facts, entries=reversed(entries), exclusions=reversed(gone))
    assert one == other
    assert one.keys() == tuple(sorted(keys))
    assert encode(one) == encode(other)


@pytest.mark.parametrize("catalog", [CATALOG, decode(encode(CATALOG))], ids=["made", "read"])
def test_a_changed_copy_leaves_the_original(catalog):
    """A fact is replaced in the copy alone, and entries come with it unless they are replaced too."""
    later = catalog.replace(version="0.27.0", exact=False)
    assert (later.version, later.exact, later.entries) == ("0.27.0", False, CATALOG.entries)
    assert (catalog.version, catalog.exact) == ("0.26.0", True)
    assert catalog == CATALOG != later
    empty = catalog.replace(entries=())
    assert (len(empty), empty.exclusions) == (0, CATALOG.exclusions)
    assert "skimage:morphology.label" not in empty
    with pytest.raises(TypeError):
        catalog.replace(color="red")


def test_nested_facts_survive_the_text():
    """What was observed and what is deprecated is written where it is known, and read again."""
    entry = msgspec.structs.replace(
        CATALOG.entries[0],
        observed=Observed(call={"sigma": {"$float": "inf"}}, results={"2d": "float64 (Y, X)"}, random=True),
        deprecated=Deprecation(renamed={"min": "low"}),
        extras={"a": [1, {}]},
    )
    catalog = CATALOG.replace(entries=(entry,))
    assert decode(encode(catalog)).entries == (entry,)
    assert encode(decode(encode(catalog))) == encode(catalog)
    assert list(json.loads(encode(catalog))["entries"]["skimage:measure.label"]["observed"]) == [
        "call", "results", "random",
    ]  # fmt: skip


def test_a_catalog_is_no_key():
    """Two catalogs are equal by what they hold, so they can't be hashed."""
    assert copy.copy(CATALOG) == CATALOG
    with pytest.raises(TypeError):
        hash(CATALOG)


def test_another_text_is_refused():
    """Text that is no catalog is an error, not an empty catalog."""
    with pytest.raises(msgspec.DecodeError):
        decode(b'{"entries": 3}')
    with pytest.raises(msgspec.DecodeError):
        decode(encode(CATALOG)[:-20])
