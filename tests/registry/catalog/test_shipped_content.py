"""What is shipped: as many functions as ever, and each under the same key in every version."""

from itertools import pairwise

import pytest

from registry.catalog.shipped import read_shipped, shipped_versions
from registry.generate.environments import shipped

# At least so many functions and left out callables: a discovery that loses some must not pass unseen.
COUNTS = {
    "builtin": (13, 0),
    "cucim": (272, 9),
    "cupy": (305, 130),
    "cupyx": (65, 5),
    "numpy": (320, 140),
    "pyclesperanto": (390, 40),
    "scipy": (68, 8),
    "skimage": (360, 96),
}


@pytest.mark.parametrize(("library", "version"), shipped())
def test_as_many_functions_as_ever(library, version):
    """The number of functions of a library does not drop unseen."""
    catalog = read_shipped(library, version)
    least, left_out = COUNTS[library]
    assert len(catalog) >= least
    assert len(catalog.exclusions) >= left_out


@pytest.mark.parametrize(("library", "version"), shipped())
def test_a_name_is_a_key_an_alias_or_left_out(library, version):
    """No name is two things at once, and no result is called what a reference can't say."""
    catalog = read_shipped(library, version)
    keys, aliases, excluded = set(catalog.keys()), set(catalog.aliases), set(catalog.excluded)
    assert len(keys | aliases | excluded) == len(keys) + len(aliases) + len(excluded)
    for entry in catalog.entries:
        names = [output.name for output in entry.outputs]
        assert len({*names}) == len(names), entry.key
        assert all(name.isidentifier() for name in names), entry.key


def test_documents_keep_their_keys_from_version_to_version():
    """A key of one version of scikit-image is no alias in the next: documents need not change."""
    catalogs = [read_shipped("skimage", version) for version in shipped_versions("skimage")]
    for older, newer in pairwise(catalogs):
        assert {key for key in older.keys() if key in newer.aliases} == set(), newer  # noqa: SIM118


@pytest.mark.parametrize("key", ["morphology.skeletonize_3d", "feature.plot_matches"])
def test_what_was_removed_is_known_of_older_versions(key):
    """A function, or what was left out, stays known in the catalogs of the versions that had it."""
    key = f"skimage:{key}"
    having = [
        version
        for version in shipped_versions("skimage")
        if key in (catalog := read_shipped("skimage", version)) or key in catalog.excluded
    ]
    assert having == ["0.22.0", "0.23.2", "0.24.0"]


def test_a_function_of_a_gpu_library_has_the_kind_of_its_model():
    """cuCIM follows scikit-image, and CuPy NumPy and SciPy: same flow of data, same kind of result."""
    pairs = {"cucim": "skimage", "cupy": "numpy", "cupyx": "scipy"}
    different = []
    for copy, model in pairs.items():
        models = read_shipped(model, shipped_versions(model)[-1])
        for entry in read_shipped(copy, shipped_versions(copy)[-1]).entries:
            other = models.get(f"{model}:{entry.name}")
            if other is not None and entry.kind != other.kind:
                different.append((entry.key, entry.kind, other.kind))
    assert different == []


# One result an axis: a tuple whose length the documentation can't name.
PER_AXIS = {
    "broadcast_arrays", "center_of_mass", "diag_indices", "diag_indices_from", "gradient", "ix_", "line_nd",
    "maximum_position", "meshgrid", "minimum_position", "nonzero", "rectangle", "rectangle_perimeter", "regular_grid",
    "shape", "unravel_index", "where",
}  # fmt: skip


def items(result):
    """What is in a tuple, written as trials do: ``(int32 (Y, X), int)`` has two; None if it is no tuple."""
    if not result.startswith("("):
        return None
    depth, count = 0, 1
    for character in result:
        depth += {"(": 1, ")": -1}.get(character, 0)
        count += character == "," and depth == 1
    return count


@pytest.mark.parametrize(("library", "version"), shipped())
def test_as_many_results_as_trials_saw(library, version):
    """A function that returns several results has a name for each: references use them."""
    wrong = []
    for entry in read_shipped(library, version).entries:
        for result in entry.observed.results.values() if entry.observed else ():
            seen = items(result)
            if seen is not None and seen != len(entry.outputs) and entry.name.rpartition(".")[2] not in PER_AXIS:
                wrong.append((entry.key, result))
            if seen is None and len(entry.outputs) > 1 and result != "timeout":
                wrong.append((entry.key, result))
    assert wrong == []
