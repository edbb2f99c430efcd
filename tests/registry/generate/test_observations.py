"""What trials found becomes part of entries."""

from registry.catalog import Catalog
from registry.entry import FunctionEntry, Observed, Parameter
from registry.generate.observations import observed_in, with_observed


def observe(entry, observed):
    """The entry after its trial."""
    catalog = Catalog(library="a", distribution="a", version="1", entries=(entry,))
    return with_observed(catalog, {entry.key: observed, "a:other": Observed()}).entries[0]


def test_observations_are_recorded_and_read_back():
    """What is put in for a key comes out for it; keys that are no entries are passed over."""
    seen = Observed(images=("2d",))
    catalog = Catalog(
        library="a", distribution="a", version="1", entries=(FunctionEntry(key="a:f", import_path="a:f"),)
    )
    assert observed_in(with_observed(catalog, {"a:f": seen, "a:gone": seen})) == {"a:f": seen}
    assert observed_in(None) == {}


def test_a_function_that_writes_into_its_input_mutates():
    """The trait that makes a run copy an input follows from the trial."""
    entry = FunctionEntry(key="a:f", import_path="a:f", traits=("callback",))
    assert observe(entry, Observed(mutates=("image",))).traits == ("callback", "mutates")


def test_two_results_without_a_seed_are_hidden_state():
    """With a seed to give it is randomness, which is another trait and read from the parameters."""
    plain = FunctionEntry(key="a:f", import_path="a:f")
    seeded = FunctionEntry(key="a:f", import_path="a:f", parameters=(Parameter(name="rng"),), traits=("random",))
    assert observe(plain, Observed(random=True)).traits == ("stateful",)
    assert observe(seeded, Observed(random=True)).traits == ("random",)
