"""A user's file of functions: run once, hashed as it was run, its mistakes told with file and line."""

import hashlib
import sys

import numpy as np
import pytest

from registry.errors import ArgumentError, DuplicateKeyError, InvalidKeyError, SourceUnavailableError, UnknownKeyError
from registry.local import load_functions
from registry.resolver import describe, resolve

FUNCTIONS = """
from __future__ import annotations
from dataclasses import dataclass
from enum import Enum
import numpy as np

class Way(Enum):
    UP = "up"

@dataclass
class Amount:
    factor: float = 2.0
    way: Way = Way.UP

def scale(image: np.ndarray, amount: Amount = Amount()) -> np.ndarray:
    \"\"\"Scale it.\"\"\"
    assert isinstance(amount.way, Way)
    return image * amount.factor

def _private(image): ...
"""


@pytest.fixture
def make_file(site):
    """Writes a file of functions."""

    def make(name, text, folder=""):
        path = site / folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        return path

    return make


def test_public_functions_of_a_file_have_keys(make_file):
    """The file's stem and their names; what is imported or has an underscore is no function of the file."""
    path = make_file("localone.py", FUNCTIONS)
    loaded = load_functions(path)
    assert loaded.keys == ("local:localone.scale",)
    assert (loaded.stem, loaded.path) == ("localone", str(path.resolve()))
    assert loaded.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert describe("local:localone.scale").summary == "Scale it."


def test_annotated_objects_are_made_of_plain_values(make_file):
    """A dataclass with an Enum in it arrives as that, from a document's object."""
    load_functions(make_file("localtwo.py", FUNCTIONS))
    scale = resolve("local:localtwo.scale")
    assert scale(np.ones(1), {"factor": 5, "way": "up"})[0] == 5
    with pytest.raises(ArgumentError, match="field 'way': 'down' is none of 'up'"):
        scale(np.ones(1), amount={"way": "down"})


def test_what_all_lists_is_public(make_file):
    """A helper of the file stays private without an underscore."""
    path = make_file("localthree.py", "__all__ = ['f']\ndef f(image): ...\ndef g(image): ...\n")
    assert load_functions(path).keys == ("local:localthree.f",)


def test_a_file_is_run_once(make_file, site):
    """Loading it again gives what was loaded; neither its folder nor a compiled copy is left behind."""
    noisy = "from pathlib import Path\nwith Path(__file__).with_name('log').open('a') as log:\n    log.write('x')\n"
    path = make_file("localfour.py", noisy + "def f(image): ...\n", "apart")
    assert load_functions(path) is load_functions(str(path))
    assert (path.parent / "log").read_text() == "x"
    assert str(path.parent) not in sys.path
    assert sorted(entry.name for entry in path.parent.iterdir()) == ["localfour.py", "log"]


def test_an_edited_file_is_run_anew(make_file):
    """Its functions take the place of the former ones; those that it has no more are unknown."""
    path = make_file("localfive.py", "def f(image): return 1\ndef g(image): ...\n")
    first = load_functions(path)
    assert resolve("local:localfive.f")(0) == 1
    path.write_text("def f(image): return 2\n")
    assert load_functions(path).sha256 != first.sha256
    assert resolve("local:localfive.f")(0) == 2
    with pytest.raises(UnknownKeyError):
        resolve("local:localfive.g")


def test_an_edit_that_fails_leaves_what_was(make_file):
    """A session with a working file goes on working while it is edited."""
    path = make_file("localsix.py", "def f(image): return 1\n")
    load_functions(path)
    path.write_text("def f(image): return 2\n1 / 0\n")
    with pytest.raises(SourceUnavailableError):
        load_functions(path)
    assert resolve("local:localsix.f")(0) == 1


def test_two_files_of_one_name_collide(make_file):
    """Both are shown."""
    load_functions(make_file("localseven.py", "def f(image): ...\n"))
    with pytest.raises(DuplicateKeyError) as caught:
        load_functions(make_file("localseven.py", "def f(image): ...\n", "second"))
    assert "localseven.py, line 1" in caught.value.first
    assert "second" in caught.value.second


@pytest.mark.parametrize(
    ("name", "better"),
    [("my-functions.py", "my_functions.py"), ("_mine.py", "mine.py"), ("3d.py", "f3d.py"), ("f.txt", "f.py")],
)
def test_a_name_that_keys_can_not_have_is_refused_with_a_better_one(make_file, name, better):
    """Before the file is run."""
    with pytest.raises(InvalidKeyError, match=better):
        load_functions(make_file(name, "raise SystemExit(3)"))


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("x = 1\n1 / 0\n", 2, "ZeroDivisionError: division by zero"),
        ("x = 1\n\ndef f(:\n", 3, "SyntaxError"),
        ("import there_is_no_such_module\n", 1, "ModuleNotFoundError"),
        ("import sys\nsys.exit(4)\n", 2, "SystemExit: 4"),
        ("x = 1\n", None, "no public function"),
        ("import registry\n\n@registry.numpy_function(kind='picture')\ndef f(image): ...\n", 3, "picture"),
    ],
)
def test_a_mistake_in_the_file_is_told_with_its_place(make_file, text, line, words):
    """A typed error with file and line, whatever the file does, and nothing of it stays."""
    path = make_file("localeight.py", text)
    modules = set(sys.modules)
    with pytest.raises((SourceUnavailableError, ArgumentError)) as caught:
        load_functions(path)
    assert words in str(caught.value)
    assert line is None or f"localeight.py, line {line}:" in str(caught.value)
    assert not [name for name in set(sys.modules) - modules if name.startswith("local_functions")]


def test_what_can_not_be_read_is_refused(site):
    """No file, a folder."""
    for path in (site / "nothing.py", site):
        with pytest.raises((SourceUnavailableError, InvalidKeyError)):
            load_functions(path)


def test_a_file_of_other_content_than_was_meant_is_not_run(make_file):
    """A worker runs what its parent ran."""
    path = make_file("localnine.py", "raise SystemExit(3)")
    with pytest.raises(SourceUnavailableError, match="was changed"):
        load_functions(path, sha256="0" * 64)
