"""Notes of calls as Python values."""

from __future__ import annotations

import math

from registry.evidence import Given, load_evidence, to_python


def test_values() -> None:
    """Each form of the document's notation becomes the value that it stands for."""
    assert to_python([1, [2, "a"], None]) == (1, (2, "a"), None)
    assert to_python({"$list": [1, [2]]}) == [1, (2,)]
    assert to_python({"a": [1]}) == {"a": (1,)}
    assert to_python({"$complex": [0, {"$float": "inf"}]}) == complex(0, math.inf)
    assert to_python({"$slice": [None, 3, 2]}) == slice(None, 3, 2)
    assert to_python({"$range": [0, 4, 1]}) == range(4)
    assert to_python({"$int": "99999999999999999999999"}) == 99999999999999999999999
    assert to_python({"$ellipsis": True}) is ...
    assert to_python({"$dict": [[1, "a"]]}) == {1: "a"}
    assert to_python({"$bytes": "ab"}) == b"ab"


def test_what_is_no_plain_value() -> None:
    """An array or a dtype is named and never judged, also inside a sequence."""
    assert to_python({"$given": "array uint8 2"}) == Given("array uint8 2")
    assert to_python({"$list": [{"$dtype": "uint8"}]}) == [Given("uint8")]


def test_a_library_without_evidence() -> None:
    """Nothing was collected where nothing could be run."""
    assert load_evidence("cupy") is None
    assert load_evidence("nolibrary") is None
