"""Entries: what a caller depends on makes the fingerprint, words do not."""

import msgspec
import pytest

from registry.entry import FunctionEntry, Output, Parameter

ENTRY = FunctionEntry(
    key="skimage:filters.gaussian",
    import_path="skimage.filters:gaussian",
    summary="Blur.",
    parameters=(
        Parameter(name="image", role="data", required=True),
        Parameter(name="sigma", types=("float", "sequence"), default=1.0, doc="Width."),
    ),
    outputs=(Output(name="filtered_image", kind="image"),),
    kind="image",
    flow="image",
)


def test_an_entry_knows_its_parts():
    """Library, name and parameters are found from the key and by name."""
    assert (ENTRY.library, ENTRY.name) == ("skimage", "filters.gaussian")
    assert ENTRY.parameter("sigma") is ENTRY.parameters[1]
    assert ENTRY.parameter("sigmas") is None
    assert not ENTRY.takes_any_keyword


def test_words_do_not_change_the_fingerprint():
    """Another summary, another documentation, another list of types: the same function for a caller."""
    sigma = msgspec.structs.replace(ENTRY.parameters[1], doc="Standard deviation.", types=("any",))
    other = msgspec.structs.replace(ENTRY, summary="Smooth.", parameters=(ENTRY.parameters[0], sigma))
    assert other.fingerprint == ENTRY.fingerprint


@pytest.mark.parametrize("change", [{"default": 2.0}, {"name": "sigmas"}, {"kind": "keyword_only"}])
def test_what_a_caller_depends_on_changes_the_fingerprint(change):
    """A default, a name or a way to pass a parameter: another function for a caller."""
    sigma = msgspec.structs.replace(ENTRY.parameters[1], **change)
    other = msgspec.structs.replace(ENTRY, parameters=(ENTRY.parameters[0], sigma))
    assert other.fingerprint != ENTRY.fingerprint


def test_an_entry_survives_json():
    """Written and read, an entry is equal and has the same fingerprint."""
    copy = msgspec.json.decode(msgspec.json.encode(ENTRY), type=FunctionEntry)
    assert copy == ENTRY
    assert copy.fingerprint == ENTRY.fingerprint
