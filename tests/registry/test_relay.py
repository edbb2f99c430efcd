"""Origins: other processes know registered functions when they are told, and run what was meant or nothing."""

import pickle
import subprocess
import sys

import pytest

from registry.errors import CatalogMismatchError, SourceUnavailableError
from registry.local import load_functions
from registry.registration import register
from registry.relay import accept, origins
from registry.resolver import resolve

TELL = "import pickle, sys; function = pickle.load(sys.stdin.buffer); print(function(20), function.registry_key)"


def fresh(function, cwd):
    """What a process that was told nothing makes of a pickled function."""
    data = pickle.dumps(function)
    return subprocess.run([sys.executable, "-P", "-c", TELL], input=data, capture_output=True, check=False, cwd=cwd)


@pytest.fixture
def file(site):
    """A file of one function."""
    path = site / "relayfile.py"
    path.write_text("def increased(image, by=1):\n    return image + by\n")
    return path


def test_a_function_of_a_file_arrives_in_a_fresh_process(file, tmp_path):
    """Its pickle carries path and hash; the process runs the file itself."""
    load_functions(file)
    done = fresh(resolve("local:relayfile.increased"), tmp_path)
    assert done.stdout.decode().split() == ["21", "local:relayfile.increased"], done.stderr


def test_a_function_of_a_changed_file_does_not_arrive(file, tmp_path):
    """Nothing else runs under its name."""
    load_functions(file)
    function = resolve("local:relayfile.increased")
    file.write_text("print('ran')\n")
    done = fresh(function, tmp_path)
    assert done.returncode == 1
    assert b"was changed" in done.stderr
    assert b"ran" not in done.stdout


def test_a_registered_function_arrives_from_beside_the_program(make_module, tmp_path):
    """Its module is found where the program found it, though that folder is not on the other's path."""
    module = make_module("relaymoda", "import relaymodb\ndef f(image): return relaymodb.g(image)\n") if (
        make_module("relaymodb", "def g(image): return image * 2\n")
    ) else None  # fmt: skip
    register(module.f, key="relaylab:f", kind="image")
    done = fresh(resolve("relaylab:f"), tmp_path)
    assert done.stdout.decode().split() == ["40", "relaylab:f"], done.stderr


def test_a_plugins_function_pickles_as_its_name(make_plugin):
    """A plugin is installed where it is needed: no path goes along."""
    make_plugin("relayplug", {"__init__": "def f(image): return image\n"})
    data = pickle.dumps(resolve("relayplug:f"))
    assert len(data) < 200
    assert pickle.loads(data) is resolve("relayplug:f")


def test_origins_are_of_registered_functions_only(file):
    """Libraries' functions, and keys that nobody knows, need no word."""
    load_functions(file)
    told = origins(["numpy:add", "local:relayfile.increased", "local:nobody.knows", "no key"])
    assert [origin.key for origin in told] == ["local:relayfile.increased"]
    assert told[0].path == str(file.resolve())


def test_accepting_what_is_known_is_nothing_new(file):
    """The parent's word to a worker that serves it for the second time."""
    load_functions(file)
    (told,) = origins(["local:relayfile.increased"])
    accept(told)
    assert origins(["local:relayfile.increased"]) == (told,)


def test_another_function_under_the_key_is_a_mismatch(file, make_module):
    """Two processes that mean two functions by one key are told of both."""
    load_functions(file)
    (told,) = origins(["local:relayfile.increased"])
    file.write_text("def increased(image): ...\n")
    load_functions(file)
    with pytest.raises(CatalogMismatchError, match=told.sha256[:12]):
        accept(told)


def test_what_is_not_here_is_unavailable(file, make_module, monkeypatch):
    """A module that is missing, or has no such function, a file without it: the error says which."""
    from registry.origin import Origin

    make_module("relaymodc", "x = 1\n")
    for origin, words in (
        (Origin(key="local:a.f", module="there_is_no_such_module", name="f"), "can't be imported"),
        (Origin(key="local:a.f", module="relaymodc", name="f"), "has no function f"),
        (Origin(key="local:relayfile.f", path=str(file), name="f"), "no public function f"),
    ):
        with pytest.raises(SourceUnavailableError, match=words):
            accept(origin)
