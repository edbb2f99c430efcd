"""Links to documentation: each library's own page of a function."""

import re

import pytest

from registry.catalog import entries, lookup
from registry.documentation import documentation_url


@pytest.mark.parametrize(
    ("key", "version", "url"),
    [
        ("skimage:filters.gaussian", "0.25.2",
         "https://scikit-image.org/docs/0.25.x/api/skimage.filters.html#skimage.filters.gaussian"),
        ("skimage:filters.rank.mean", None,
         "https://scikit-image.org/docs/stable/api/skimage.filters.rank.html#skimage.filters.rank.mean"),
        ("scipy:ndimage.label", "1.17.1",
         "https://docs.scipy.org/doc/scipy-1.17.1/reference/generated/scipy.ndimage.label.html"),
        ("numpy:fft.fft", "2.4.6", "https://numpy.org/doc/2.4/reference/generated/numpy.fft.fft.html"),
        ("cupyx:ndimage.label", "14.2.0",
         "https://docs.cupy.dev/en/stable/reference/generated/cupyx.scipy.ndimage.label.html"),
        ("builtin:getitem", None, None),
    ],
)  # fmt: skip
def test_a_function_has_a_page(key, version, url):
    """The page is of the version that was asked for, where the library keeps them; builtin functions have none."""
    assert documentation_url(lookup(key), version) == url


def test_every_function_of_the_table_has_one():
    """No template leaves a gap unfilled."""
    urls = {entry.key: documentation_url(entry) for entry in entries()}
    assert {key.partition(":")[0] for key, url in urls.items() if url is None} <= {"builtin"}
    assert all(re.fullmatch(r"https://[\w./#-]+", url) for url in urls.values() if url)
