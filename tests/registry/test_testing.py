"""What a plugin's tests ask: faults are all told, and a sound plugin has none."""

import pytest

from registry.local import load_functions
from registry.testing import check_source

SOUND = """
import enum
class Mode(enum.Enum):
    FAST = "fast"
def f(image, mode: Mode = Mode.FAST, sizes: list[int] = [1]):
    \"\"\"Do it.\"\"\"
    return image
"""


def test_a_sound_plugin_passes(make_plugin):
    """What it prints when it is imported is no fault."""
    make_plugin("tstpa", {"__init__": "print('hello')\n" + SOUND})
    check_source("tstpa")


def test_all_faults_are_told_at_once(make_plugin):
    """No docstring, a default that no document can write, one that is not of its annotation, another process's other
    function."""
    text = """
        import enum, os
        class Mode(enum.Enum):
            FAST = "fast"
        def undocumented(image): ...
        def unwritable(image, thing=object()):
            \"\"\"One.\"\"\"
        def untrue(image, mode: Mode = "slow"):
            \"\"\"Two.\"\"\"
        if os.environ.get("TSTPB"):
            def changing(image):
                \"\"\"Three.\"\"\"
        else:
            def changing(image, more=1):
                \"\"\"Three.\"\"\"
    """
    make_plugin("tstpb", {"__init__": text})
    with pytest.MonkeyPatch.context() as patch:
        from registry.loading import ensure_catalog

        ensure_catalog("tstpb")
        patch.setenv("TSTPB", "1")
        with pytest.raises(AssertionError) as caught:
            check_source("tstpb")
    lines = str(caught.value).splitlines()
    assert lines[0] == "4 faults in the functions of tstpb:"
    for key, words in (
        ("undocumented", "no docstring"),
        ("unwritable", "can't write the default of thing"),
        ("untrue", "the default of mode is not of its annotation"),
        ("changing", "another function in another process"),
    ):
        assert any(line.startswith(f"tstpb:{key}: ") and words in line for line in lines), key


def test_a_users_file_can_be_checked(site):
    """What is registered under a prefix, as what is installed."""
    path = site / "testingfile.py"
    path.write_text(SOUND)
    load_functions(path)
    check_source("local")
