"""Whether a function can be found again by its name."""

import functools
import math

import pytest

from registry.errors import ArgumentError
from registry.reachable import follow, require_name, require_reachable


def test_what_a_module_has_under_its_name_is_reachable():
    """Of Python or of C."""
    require_reachable(functools.wraps)
    require_reachable(math.sqrt)
    assert require_name(math.sqrt) == ("math", "sqrt")


def test_following_imports_nothing():
    """What was never imported can't have made the function."""
    assert follow("there_is_no_such_module", "f") is None
    assert follow("math", "pi") is None
    assert follow("math", "sqrt") is math.sqrt


def test_a_module_that_is_not_imported_is_told():
    """The function says a name that leads nowhere here."""

    def function(image): ...

    function.__module__, function.__qualname__ = "there_is_no_such_module", "function"
    with pytest.raises(ArgumentError, match="which is not imported"):
        require_reachable(function)
