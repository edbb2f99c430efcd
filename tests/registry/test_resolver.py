"""From a key to a callable: exact, closed, lazy, and the same object each time."""

import threading

import numpy as np
import pytest

from registry import libraries, resolver
from registry.errors import ArgumentError, InvalidKeyError, SourceUnavailableError, UnknownKeyError

IMAGE = np.random.default_rng(0).integers(0, 1000, (12, 12)).astype("uint16")


def test_a_key_and_options_give_one_object():
    """Resolved twice, from many threads or with options spelled out as their defaults: the same object."""
    found = []
    threads = [threading.Thread(target=lambda: found.append(resolver.resolve("scipy:ndimage.sobel"))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({id(function) for function in found}) == 1
    assert resolver.resolve("scipy:ndimage.sobel", dtype="native") == found[0]
    assert resolver.resolve("scipy:ndimage.sobel", dtype="preserve") != found[0]


def test_an_alias_gives_the_function_of_the_key():
    """morphology.label is measure.label: one function, under one key."""
    assert resolver.resolve("skimage:morphology.label") is resolver.resolve("skimage:measure.label")
    assert resolver.describe("skimage:morphology.label").key == "skimage:measure.label"


def test_a_typo_is_answered_with_the_closest_keys():
    """The error names what was meant."""
    with pytest.raises(UnknownKeyError, match="did you mean") as caught:
        resolver.resolve("skimage:filters.gausian")
    assert "skimage:filters.gaussian" in caught.value.suggestions


@pytest.mark.parametrize(
    "key", ["gaussian", "skimage:filters._gaussian", "os:system", "skimage:filters.gaussian.__globals__"]
)
def test_no_other_name_leads_to_an_object(key):
    """Neither private names nor paths outside of the table nor attributes of functions resolve."""
    with pytest.raises((InvalidKeyError, UnknownKeyError)):
        resolver.resolve(key)


def test_an_excluded_function_does_not_resolve():
    """Known, and refused with its reason."""
    with pytest.raises(UnknownKeyError) as caught:
        resolver.resolve("pyclesperanto:execute")
    assert caught.value.reason == "executes-code"


@pytest.mark.parametrize(
    ("options", "parameter", "said"),
    [
        ({"dtype": "uint7"}, "dtype", "uint7"),
        ({"scale": "log"}, "scale", "stretch"),
        ({"scale": "cast"}, "scale", "without option dtype"),
        ({"slice_by_slice": "YX"}, "slice_by_slice", "T, C, Z"),
        ({"memory": "cupy"}, "memory", "arrays of numpy"),
        ({"memory": "tape"}, "memory", "arrays of numpy"),
        ({"device": 0}, "device", "works on the CPU"),
        ({"on_oom": "perhaps"}, "on_oom", "retry"),
        ({"dtyp": "uint8"}, None, "options are memory, dtype"),
        ({"dtype": 3}, None, "options are memory, dtype"),
    ],
)
def test_wrong_options_are_refused(options, parameter, said):
    """An option that is unknown, wrong, or not honoured for this function is an error that says what holds."""
    with pytest.raises(ArgumentError, match=said) as caught:
        resolver.resolve("skimage:filters.gaussian", **options)
    assert caught.value.parameter == parameter
    assert "skimage:filters.gaussian" in str(caught.value)


def test_options_act_together():
    """Slice by slice and with the input's dtype: planes by themselves, rounded and saturated."""
    stack = np.stack([IMAGE, IMAGE * 50])
    both = resolver.resolve("skimage:filters.gaussian", slice_by_slice=True, dtype="preserve", scale="cast")
    done = both(stack, sigma=1, preserve_range=True)
    assert done.dtype == "uint16"
    raw = resolver.resolve("skimage:filters.gaussian")
    np.testing.assert_array_equal(done[1], np.rint(raw(stack[1], sigma=1, preserve_range=True)).astype("uint16"))


def test_keys_can_be_searched():
    """By a part, a glob, library, memory type and kind; sorted, and every one can be described."""
    every = resolver.keys()
    assert every == sorted(every)
    assert len(every) > 1000
    assert set(resolver.keys("GAUSS")) >= {"skimage:filters.gaussian", "pyclesperanto:gaussian_blur"}
    assert resolver.keys("numpy:great*") == ["numpy:greater", "numpy:greater_equal"]
    assert all(key.startswith("scipy:") for key in resolver.keys(library="scipy"))
    assert "skimage:measure.label" in resolver.keys(kind="labels")
    assert {resolver.describe(key).input_memory_type for key in resolver.keys(memory_type="pyclesperanto")} == {
        "pyclesperanto"
    }
    assert resolver.keys("no such thing") == []


def test_functions_by_memory_type_resolve_when_taken_out():
    """A mapping of all keys that resolves one function at a time."""
    functions = resolver.functions_by_memory_type("numpy")
    assert "skimage:filters.gaussian" in functions
    assert "pyclesperanto:gaussian_blur" not in functions
    assert functions["skimage:filters.gaussian"] is resolver.resolve("skimage:filters.gaussian")
    assert len(functions) == len(list(functions)) == len(resolver.keys(memory_type="numpy"))
    with pytest.raises(KeyError):
        functions["pyclesperanto:gaussian_blur"]
    with pytest.raises(ArgumentError, match="cupy, numpy, pyclesperanto"):
        resolver.functions_by_memory_type("tape")


def test_exclusions_have_reasons():
    """Every public callable that is no entry says why."""
    found = resolver.exclusions("pyclesperanto")
    assert "pyclesperanto:execute" in [exclusion.key for exclusion in found]
    assert all(exclusion.reason for exclusion in found)


def test_a_library_that_is_not_here_is_known_and_unavailable():
    """The row of cuCIM stands in the table; resolving says what to install."""
    if libraries.missing("cucim") is None:
        pytest.skip("installed here")
    with pytest.raises(SourceUnavailableError) as caught:
        resolver.resolve("cucim:filters.gaussian")
    assert "cuda12" in caught.value.install


def test_restoring_is_resolving():
    """What a pickle calls gives the function that resolve gives, axes included."""
    function = resolver.resolve("skimage:filters.gaussian", slice_by_slice="Z")
    assert resolver.restore("skimage:filters.gaussian", {"slice_by_slice": "Z"}) is function
    restore, facts = function.with_axes("ZYX").__reduce__()
    assert restore(*facts) is function.with_axes("ZYX") != function
