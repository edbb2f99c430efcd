"""Values arrive in the container that the library takes."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pipeline_schema.constants import prepare
from pipeline_schema.containers import contained
from pipeline_schema.values import DType
from registry.entry import FunctionEntry, Parameter


@pytest.mark.parametrize(
    ("facts", "value", "arrives"),
    [
        ({"types": ("sequence",)}, (1, (2, 3)), (1, (2, 3))),
        ({"types": ("sequence",), "container": "list"}, (1, (2, 3)), [1, [2, 3]]),
        ({"types": ("dtype",), "container": "list"}, (("x", "int32"),), [("x", "int32")]),
        ({"types": ("str", "dtype")}, "uint8", DType("uint8")),
        ({"types": ("str", "dtype")}, "dd->d", "dd->d"),
        ({"types": ("str", "dtype"), "choices": ("bool", "same")}, "bool", "bool"),
        ({"types": ("str",)}, "uint8", "uint8"),
        ({"types": ("str", "sequence")}, DType("uint8"), "uint8"),
        ({"types": ("str", "dtype")}, DType("uint8"), DType("uint8")),
        ({"types": ("rng", "int")}, 42, 42),
    ],
)
def test_values_arrive_as_the_library_wants_them(facts: dict[str, Any], value: Any, arrives: Any) -> None:
    """Tuples become lists where only lists are taken, names of dtypes dtypes and back, and nothing else changes."""
    result = contained(value, Parameter(name="p", **facts))
    assert result == arrives
    assert type(result) is type(arrives)


def test_a_constant_is_contained() -> None:
    """What a plan hands over is what the entry asks for, a list as a copy of its own at each call."""
    entry = FunctionEntry(
        key="mylab:f",
        import_path="mylab:f",
        parameters=(
            Parameter(name="items", types=("sequence",), container="list"),
            Parameter(name="dtype", types=("str", "dtype")),
        ),
    )
    items = prepare([1, 2], problems=[], at=(), parameter="items", entry=entry)
    assert items() == [1, 2]
    assert items() is not items()
    assert prepare("uint8", problems=[], at=(), parameter="dtype", entry=entry) == np.dtype("uint8")
