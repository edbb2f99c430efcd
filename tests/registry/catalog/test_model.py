"""The text of a catalog: readable, and the catalog again when read."""

import json

import msgspec
import pytest

from registry.catalog.model import Catalog, decode, encode
from registry.entry import Exclusion, FunctionEntry, Output, Parameter

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


def test_a_catalog_survives_its_text():
    """Decoding what was encoded gives an equal catalog."""
    assert decode(encode(CATALOG)) == CATALOG


def test_the_text_is_a_fixed_point():
    """What was read is written as the same bytes, so that a difference is always a real one."""
    assert encode(decode(encode(CATALOG))) == encode(CATALOG)


def test_each_parameter_and_exclusion_is_one_line():
    """A changed default shows as one changed line."""
    lines = encode(CATALOG).decode().splitlines()
    for start in ('{"name": "label_image"', '{"name": "spacing"', '{"name": "labels"', '{"key": "skimage:io.imread"'):
        assert sum(line.strip().startswith(start) for line in lines) == 1


def test_defaults_are_left_out_of_the_text():
    """What goes without saying is not said; it is plain JSON all the same."""
    plain = json.loads(encode(CATALOG))
    assert "exact" not in plain
    assert plain["entries"][0]["parameters"][1] == {"name": "background", "types": ["int", "none"]}


def test_an_alias_finds_its_entry():
    """An entry is found by its key and by its other names, and by nothing else."""
    (entry,) = CATALOG.entries
    assert CATALOG.get("skimage:measure.label") is entry
    assert CATALOG.get("skimage:morphology.label") is entry
    assert CATALOG.get("skimage:label") is None


def test_another_text_is_refused():
    """Text that is no catalog is an error, not an empty catalog."""
    with pytest.raises(msgspec.DecodeError):
        decode(b'{"entries": 3}')
