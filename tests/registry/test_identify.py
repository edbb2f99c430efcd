"""From a callable to its key."""

import functools
import subprocess
import sys

import numpy as np
import pytest
import scipy.ndimage
import skimage.filters
import skimage.measure
import skimage.morphology
import skimage.transform

from registry import resolver
from registry.errors import UnknownKeyError
from registry.identify import key_of


@pytest.mark.parametrize(
    ("function", "key"),
    [
        (skimage.filters.gaussian, "skimage:filters.gaussian"),
        (skimage.measure.label, "skimage:measure.label"),
        (skimage.morphology.disk, "skimage:morphology.disk"),
        (scipy.ndimage.label, "scipy:ndimage.label"),
        (np.greater, "numpy:greater"),
        (np.sum, "numpy:sum"),
        (np.abs, "numpy:absolute"),
    ],
)
def test_library_functions_are_known(function, key):
    """Functions, ufuncs and aliases give the key under which they are documented."""
    assert key_of(function) == key


def test_ours_know_their_key():
    """A decorated callable says its own key, whatever its options."""
    assert key_of(resolver.resolve("numpy:greater", dtype="uint8")) == "numpy:greater"


def test_the_object_decides_and_not_its_name():
    """A function that is called like a library's is another: the error names the one it is not."""

    def gaussian(image):
        return image

    with pytest.raises(UnknownKeyError, match=r"another object: skimage:filters\.gaussian") as caught:
        key_of(gaussian)
    assert "skimage:filters.gaussian" in caught.value.suggestions
    with pytest.raises(UnknownKeyError):
        key_of(functools.wraps(skimage.filters.gaussian)(gaussian))


@pytest.mark.parametrize("thing", [print, lambda: None, 3, "skimage:filters.gaussian", functools.partial(print)])
def test_anything_else_is_unknown(thing):
    """What the registry never saw has no key."""
    with pytest.raises(UnknownKeyError, match="no function of the registry"):
        key_of(thing)


def test_an_excluded_function_gives_its_reason(cle):
    """pyclesperanto's execute runs program text: it is known, and the error says why it is not offered."""
    with pytest.raises(UnknownKeyError, match="executes-code") as caught:
        key_of(cle.execute)
    assert caught.value.reason == "executes-code"


def test_searching_imports_no_other_library():
    """To find a NumPy function, nothing but NumPy's own catalog is opened, and scikit-image is not imported."""
    code = (
        "import sys, numpy, registry; key = registry.key_of(numpy.greater); "
        "print(key, 'skimage' in sys.modules, 'scipy' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["numpy:greater", "False", "False"]
