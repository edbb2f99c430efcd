"""Which arguments of a call are data."""

import pytest

from registry.binding import Binding
from registry.entry import FunctionEntry, Parameter


def binding(*parameters, flow=None):
    """The binding of a function with these (name, kind, role)."""
    made = tuple(Parameter(name=name, kind=kind, role=role) for name, kind, role in parameters)
    return Binding(FunctionEntry(key="lab:f", import_path="lab:f", parameters=made, flow=flow))


WARP = binding(
    ("image", "positional_or_keyword", "data"),
    ("order", "positional_or_keyword", "param"),
    ("mask", "positional_or_keyword", "data"),
    ("weights", "keyword_only", "data"),
    flow="image",
)


def test_data_is_found_by_position_and_by_name():
    """However an array is passed, it is found under its parameter's name; what is no data is not."""
    assert list(WARP.data(("a", 1), {"mask": "m", "weights": "w", "other": 2})) == [
        ("image", "a"), ("mask", "m"), ("weights", "w")
    ]  # fmt: skip


def test_replacing_leaves_the_rest_and_the_original():
    """Only data is changed, and in new containers."""
    args, kwargs = ("a", 1), {"mask": "m", "other": 2}
    assert WARP.replaced(args, kwargs, lambda name, value: f"{name}={value}") == (
        ("image=a", 1), {"mask": "mask=m", "other": 2}
    )  # fmt: skip
    assert (args, kwargs) == (("a", 1), {"mask": "m", "other": 2})


@pytest.mark.parametrize(("args", "kwargs"), [(("a",), {}), ((), {"image": "a"}), ((), {"mask": 3, "image": "a"})])
def test_the_flow_is_found_however_it_is_passed(args, kwargs):
    """By position or by name, the flow parameter's value is the flow."""
    assert WARP.flow(args, kwargs) == "a"


def test_without_flow_the_first_data_stands_in():
    """Where the flow parameter is not bound, the first data argument is it; where there is none, None."""
    assert WARP.flow((), {"mask": "m"}) == "m"
    assert WARP.flow((), {}) is None


def test_any_number_of_arrays_is_data():
    """`*arrays` of role data takes every position, and the first of them is the flow."""
    star = binding(("n", "positional_or_keyword", "param"), ("arrays", "var_positional", "data"), flow="arrays")
    assert list(star.data((1, "a", "b"), {})) == [("arrays", "a"), ("arrays", "b")]
    assert star.flow((1, "a", "b"), {}) == "a"
    assert star.variadic
