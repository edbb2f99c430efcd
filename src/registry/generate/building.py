"""Throw-away environments: made, asked for catalogs, and gone."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from importlib import metadata
from pathlib import Path

from registry.catalog import Catalog
from registry.catalog.model import decode
from registry.generate.environments import Environment

__all__ = ["BuildError", "build", "discover_there"]

# What the registry itself needs there, at the versions that are installed here: they read the docstrings.
_OWN = ("msgspec", "numpydoc", "packaging", "platformdirs")
_MOST_LINES = 15


class BuildError(RuntimeError):
    """An environment could not be made, or discovery failed in it; says so with the last lines of the output."""


def build(environment: Environment, folder: Path) -> Path:
    """Make an environment by ``venv`` and pip, as this machine has pip set up.

    Parameters
    ----------
    environment : Environment
    folder : Path
        Where it goes; if it is there already it is taken as it is.

    Returns
    -------
    Path
        Its Python.

    Raises
    ------
    BuildError
        If it can't be made; then nothing is left in its folder.
    """
    place = folder / environment.name
    python = place / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    if (place / "complete").exists():
        return python
    shutil.rmtree(place, ignore_errors=True)
    pins = [f"{name}=={metadata.version(name)}" for name in _OWN]
    install = [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    try:
        _run([sys.executable, "-m", "venv", str(place)], environment)
        _run([*install, *pins, *environment.requirements], environment)
        if environment.bare:
            _run([*install, "--no-deps", *environment.bare], environment)
    except BuildError:
        shutil.rmtree(place, ignore_errors=True)
        raise
    (place / "complete").touch()
    return python


def discover_there(environment: Environment, python: Path, folder: Path, *, trials: bool = False) -> list[Catalog]:
    """Run discovery, of this source tree, in an environment.

    Parameters
    ----------
    environment : Environment
        Its ``makes`` are discovered.
    python : Path
        Of the environment.
    folder : Path
        For what goes between here and there.
    trials : bool
        Whether functions are also called, so that entries say what was observed.

    Raises
    ------
    BuildError
        If a library can't be discovered there, or is there in another version.
    """
    ours, found = folder / "ours", folder / "found"
    for old in (ours, found):
        shutil.rmtree(old, ignore_errors=True)
    # This package alone: beside it may be this machine's libraries, which must not be seen there.
    shutil.copytree(Path(__file__).parents[1], ours / "registry", ignore=shutil.ignore_patterns("__pycache__"))
    found.mkdir()
    command = [str(python), "-m", "registry.generate.discovering", str(found), *environment.makes]
    _run([*command, "--trials"] if trials else command, environment, PYTHONPATH=str(ours))
    catalogs = [decode(path.read_bytes()) for path in sorted(found.glob("*.json"))]
    made = {catalog.library: catalog.version for catalog in catalogs}
    if made != environment.makes:
        raise BuildError(f"{environment.name}: should make {environment.makes}, and made {made}")
    return catalogs


def _run(command: list[str], environment: Environment, **variables: str) -> None:
    done = subprocess.run(
        command,
        env=os.environ | variables,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode != 0:
        last = "\n".join(done.stdout.splitlines()[-_MOST_LINES:])
        what = " ".join(command[1:4])
        raise BuildError(f"{environment.name}: {what} ... ended with {done.returncode}:\n{last}")
