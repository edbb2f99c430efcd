"""Annotations as objects: text is evaluated where it can be, and one that can't spoils none of the others."""

import sys
from typing import TYPE_CHECKING, Annotated, Any

from registry.annotations.hints import arms, fields_of, hints_of, is_array, opened

if TYPE_CHECKING:
    import numpy as np


def test_text_that_can_not_be_evaluated_stays_beside_what_can():
    """A name that is imported for type checkers only is no reason to know nothing."""

    def f(image: "np.ndarray", size: "int | None", way: "Annotated[str, 3]" = ""): ...

    assert hints_of(f) == {"image": "np.ndarray", "size": int | None, "way": Annotated[str, 3]}


def test_a_class_has_the_hints_of_its_constructor():
    """It is called as a function is."""

    class Made:
        def __init__(self, size: "int") -> None: ...

    assert hints_of(Made)["size"] is int
    assert hints_of(type("Bare", (), {})) == {}


def test_wrappings_are_opened():
    """Annotated in Annotated, unions in unions."""
    assert opened(Annotated[Annotated[int, 1], 2]) == (int, (1, 2))
    assert arms(Annotated[int | None, 1] | str) == (int, type(None), str)
    assert arms(int) == (int,)


def test_arrays_of_any_library_are_known_by_name():
    """Also of one that is not installed: nothing is imported to ask."""
    assert is_array(type("ndarray", (), {"__module__": "cupy"}))
    assert not is_array(list[float])
    assert not is_array("np.ndarray")


def test_only_objects_with_known_fields_have_fields():
    """A plain class is none of them."""
    assert fields_of(int) is None
    assert fields_of(Any) is None
    assert "cupy" not in sys.modules
