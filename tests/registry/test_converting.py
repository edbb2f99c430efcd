"""The layer that makes annotated objects: around calls of functions that ask for them, and of no others."""

import enum

import pytest

from registry.converting import converting_layer
from registry.entry import FunctionEntry, Parameter
from registry.errors import ArgumentError


class Mode(enum.Enum):
    """A choice."""

    FAST = "fast"


def function(image, mode: Mode = Mode.FAST, *rest: Mode):
    """Give what came."""
    return image, mode, rest


ENTRY = FunctionEntry(
    key="lab:f",
    import_path="lab:f",
    parameters=(Parameter(name="image"), Parameter(name="mode"), Parameter(name="rest", kind="var_positional")),
)


def test_values_are_made_by_position_and_by_name():
    """What is more than the parameters passes as it is."""
    call = converting_layer(ENTRY, function)(lambda args, kwargs: function(*args, **kwargs))
    assert call(("fast", "fast", "fast"), {}) == ("fast", Mode.FAST, ("fast",))
    assert call((1,), {"mode": "fast"}) == (1, Mode.FAST, ())


def test_what_stands_for_nothing_names_key_and_parameter():
    """The error is ours, before the function is called."""
    call = converting_layer(ENTRY, function)(lambda args, kwargs: pytest.fail("was called"))
    with pytest.raises(ArgumentError, match="lab:f: parameter mode: 'slow' is none of 'fast'") as caught:
        call((1, "slow"), {})
    assert (caught.value.key, caught.value.parameter, caught.value.value) == ("lab:f", "mode", "slow")


def test_a_function_that_asks_for_nothing_has_no_layer():
    """Its calls cost what they cost."""

    def plain(image, size: int = 3): ...

    assert converting_layer(ENTRY, plain) is None
