"""Whether a parameter takes a value: types, choices, defaults, fields."""

from __future__ import annotations

from typing import Any

import pytest

from registry.entry import Parameter
from registry.types.judging import find_fields, takes


def choice(*choices: Any, types: tuple[str, ...] = ("str",)) -> Parameter:
    return Parameter(name="p", types=types, choices=choices, required=True)


@pytest.mark.parametrize(
    ("parameter", "value", "taken"),
    [
        (choice("otsu", "li"), "otsu", True),
        (choice("otsu", "li"), "ostu", False),
        (choice("otsu", "li"), "OTSU", False),
        (Parameter(name="p", types=("str", "dtype")), "float32", True),
        (Parameter(name="p", types=("str", "dtype")), ">f4", True),
        (Parameter(name="p", types=("str", "dtype")), "np.float32", False),
        (Parameter(name="p", types=("str",)), "np.float32", True),
        (choice("a.b", types=("str", "dtype")), "a.b", True),
        (choice("otsu", "li", types=("str", "float")), 0.5, True),
        (choice("otsu", "li", types=("str", "none")), None, True),
        (choice("otsu"), None, False),
        (choice("C", "F"), "c", True),
        (choice("BayesShrink"), "bayesshrink", True),
        (choice("C", "F"), "k", False),
        (choice(1, 2, types=("int",)), 1, True),
        (choice(1, 2, types=("int",)), 1.0, True),
        (choice(1, 2, types=("int",)), 3, False),
        (choice(1, 2, types=("int",)), 3.0, False),
        (choice(1, 2, types=("int",)), True, False),
        (choice(0, 2, types=("int", "float")), 0.5, True),
        (choice("same", types=("str", "dtype")), "uint8", True),
    ],
)
def test_choices_close_their_own_type(parameter: Parameter, value: Any, taken: bool) -> None:
    """A closed list refuses other values of its type and none of another; libraries that use capitals fold case."""
    assert takes(parameter, value) is taken


def test_the_default_is_taken_whatever_its_type() -> None:
    """Libraries give defaults that their documentation does not list; stating one is no mistake."""
    assert takes(Parameter(name="p", types=("float",), default="auto"), "auto")
    assert takes(Parameter(name="p", types=("float",), default=[1, 2]), (1, 2)) is False
    assert not takes(Parameter(name="p", types=("float",), default="auto"), "automatic")
    assert not takes(Parameter(name="p", types=("str",), default=1), True)


OPTIONS = Parameter(
    name="options",
    types=("dict",),
    required=True,
    fields=(
        Parameter(name="size", types=("int",), required=True),
        Parameter(
            name="inner", types=("dict",), default={}, fields=(Parameter(name="on", types=("bool",), default=True),)
        ),
    ),
)


@pytest.mark.parametrize(
    ("value", "paths"),
    [
        ({"size": 1}, []),
        ({"size": 1, "inner": {"on": False}}, []),
        ({"size": "x"}, ["options.size"]),
        ({}, ["options.size"]),
        ({"size": 1, "sise": 2}, ["options.sise"]),
        ({"size": 1, "inner": {"on": "yes"}}, ["options.inner.on"]),
    ],
)
def test_fields_are_found_by_their_path(value: Any, paths: list[str]) -> None:
    """A wrong, unknown or missing field of an object is named, however deep."""
    assert [path for path, _, _ in find_fields(OPTIONS, value)] == paths
