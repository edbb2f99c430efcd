"""The two packages' faces: what they offer is there, whatever was imported before."""

from __future__ import annotations

import subprocess
import sys
from types import ModuleType

import pytest

import pipeline_schema
import registry


@pytest.mark.parametrize("package", [pipeline_schema, registry])
def test_every_public_name_is_there(package: ModuleType) -> None:
    """Each name of `__all__` stands there once, can be had and is listed by `dir`."""
    assert len(package.__all__) == len(set(package.__all__))
    assert set(package.__all__) <= set(dir(package))
    for name in package.__all__:
        assert not isinstance(getattr(package, name), ModuleType), name


@pytest.mark.parametrize("first", ["pipeline_schema.check, pipeline_schema.run.local, registry.keys", "sys"])
def test_modules_do_not_hide_functions_of_their_name(first: str) -> None:
    """`ps.check`, `ps.run` and `registry.keys` are functions, also after modules of these names were imported."""
    names = "ps.check.__name__, ps.run.__name__, registry.keys.__name__"
    code = f"import {first}, pipeline_schema as ps, registry; print({names})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["check", "run", "keys"]


def test_unknown_names_are_attribute_errors() -> None:
    """A name that is not offered is refused as by any module."""
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        pipeline_schema.nothing  # noqa: B018
