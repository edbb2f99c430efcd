"""``doctor --catalog``: the figures as people and programs see them."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable

Command = Callable[..., subprocess.CompletedProcess[str]]


def test_as_a_table(command: Command) -> None:
    """One row a library and one for all, and what the columns count."""
    done = command("doctor", "--catalog")
    assert done.returncode == 0, done.stderr
    lines = done.stdout.splitlines()
    assert lines[0].split() == ["functions", "narrower", "defaults", "evidence", "mutations"]
    names = [line.split()[0] for line in lines[1:10]]
    assert names == ["builtin", "cucim", "cupy", "cupyx", "numpy", "pyclesperanto", "scipy", "skimage", "all"]
    assert max(map(len, lines)) <= 130


def test_for_programs(command: Command) -> None:
    """JSON has the same figures, and names every offender."""
    found = json.loads(command("doctor", "--catalog", "--format", "json").stdout)
    assert found["all"]["functions"] == sum(each["functions"] for each in found["libraries"])
    for figure in ("narrower", "defaults", "evidence", "mutations"):
        counted = found["all"][figure]
        assert counted["of"] - counted["passed"] == len(counted["offenders"])
        assert counted["share"] == counted["passed"] / counted["of"]
    assert set(found["meaning"]) <= set(found["all"]) | set(found["all"]["behaviour"])
    assert found["all"]["behaviour"]["ran"] <= found["all"]["behaviour"]["tried"]
