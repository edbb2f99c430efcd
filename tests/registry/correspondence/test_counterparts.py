"""Counterparts: the functions of other libraries that do the same, and the fate of each parameter."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from registry import catalog
from registry.correspondence import Counterpart, counterparts
from registry.entry import FunctionEntry, Parameter
from registry.errors import SourceUnavailableError, UnknownKeyError

GAUSSIAN = "skimage:filters.gaussian"


def _found(key: str) -> dict[str, Counterpart]:
    return {other.key: other for other in counterparts(key)}


def _needs(library: str) -> None:
    try:
        catalog.load_catalog(library)
    except SourceUnavailableError:
        pytest.skip(f"no catalog of {library} is shipped")


@pytest.fixture
def plugin() -> Iterator[str]:
    """A plugin with a function that is called and used like one of scikit-image."""
    parameters = (
        Parameter(name="picture", role="data", types=("array",), required=True),
        Parameter(name="sigma", types=("float",), default=1.0),
        Parameter(name="speed", types=("float",), default=1.0),
    )
    entry = FunctionEntry(
        key="ourlab:blur.gaussian", import_path="ourlab:gaussian", kind="image", flow="picture", parameters=parameters
    )
    catalog.add_catalog(catalog.Catalog(library="ourlab", distribution="ourlab", version="1", entries=[entry]))
    yield entry.key
    catalog.remove_catalog("ourlab")


def test_a_renamed_and_split_parameter() -> None:
    """A parameter that the other function has by axis leads to all of them; one that it lacks leads nowhere."""
    other = _found(GAUSSIAN)["pyclesperanto:gaussian_blur"]
    assert other.basis == "table"
    assert other.parameters["image"] == ("input_image",)
    assert other.parameters["sigma"] == ("sigma_x", "sigma_y", "sigma_z")
    assert other.parameters["truncate"] == ()
    assert "sigma_x" not in other.only_there


def test_every_parameter_is_accounted_for() -> None:
    """Each parameter here has its place, each there is one of those places or only there."""
    entry, other = catalog.lookup(GAUSSIAN), _found(GAUSSIAN)["scipy:ndimage.gaussian_filter"]
    assert set(other.parameters) == {p.name for p in entry.parameters if p.role != "output"}
    there = {p.name for p in catalog.lookup(other.key).parameters if p.role != "output"}
    assert {name for names in other.parameters.values() for name in names} | set(other.only_there) == there


def test_they_are_symmetrical() -> None:
    """Who is a counterpart of a function has that function as a counterpart, and parameters lead back."""
    for key in catalog.keys("scipy"):
        for other in counterparts(key):
            back = _found(other.key)[key]
            for ours, theirs in other.parameters.items():
                assert all(ours in back.parameters[name] for name in theirs), (key, other.key, ours)


def test_a_note_says_whose_peculiarity_it_is() -> None:
    """What to know about results names the function that it is about."""
    assert f"{GAUSSIAN} gives floats between 0 and 1" in _found(GAUSSIAN)["scipy:ndimage.gaussian_filter"].note


def test_functions_that_share_no_more_than_a_name_are_none() -> None:
    """The median of labelled areas is no median filter."""
    assert "scipy:ndimage.median" not in _found("skimage:filters.median")
    assert not {"numpy:remainder", "pyclesperanto:modulo_images"} <= {*_found("numpy:fmod"), *_found("numpy:remainder")}


@pytest.mark.parametrize(
    ("key", "mirror"),
    [
        (GAUSSIAN, "cucim:filters.gaussian"),
        ("scipy:ndimage.gaussian_filter", "cupyx:ndimage.gaussian_filter"),
        ("numpy:add", "cupy:add"),
    ],
)
def test_a_mirror_has_the_same_names(key: str, mirror: str) -> None:
    """A library that mirrors another has the function under its name, and is told with what the mirrored one is."""
    _needs(mirror.partition(":")[0])
    other = _found(key)[mirror]
    assert other.basis == "name"
    assert all(theirs in ((ours,), ()) for ours, theirs in other.parameters.items())
    back = _found(mirror)
    assert back[key].basis == "name"
    tabled = {other.key for other in _found(key).values() if other.basis == "table"}
    assert tabled <= back.keys()


def test_what_a_mirror_renamed_is_found() -> None:
    """A parameter that CuPy spells differently leads to NumPy's, and back, and on to other libraries."""
    _needs("cupy")
    assert _found("cupy:reshape")["numpy:reshape"].parameters["newshape"] == ("shape",)
    assert _found("numpy:reshape")["cupy:reshape"].parameters["shape"] == ("newshape",)
    assert _found("cupy:arange")["pyclesperanto:arange"].parameters["start"] == ("start",)


def test_a_plugin_with_the_same_signature(plugin: str) -> None:
    """A function of a plugin that is named and used alike is found by its signature."""
    other = _found(GAUSSIAN)[plugin]
    assert other.basis == "signature"
    assert (other.parameters["image"], other.parameters["sigma"]) == (("picture",), ("sigma",))
    assert other.only_there == ("speed",)


def test_an_alias_is_asked_for_like_its_function() -> None:
    """Another name of a function has its counterparts."""
    assert counterparts("skimage:morphology.label") == counterparts("skimage:measure.label") != ()


def test_an_unknown_function_has_none() -> None:
    """Asking for what does not exist is an error, not an empty answer."""
    with pytest.raises(UnknownKeyError):
        counterparts("skimage:filters.gausian")
