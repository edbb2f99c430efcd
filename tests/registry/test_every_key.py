"""Every key whose library is here resolves, pickles as its name, and runs on an image that fits it.

An image that fits, and what else a function needs, is what its recipe says (`registry.trials`). Functions are called by
the callables that `resolve` gives, in processes that may die of them; the full facts are in the catalogs.
"""

import pickle

import pytest

from registry import libraries, opencl
from registry.resolver import keys, resolve
from registry.trials import run_trials
from registry.trials.recipes import recipes

MOST_BYTES = 200
REASONED = {key for key, recipe in recipes().items() if recipe.reason}

here = pytest.mark.parametrize(
    "library", [prefix for prefix in sorted(libraries.LIBRARIES) if libraries.missing(prefix) is None]
)


@pytest.fixture(autouse=True)
def _device(library):
    """pyclesperanto has functions where it finds a device."""
    if library == "pyclesperanto" and (found := opencl.status()).state != "ready":
        pytest.skip(f"{found.message}; {found.install}")


@here
def test_every_key_resolves_and_pickles_as_its_name(library):
    """In less than 200 bytes, which name it and give the same object back."""
    wrong = []
    for key in keys(library=library):
        function = resolve(key)
        pickled = pickle.dumps(function)
        if len(pickled) >= MOST_BYTES or key.encode() not in pickled or pickle.loads(pickled) is not function:
            wrong.append(key)
    assert wrong == []


@here
def test_every_key_runs_on_an_image_that_fits(library):
    """All that does not has a reason, written down beside its recipe."""
    seen = run_trials(library, quick=True, timeout=60.0, workers=2)
    assert list(seen) == sorted(keys(library=library))
    failed = {key: observed.failure for key, observed in seen.items() if observed.failure}
    assert {key: failure for key, failure in failed.items() if key not in REASONED} == {}


@here
def test_reasons_are_few_and_of_functions_that_are_there(library):
    """A reason is an exception: at most one function in a hundred has one."""
    reasoned = {key for key in REASONED if key.startswith(f"{library}:")}
    assert reasoned <= set(keys(library=library))
    assert len(reasoned) <= max(len(keys(library=library)) // 100, 1)
