"""Reading the values of a document."""

from __future__ import annotations

import subprocess
import sys
import time
from typing import Any

import pytest

from pipeline_schema.problems import Problem
from pipeline_schema.values import Array, Call, DType, File, FunctionRef, Rng, parse

SHA256 = "0" * 64

GOOD: list[tuple[Any, Any]] = [
    (None, None),
    (True, True),
    (2, 2),
    (2.0, 2.0),
    (2**64 - 1, 2**64 - 1),
    ("a", "a"),
    ([1, [2.0, "b"]], (1, (2.0, "b"))),
    ({"a": {"b": [1]}}, {"a": {"b": (1,)}}),
    ({"$array": {"dtype": "uint16", "shape": [2], "data": [1, 256]}}, Array("uint16", (2,), b"\x01\x00\x00\x01")),
    ({"$array": {"dtype": "uint16", "shape": [2], "base64": "AQAAAQ=="}}, Array("uint16", (2,), b"\x01\x00\x00\x01")),
    ({"$array": {"dtype": "bool", "shape": [1, 2], "data": [[True, False]]}}, Array("bool", (1, 2), b"\x01\x00")),
    ({"$array": {"dtype": "float32", "shape": [], "data": 1}}, Array("float32", (), b"\x00\x00\x80?")),
    ({"$array": {"dtype": "complex64", "shape": [0, 3], "base64": ""}}, Array("complex64", (0, 3), b"")),
    ({"$array": {"dtype": "int8", "shape": [2, 0], "data": [[], []]}}, Array("int8", (2, 0), b"")),
    ({"$file": {"path": "flat/field.npy", "sha256": SHA256}}, File("flat/field.npy", SHA256)),
    ({"$dtype": "float32"}, DType("float32")),
    ({"$slice": [None, -1, 2]}, slice(None, -1, 2)),
    ({"$range": [0, 10, 3]}, range(0, 10, 3)),
    ({"$ellipsis": True}, ...),
    ({"$complex": [1, -0.5]}, 1 - 0.5j),
    ({"$complex": [{"$float": "inf"}, 0.0]}, complex("inf")),
    ({"$float": "-inf"}, float("-inf")),
    ({"$int": "-36893488147419103232"}, -(2**65)),
    ({"$bytes": "AP8="}, b"\x00\xff"),
    ({"$list": [1, [2]]}, [1, (2,)]),
    ({"$dict": [["$a", 1], [2, [3]], [None, 4]]}, {"$a": 1, 2: (3,), None: 4}),
    ({"$call": "skimage:morphology.disk", "params": {"radius": 3}}, Call("skimage:morphology.disk", {"radius": 3})),
    ({"$function": "numpy:mean"}, FunctionRef("numpy:mean")),
    ({"$rng": 42}, Rng(42)),
]

