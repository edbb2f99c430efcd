"""ARCHITECTURE.md is true: its rooms are the tree's, and its floors those that are enforced."""

from __future__ import annotations

import configparser
import re
from pathlib import Path

import pytest

PACKAGES = ["registry", "pipeline_schema", "pipeline_schema.run"]


def rooms(root: Path, package: str) -> set[str]:
    """The modules and packages of a package, `__main__` apart, which is a door and no room."""
    here = root / "src" / package.replace(".", "/")
    found = {path.stem for path in here.glob("*.py")} | {p.name for p in here.iterdir() if any(p.glob("*.*"))}
    return found - {"__init__", "__main__", "__pycache__"}


@pytest.mark.parametrize("package", PACKAGES)
def test_every_room_is_told(root: Path, package: str) -> None:
    """The table of rooms names each module, and none that is not there."""
    text = (root / "ARCHITECTURE.md").read_text()
    table = text.partition("## Rooms")[2].partition("## Laws")[0]
    told: set[str] = set()
    for cell in re.findall(r"^\| ([^|]*) \|", table, re.MULTILINE):
        names = re.findall(r"`([\w.]+)`", cell)
        # "`registry.keys`, `entry`": the first names the package, the others share it.
        if names and names[0].rpartition(".")[0] == package:
            told |= {name.removeprefix(f"{package}.") for name in names}
    assert told == rooms(root, package)


@pytest.mark.parametrize("package", PACKAGES)
def test_the_floors_are_those_that_are_enforced(root: Path, package: str) -> None:
    """The line of floors, lowest first, is the contract of .importlinter, highest first."""
    config = configparser.ConfigParser()
    config.read(root / ".importlinter")
    layers = config[f"importlinter:contract:{package.rpartition('.')[2]}"]["layers"].strip().splitlines()
    enforced = [sorted(re.split(r"\s*[:|]\s*", layer.strip())) for layer in reversed(layers)]
    enforced = [layer for layer in enforced if layer != ["__main__"]]
    text = (root / "ARCHITECTURE.md").read_text()
    line = re.search(rf"^\| `{re.escape(package)}` \| (.*) \|$", text, re.MULTILINE)
    assert line is not None
    assert [sorted(re.findall(r"`(\w+)`", floor)) for floor in line[1].split(" < ")] == enforced
