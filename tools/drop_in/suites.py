"""Where a library's own tests are, and what pytest needs to run them as the library does."""

from __future__ import annotations

import importlib.util
import os
from dataclasses import dataclass
from pathlib import Path

__all__ = ["Suite", "find_suite"]

# Those that come with the library itself; other libraries keep their tests in their repository.
_IN_WHEEL = {"scipy": "scipy.ndimage.tests"}
_CONFIGURATIONS = ("pytest.ini", "pyproject.toml", "tox.ini", "setup.cfg")


@dataclass(frozen=True, slots=True)
class Suite:
    """The tests of a library.

    Attributes
    ----------
    folder : Path
        Where they are.
    fixtures : Path
        The uppermost folder whose ``conftest.py`` counts.
    configuration : Path or None
        The library's own settings of pytest: what it makes of warnings is part of its tests. The ids of tests are
        relative to its folder, or to that of the tests if there are none.
    """

    folder: Path
    fixtures: Path
    configuration: Path | None = None

    @property
    def options(self) -> list[str]:
        """What pytest is called with: the library's settings, without options that need plugins or stop early."""
        found = os.devnull if self.configuration is None else str(self.configuration)
        quiet = [
            "-q",
            "--tb=no",
            "-p",
            "no:cacheprovider",
            "-p",
            "no:doctest",
            "--maxfail=0",
            "--continue-on-collection-errors",
        ]
        # pytest names test modules by their place below the root: a folder `io` just below it would hide Python's own.
        root = self.folder if self.configuration is None else self.configuration.parent
        settings = ["-c", found, "-o", "addopts=", "--rootdir", str(root), "--confcutdir", str(self.fixtures)]
        return [*quiet, *settings, "--import-mode=importlib"]


def find_suite(library: str, folder: Path | None = None) -> Suite:
    """The tests of a library.

    Parameters
    ----------
    library : str
        Prefix of its keys.
    folder : Path, optional
        Where its tests are, if they do not come with it.

    Raises
    ------
    FileNotFoundError
        If there are none.
    """
    if folder is not None:
        if not folder.is_dir():
            raise FileNotFoundError(f"there is no folder {folder}")
        folder = folder.resolve()
        near = (parent / name for parent in (folder, *folder.parents[:2]) for name in _CONFIGURATIONS)
        return Suite(folder, folder, next((path for path in near if path.is_file()), None))
    if library not in _IN_WHEEL:
        raise FileNotFoundError(
            f"the tests of {library} do not come with it; get its repository, and say --tests FOLDER"
        )
    spec = importlib.util.find_spec(_IN_WHEEL[library])
    if spec is None or spec.origin is None:
        raise FileNotFoundError(f"{_IN_WHEEL[library]} is not installed here")
    tests = Path(spec.origin).parent
    return Suite(tests, tests.parents[_IN_WHEEL[library].count(".") - 1])
