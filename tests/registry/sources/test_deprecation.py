"""Deprecations: read from decorators, directives and warnings, without a call."""

import functools
import warnings

import pytest

from registry.catalog import lookup
from registry.catalog.shipped import FOLDER, read_shipped
from registry.entry import Deprecation
from registry.generate.environments import shipped
from registry.sources.deprecation import read_deprecation


class _Marker:
    """A decorator that keeps its facts, as scikit-image's do."""

    def __init__(self, **facts):
        self.__dict__.update(facts)

    def __call__(self, function):
        @functools.wraps(function)
        def wrapper(*args, **kwargs):
            return function(self, *args, **kwargs)

        return wrapper


class _Default:
    def __repr__(self):
        return "<DEPRECATED>"


def directive(image, shift=_Default()):  # noqa: B008
    """Close.

    .. deprecated:: 1.2
        Removed in 1.4. Use `lib.work.other` instead, which gives different results.

    Parameters
    ----------
    image : array
    """


def about_a_value(axis):
    """Close.

    Parameters
    ----------
    axis : int
        .. deprecated:: 1.2
           None is.
    """


def warned(image):
    """Close."""
    warnings.warn("`warned` is deprecated since 3.1. Use `np.other` directly.", DeprecationWarning, stacklevel=2)


def sometimes(image):
    """Close."""
    if image is None:
        warnings.warn("None is deprecated. Use `other`.", DeprecationWarning, stacklevel=2)


def read(function):
    """What the reader says about a function of the library ``lib``."""
    return read_deprecation(function, library="mine", root="lib")


def test_a_directive_and_a_default_are_read():
    """Versions, the replacement as a key, that results differ, and parameters that go away."""
    assert read(directive) == Deprecation(
        since="1.2", removal="1.4", replacement="mine:work.other", renamed={"shift": ""}, differs=True
    )


def test_what_is_about_a_value_is_not_about_the_function():
    """A directive in a parameter's description, or a warning under a condition, deprecates no function."""
    assert read(about_a_value) is None
    assert read(sometimes) is None


def test_a_warning_before_all_else_is_read():
    """A function that always warns is deprecated."""
    assert read(warned) == Deprecation(since="3.1", replacement="mine:other")


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"deprecated_version": "1", "removed_version": "2", "hint": "Use `lib.a.b` instead. Note the shift."},
         Deprecation(since="1", removal="2", replacement="mine:a.b", differs=True)),
        ({"deprecated_name": "old", "new_name": "new", "start_version": "1", "stop_version": "2", "template": None},
         Deprecation(since="1", removal="2", renamed={"old": "new"})),
        ({"kwarg_mapping": {"seed": "rng"}, "deprecated_version": "1", "warning_msg": "It is removed in version 2."},
         Deprecation(since="1", removal="2", renamed={"seed": "rng"})),
        ({"arg_name": "old", "changed_version": "2", "help_msg": None}, Deprecation(removal="2", renamed={"old": ""})),
        ({"arg_name": "old", "changed_version": "2", "new_value": 3}, None),
    ],
)  # fmt: skip
def test_decorators_are_read_by_their_facts(facts, expected):
    """Whatever version of the decorator: what it knows is what it says."""

    def function(image):
        """Close."""

    assert read(_Marker(**facts)(function)) == expected


def test_several_decorators_are_merged():
    """Each renamed parameter is known."""

    def function(image):
        """Close."""

    inner = _Marker(deprecated_name="a", new_name="b", start_version="1", stop_version="2")(function)
    outer = _Marker(deprecated_name="c", new_name=None, start_version="1", stop_version="2")(inner)
    assert read(outer).renamed == {"a": "b", "c": ""}


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("skimage:morphology.binary_dilation",
         Deprecation(since="0.26", removal="0.28", replacement="skimage:morphology.dilation", differs=True)),
        ("skimage:morphology.remove_small_objects",
         Deprecation(since="0.26.0", removal="2.0.0", renamed={"min_size": "max_size"}, differs=True)),
        ("numpy:row_stack", Deprecation(replacement="numpy:vstack")),
        ("skimage:filters.gaussian", None),
    ],
)  # fmt: skip
def test_well_known_deprecations(key, expected):
    """What the libraries announce is what the catalogs say."""
    assert lookup(key).deprecated == expected


@pytest.mark.parametrize(("library", "version"), shipped())
def test_a_replacement_is_a_function_of_the_library(library, version):
    """Every replacement is a key that the same catalog has, and every new name a parameter of the function."""
    if not (FOLDER / f"{library}-{version}.json").exists():
        pytest.skip("not shipped")
    catalog = read_shipped(library, version)
    for entry in catalog.entries:
        if entry.deprecated is None:
            continue
        assert not entry.deprecated.replacement or entry.deprecated.replacement in catalog, entry.key
        assert all(new == "" or entry.parameter(new) for new in entry.deprecated.renamed.values()), entry.key
