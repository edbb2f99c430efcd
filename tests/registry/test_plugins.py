"""Plugins, as their metadata says: who claims which prefix, and whether its files changed."""

import os
import subprocess
import sys

from registry import plugins


def test_what_is_installed_claims_its_prefix(make_plugin):
    """An entry point's name is the prefix, its value the root; distribution and version are its own."""
    make_plugin("pluga", {"__init__": ""}, version="2.3")
    (claimed,) = plugins.claims()["pluga"]
    assert (claimed.prefix, claimed.root, claimed.distribution, claimed.version) == (
        "pluga", "pluga", "pluga-functions", "2.3"
    )  # fmt: skip


def test_two_who_claim_a_prefix_are_both_told(make_plugin):
    """Nobody wins by the order of folders."""
    make_plugin("plugb", {"__init__": ""}, distribution="first")
    make_plugin("plugb", {"__init__": ""}, distribution="second")
    assert [claimed.distribution for claimed in plugins.claims()["plugb"]] == ["first", "second"]


def test_reading_who_claims_imports_nothing(make_plugin, site):
    """A plugin whose import would end the program is listed."""
    make_plugin("plugc", {"__init__": "raise SystemExit(3)"})
    code = f"import sys; sys.path.insert(0, {str(site)!r}); from registry.plugins import claims, stamp\n"
    code += "print(claims()['plugc'][0].root, bool(stamp('plugc')), 'plugc' in sys.modules, 'numpy' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["plugc", "True", "False", "False"]


def test_an_edited_file_changes_the_stamp(make_plugin):
    """Also one that is not the root itself, and one of the same size."""
    package = make_plugin("plugd", {"__init__": "", "part": "a = 1"})
    before = plugins.stamp("plugd")
    os.utime(package / "part.py", ns=(1, 1))
    plugins.forget()
    assert plugins.stamp("plugd") != before
    assert len(before) == 12


def test_a_module_of_one_file_and_a_missing_one_have_stamps(site):
    """A module is its file; of what is not there nothing is said."""
    (site / "plugemodule.py").write_text("")
    assert plugins.stamp("plugemodule")
    assert plugins.stamp("there_is_no_such_module") == ""


def test_of_a_shared_namespace_only_the_own_part_counts(site):
    """Another distribution's files in one namespace package don't make a plugin another."""
    (site / "sharedns" / "mine").mkdir(parents=True)
    (site / "sharedns" / "mine" / "code.py").write_text("")
    before = plugins.stamp("sharedns.mine")
    (site / "sharedns" / "other.py").write_text("")
    plugins.forget()
    assert plugins.stamp("sharedns.mine") == before != ""
