"""Decorators: they mark and register, and return the same function."""

import subprocess
import sys

import pytest

from registry.decorators import cupy_function, numpy_function, pyclesperanto_function
from registry.errors import ArgumentError
from registry.marking import mark_of
from registry.resolver import describe, keys, resolve

BOTH = """
import functools
import registry

@registry.numpy_function
def plain(image):
    \"\"\"Plain.\"\"\"
    return image

@registry.numpy_function(kind="labels", key="local:chosen.name")
def said(image):
    \"\"\"Said.\"\"\"
    return image

def other(function):
    @functools.wraps(function)
    def wrapper(*args):
        return function(*args)
    return wrapper
"""


def test_decorated_functions_are_registered_and_stay_what_they_are(make_module):
    """With and without arguments: the function is itself, has its key, and what was said is in its entry."""
    module = make_module("decmoda", BOTH)
    assert type(module.plain).__name__ == "function"
    assert resolve("local:decmoda.plain")(5) == module.plain(5) == 5
    assert describe("local:chosen.name").kind == "labels"
    assert mark_of(module.said).kind == "labels"


@pytest.mark.parametrize(
    ("decorator", "memory_type"),
    [(numpy_function, "numpy"), (cupy_function, "cupy"), (pyclesperanto_function, "pyclesperanto")],
)
def test_each_decorator_says_where_arrays_are(make_module, decorator, memory_type):
    """The library of arrays need not be installed for that."""
    module = make_module(f"decmodb_{memory_type}", "def f(image): ...")
    assert decorator(module.f) is module.f
    entry = describe(f"local:{module.__name__}.f")
    assert (entry.input_memory_type, entry.output_memory_type) == (memory_type, memory_type)


def test_a_function_inside_another_is_refused_where_it_stands():
    """At decoration, not when a worker can't find it."""
    with pytest.raises(ArgumentError, match="at the top of the module"):

        @numpy_function
        def inner(image):
            return image


def test_a_function_of_the_program_is_refused_where_it_stands(tmp_path):
    """A program says so at once, with what to do."""
    program = tmp_path / "program.py"
    program.write_text("import registry\n@registry.numpy_function\ndef f(image): ...\n")
    done = subprocess.run([sys.executable, program], capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "--functions my_functions.py" in done.stderr


def test_decorating_loads_no_array_library(tmp_path):
    """A module of functions imports what it imports itself."""
    (tmp_path / "lightmod.py").write_text("import registry\n@registry.numpy_function\ndef f(image): ...\n")
    code = "import sys, lightmod; print({'numpy', 'skimage', 'cupy', 'pydantic'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=tmp_path)
    assert done.stdout.strip() == "set()"


def test_a_decorator_above_is_found_out_when_it_is_resolved(make_module):
    """The module has the other's wrapper then, which a worker would call in its place."""
    make_module("decmodc", BOTH + "\n@other\n@registry.numpy_function\ndef hidden(image): ...\n")
    with pytest.raises(ArgumentError, match="let that one be the topmost"):
        resolve("local:decmodc.hidden")


def test_an_unknown_word_is_a_type_error(make_module):
    """As of any call with a keyword that is none."""
    with pytest.raises(TypeError, match="colour"):
        numpy_function(colour="red")


def test_in_a_plugin_a_decorator_marks_for_its_discovery(make_plugin):
    """A decorated function is found under the key and kind that were said."""
    text = """
        import registry

        @registry.numpy_function(kind="mask", key="decplug:renamed")
        def masked(image):
            \"\"\"Masked.\"\"\"
            return image
    """
    make_plugin("decplug", {"__init__": "", "part": text})
    assert keys(library="decplug") == ["decplug:renamed"]
    assert describe("decplug:renamed").kind == "mask"
    assert resolve("decplug:renamed")(4) == 4
