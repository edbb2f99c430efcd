"""Parent and worker compare what they imported and what they know, function by function."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

import registry
from pipeline_schema.codec import loads
from pipeline_schema.errors import ProtocolError
from pipeline_schema.run.workers.handshake import (
    accept_origins,
    check_hello,
    find_differences,
    fingerprints_of,
    make_hello,
    origins_of,
)
from registry.local import load_functions
from registry.origin import Origin

_DOCUMENT = """{"format": "pipeline-schema/1", "inputs": {"image": {}},
 "steps": [{"function": "skimage:morphology.closing", "params": {
    "footprint": {"$call": "skimage:morphology.disk", "params": {"radius": 3}},
    "other": [{"nested": {"$function": "numpy:greater"}}]}},
  {"function": "mylab:unknown.function"}, {"function": "not a key"}]}"""


def test_hello_names_the_registry_that_is_used() -> None:
    """The path in a greeting is that of the imported package."""
    assert make_hello().registry_file == registry.__file__
    check_hello(make_hello())


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"registry_file": "/elsewhere/registry.py"}, "/elsewhere/registry.py"),
        ({"registry_file": ""}, "no path"),
        ({"version": "0.0.1"}, "start this process again"),
        ({"protocol": 0}, "protocol 0"),
    ],
)
def test_another_worker_is_refused(change: dict[str, object], said: str) -> None:
    """A worker of another registry, version or protocol is refused, with what to do."""
    with pytest.raises(ProtocolError, match=said):
        check_hello(msgspec.structs.replace(make_hello(), **change))


def test_every_function_of_a_document_is_compared() -> None:
    """Functions of steps, of `$call` and of `$function` are there, however deep; unknown ones are left to planning."""
    found = fingerprints_of(loads(_DOCUMENT))
    assert set(found) == {"skimage:morphology.closing", "skimage:morphology.disk", "numpy:greater"}
    assert find_differences(found) == ()


def test_differences_are_told_by_key() -> None:
    """A function with other parameters, and one that is not there, are each told."""
    differences = find_differences({"numpy:greater": "0", "numpy:no_such": "0", "x": "0"})
    assert len(differences) == 3
    assert differences[0].startswith("numpy:greater has other parameters")
    assert differences[1].startswith("numpy:no_such is known to the parent, and not to the worker")


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A user's file of functions."""
    path = tmp_path / "handshake_own.py"
    path.write_text('def twice(image):\n    """Double it."""\n    return image * 2\n')
    load_functions(path)
    return path


def test_only_functions_that_the_document_names_are_told(own: Path) -> None:
    """Of all that this process was told of, a worker is told what the document needs, with the file's sha256."""
    document = """{"format": "pipeline-schema/1", "inputs": {"image": {}}, "steps": [
        {"function": "local:handshake_own.twice"}, {"function": "numpy:negative"}]}"""
    (origin,) = origins_of(loads(document))
    assert (origin.key, origin.path) == ("local:handshake_own.twice", str(own.resolve()))
    assert accept_origins([origin]) == ()
    assert origins_of(loads(_DOCUMENT)) == ()


def test_another_content_of_a_file_is_a_difference(own: Path) -> None:
    """What is not the file or module that the parent has is told by key, and nothing is run in its place."""
    changed = Origin(key="local:handshake_own.twice", name="twice", path=str(own.resolve()), sha256="0" * 64)
    gone = Origin(key="local:gone.f", name="f", path=str(own.with_name("gone.py")), sha256="0" * 64)
    module = Origin(key="local:no_such.f", name="f", module="no_such_module_anywhere")
    differences = accept_origins([changed, gone, module])
    assert len(differences) == 3
    assert all(key in text for key, text in zip(["handshake_own.twice", "gone", "no_such"], differences, strict=True))
