"""Throw-away environments: what can't be made leaves nothing, and discovery there is our own."""

import sys
from pathlib import Path

import pytest

from registry.generate.building import BuildError, build, discover_there
from registry.generate.environments import Environment
from registry.sources import discover


def test_an_environment_that_cannot_be_made_leaves_nothing(tmp_path):
    """What pip says is told, with the environment's name, and half an environment is not taken for one later."""
    environment = Environment(name="broken", makes={}, requirements=("./no-such-file.whl",))
    with pytest.raises(BuildError, match=r"broken: -m pip install .* ended with"):
        build(environment, tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_an_environment_that_is_there_is_taken(tmp_path):
    """With a folder to keep them in, an environment is made once."""
    environment = Environment(name="kept", makes={}, requirements=("./no-such-file.whl",))
    (tmp_path / "kept").mkdir()
    (tmp_path / "kept" / "complete").touch()
    assert build(environment, tmp_path).is_relative_to(tmp_path / "kept")


def test_discovery_there_is_discovery_here(tmp_path):
    """Another Python runs this package's discovery and hands its catalogs over whole."""
    environment = Environment(name="same", makes={"builtin": "1"}, requirements=())
    assert discover_there(environment, Path(sys.executable), tmp_path) == [discover("builtin")]


def test_another_version_than_expected_is_an_error(tmp_path):
    """An environment that holds another version must not overwrite a catalog under a wrong name."""
    environment = Environment(name="other", makes={"builtin": "0"}, requirements=())
    with pytest.raises(BuildError, match=r"should make .*'0'.* and made .*'1'"):
        discover_there(environment, Path(sys.executable), tmp_path)


def test_a_library_that_is_not_there_is_named(tmp_path):
    """The end of what discovery said is in the message."""
    environment = Environment(name="empty", makes={"nosuch": "1"}, requirements=())
    with pytest.raises(BuildError, match="nosuch"):
        discover_there(environment, Path(sys.executable), tmp_path)