# Value, code, where in it.
BAD: list[tuple[Any, str, str]] = [
    ({"$arry": {}}, "schema-error", "/$arry"),
    ({"$length": [0.5, "um"]}, "schema-error", "/$length"),
    ({"$rng": 1, "$int": "1"}, "schema-error", ""),
    ({"$rng": 1, "params": {}}, "schema-error", "/params"),
    ({"$call": "a:b", "parms": {}}, "schema-error", "/parms"),
    ({"$call": "a:b", "params": []}, "schema-error", "/params"),
    ({"$call": "a:b", "params": {"$x": 1}}, "schema-error", "/params/$x"),
    ({"$call": 5}, "schema-error", "/$call"),
    ({"$function": None}, "schema-error", "/$function"),
    ([0, {"a": {"$float": "NaN"}}], "schema-error", "/1/a/$float"),
    ({"$float": 1.0}, "schema-error", "/$float"),
    ({"$int": 5}, "schema-error", "/$int"),
    ({"$int": "0x10"}, "schema-error", "/$int"),
    ({"$int": "1" * 5000}, "schema-error", "/$int"),
    ({"$int": "\u0663"}, "schema-error", "/$int"),
    ({"$dtype": "object"}, "schema-error", "/$dtype"),
    ({"$dtype": "float128"}, "schema-error", "/$dtype"),
    ({"$slice": [1, 2]}, "schema-error", "/$slice"),
    ({"$slice": [1, 2, 0]}, "schema-error", "/$slice"),
    ({"$slice": [1.0, 2, 1]}, "schema-error", "/$slice"),
    ({"$range": [0, None, 1]}, "schema-error", "/$range"),
    ({"$range": [0, 1, 0]}, "schema-error", "/$range"),
    ({"$ellipsis": 1}, "schema-error", "/$ellipsis"),
    ({"$complex": [1]}, "schema-error", "/$complex"),
    ({"$complex": [True, 1]}, "schema-error", "/$complex"),
    ({"$bytes": "AP8"}, "payload-error", "/$bytes"),
    ({"$bytes": "AP9="}, "payload-error", "/$bytes"),
    ({"$bytes": "A P 8 ="}, "payload-error", "/$bytes"),
    ({"$list": {}}, "schema-error", "/$list"),
    ({"$dict": {"a": 1}}, "schema-error", "/$dict"),
    ({"$dict": [["a"]]}, "schema-error", "/$dict/0"),
    ({"$dict": [[[1], 1]]}, "schema-error", "/$dict/0"),
    ({"$dict": [[1, "a"], [True, "b"]]}, "schema-error", "/$dict/1/0"),
    ({"$rng": -1}, "schema-error", "/$rng"),
    ({"$rng": True}, "schema-error", "/$rng"),
    ({"$array": [1]}, "schema-error", "/$array"),
    ({"$array": {"dtype": "uint8", "shape": [1]}}, "schema-error", "/$array"),
    ({"$array": {"dtype": "uint8", "shape": [1], "data": [1], "base64": "AQ=="}}, "schema-error", "/$array"),
    ({"$array": {"dtype": "uint8", "shape": [1], "dta": [1]}}, "schema-error", "/$array/dta"),
    ({"$array": {"dtype": "object", "shape": [1], "base64": "AQ=="}}, "schema-error", "/$array/dtype"),
    ({"$array": {"dtype": "uint8", "shape": [-1], "data": []}}, "schema-error", "/$array/shape"),
    ({"$array": {"dtype": "uint8", "shape": [1] * 33, "data": []}}, "schema-error", "/$array/shape"),
    ({"$array": {"dtype": "uint8", "shape": [2**40, 2**40], "base64": ""}}, "limit-exceeded", "/$array/shape"),
    ({"$array": {"dtype": "uint8", "shape": [0, 2**62], "base64": ""}}, "limit-exceeded", "/$array/shape"),
    ({"$array": {"dtype": "uint8", "shape": [2], "base64": "AQ=="}}, "payload-error", "/$array/base64"),
    ({"$array": {"dtype": "uint8", "shape": [1], "base64": "AQIDBA=="}}, "payload-error", "/$array/base64"),
    ({"$array": {"dtype": "bool", "shape": [1], "base64": "Ag=="}}, "payload-error", "/$array/base64"),
    ({"$array": {"dtype": "uint8", "shape": [1], "base64": 1}}, "schema-error", "/$array/base64"),
    ({"$array": {"dtype": "uint8", "shape": [2, 2], "data": [[1, 2], [3]]}}, "payload-error", "/$array/data"),
    ({"$array": {"dtype": "uint8", "shape": [2], "data": [1, 256]}}, "payload-error", "/$array/data"),
    ({"$array": {"dtype": "uint8", "shape": [1], "data": [1.0]}}, "payload-error", "/$array/data"),
    ({"$array": {"dtype": "uint8", "shape": [1], "data": [True]}}, "payload-error", "/$array/data"),
    ({"$array": {"dtype": "bool", "shape": [1], "data": [1]}}, "payload-error", "/$array/data"),
    ({"$array": {"dtype": "float16", "shape": [1], "data": [1e6]}}, "payload-error", "/$array/data"),
    ({"$array": {"dtype": "complex64", "shape": [1], "data": [1]}}, "payload-error", "/$array/data"),
    ({"$file": "flat.npy"}, "schema-error", "/$file"),
    ({"$file": {"path": "flat.npy"}}, "schema-error", "/$file"),
    ({"$file": {"path": "flat.npy", "sha256": "00"}}, "schema-error", "/$file/sha256"),
    *(
        ({"$file": {"path": path, "sha256": SHA256}}, "path-error", "/$file/path")
        for path in ("/a.npy", "../a.npy", "a/../../b.npy", "C:\\a.npy", "a\\b.npy", "//h/a.npy", "./a.npy", "a.txt")
    ),
    (float("nan"), "schema-error", ""),
    (2**64, "schema-error", ""),
    ([b"a"], "schema-error", "/0"),
    ({1: 2}, "schema-error", ""),
    ("a" * 65_537, "limit-exceeded", ""),
]


@pytest.mark.parametrize(("plain", "value"), GOOD)
def test_values_are_read(plain: Any, value: Any) -> None:
    """Each notation gives the one value it stands for, of the same type."""
    problems: list[Problem] = []
    found = parse(plain, problems)
    assert not problems
    assert found == value
    assert type(found) is type(value)


@pytest.mark.parametrize(("plain", "code", "where"), BAD)
def test_what_is_no_value_is_refused_in_its_place(plain: Any, code: str, where: str) -> None:
    """A wrong value gives one problem of the right code, that points at what is wrong in it."""
    problems: list[Problem] = []
    parse(plain, problems, ("steps", 3, "params", "p"), "s", "p")
    (problem,) = problems
    assert (problem.code, problem.pointer) == (code, "/steps/3/params/p" + where)
    assert (problem.step, problem.parameter) == ("s", "p")


def test_all_that_is_wrong_is_collected() -> None:
    """One bad value does not hide the next."""
    problems: list[Problem] = []
    parse([{"$rng": -1}, {"a": {"$flaot": "nan"}}, 2**70], problems)
    assert [problem.pointer for problem in problems] == ["/0/$rng", "/1/a/$flaot", "/2"]
    assert problems[1].suggestions == ("$float",)


def test_values_that_hold_themselves_end() -> None:
    """What no decoder makes, a plain list inside itself, is refused by its depth."""
    plain: list[Any] = []
    plain.append(plain)
    problems: list[Problem] = []
    parse(plain, problems)
    assert [problem.code for problem in problems] == ["limit-exceeded"]


def test_a_huge_shape_costs_nothing() -> None:
    """The size is computed and compared before anything is allocated."""
    started = time.process_time()
    problems: list[Problem] = []
    for shape in ([2**63 - 1] * 32, [10**9, 10**9]):
        parse({"$array": {"dtype": "complex128", "shape": shape, "base64": "AAAA"}}, problems)
        parse({"$array": {"dtype": "float64", "shape": shape, "data": [1.0]}}, problems)
    assert [problem.code for problem in problems] == ["limit-exceeded"] * 4
    assert time.process_time() - started < 0.5


def test_reading_values_imports_no_array_library() -> None:
    """Values are inert: NumPy is not needed to read an array."""
    code = (
        "import sys; from pipeline_schema.values import parse; "
        "parse({'$array': {'dtype': 'uint8', 'shape': [1], 'data': [1]}}, []); sys.exit('numpy' in sys.modules)"
    )
    assert subprocess.run([sys.executable, "-P", "-c", code], check=False).returncode == 0
