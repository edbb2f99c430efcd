"""Keys of users' functions: which one a function gets, and which it may ask for."""

import pytest

from registry.errors import DuplicateKeyError, InvalidKeyError
from registry.naming import File, announce, checked_key, is_below, plugin_of


def test_a_key_is_made_of_module_and_name():
    """Of a module of nobody's, of a file, of a plugin's module."""
    assert checked_key(None, "some.module", "f") == "local:some.module.f"
    announce("namingfile_module", File("stem", "/stem.py", "0"))
    try:
        assert checked_key(None, "namingfile_module", "f") == "local:stem.f"
    finally:
        announce("namingfile_module", None)


def test_a_plugins_modules_are_the_plugins(make_plugin):
    """Below its root the names are short; beside it, in the same package, they are whole."""
    make_plugin("namplug", {"__init__": ""})
    assert plugin_of("namplug.part").prefix == "namplug"
    assert plugin_of("namplugelse") is None
    assert checked_key(None, "namplug.part", "f") == "namplug:part.f"
    assert checked_key(None, "namplug", "f") == "namplug:f"


@pytest.mark.parametrize(("key", "error"), [("skimage:f", DuplicateKeyError), ("no key", InvalidKeyError)])
def test_a_key_that_can_not_be_had_is_refused(key, error):
    """Another library's prefix, or no key at all."""
    with pytest.raises(error):
        checked_key(key, "some.module", "f")


def test_below_is_by_whole_names():
    """``lab`` is not above ``laboratory``."""
    assert is_below("lab.part", "lab")
    assert is_below("lab", "lab")
    assert not is_below("laboratory", "lab")
