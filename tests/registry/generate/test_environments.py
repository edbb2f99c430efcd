"""The table of environments: what is shipped is what it makes."""

import re
from pathlib import Path

import pytest

from registry.catalog.shipped import FOLDER
from registry.generate.environments import ENVIRONMENTS, choose, shipped


def test_every_shipped_catalog_is_made_by_an_environment():
    """No catalog is shipped that nobody can make again, and none is made and forgotten."""
    assert {path.name for path in FOLDER.glob("*.json")} == {f"{name}-{version}.json" for name, version in shipped()}


def test_versions_that_are_asked_for_are_shipped():
    """Five minor versions of scikit-image, and the current one of each other library."""
    versions = {}
    for library, version in shipped():
        versions.setdefault(library, []).append(".".join(version.split(".")[:2]))
    assert versions.pop("skimage") == ["0.22", "0.23", "0.24", "0.25", "0.26"]
    assert set(versions) == {"builtin", "cucim", "cupy", "cupyx", "numpy", "pyclesperanto", "scipy"}


@pytest.mark.parametrize("environment", ENVIRONMENTS, ids=lambda each: each.name)
def test_everything_in_an_environment_is_pinned(environment):
    """A catalog is made again from the same versions."""
    assert all(re.fullmatch(r"[\w.-]+==[\w.]+", name) for name in (*environment.requirements, *environment.bare))


def test_the_current_environment_is_what_tests_run_with():
    """Its pins are those of constraints.txt, so that a test compares in-process what an environment would make."""
    pinned = (Path(__file__).parents[3] / "constraints.txt").read_text().split()
    current = next(each for each in ENVIRONMENTS if each.name == "current")
    assert set(current.requirements) <= set(pinned)


def test_environments_are_chosen_by_library_or_version():
    """A library is all its versions; an environment is reduced to what was asked for."""
    assert [each.makes for each in choose(["skimage==0.24.0", "cupy"])] == [{"skimage": "0.24.0"}, {"cupy": "14.2.0"}]
    assert len(choose(["skimage"])) == 5
    assert choose([]) == ENVIRONMENTS


def test_an_unknown_catalog_is_refused():
    """A typing error names what is known."""
    with pytest.raises(ValueError, match=r"no environment makes skimage==0\.1; known are builtin"):
        choose(["skimage==0.1"])
